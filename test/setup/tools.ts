import { accessSync, constants, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe } from 'vitest'

/** Foreign programs that tests talk to; `scripts/test.mjs` installs them from the same table. */
export type Tool = 'sipp' | 'baresip' | 'flite' | 'espeak-ng' | 'pocketsphinx_batch' | 'openssl'

const table = JSON.parse(readFileSync(new URL('./tools.json', import.meta.url), 'utf8')) as Record<
  Tool,
  { debian: string }
>

/** Where the program stands on the PATH; `undefined` when it is not installed. */
export function toolPath(tool: Tool): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, tool))
    .find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    // Not there, or not for us: both mean that it cannot be run.
    return false
  }
}

/** A suite that needs foreign programs. Where one is missing its tests count as skipped and the title says which. */
export function describeWith(tools: readonly Tool[], title: string, body: () => void): void {
  const missing = tools.filter((tool) => toolPath(tool) === undefined)
  if (missing.length === 0) {
    describe(title, body)
    return
  }
  const packages = missing.map((tool) => table[tool].debian).join(' ')
  describe.skip(`${title} (missing: ${missing.join(', ')}; apt-get install ${packages})`, body)
}
