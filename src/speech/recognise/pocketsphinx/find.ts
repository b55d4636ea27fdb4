import { accessSync, constants, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import type { Missing } from '../missing.ts'

/** What the offline recogniser is made of on this machine. */
export interface Pocketsphinx {
  readonly program: string
  /** The acoustic model for 8 kHz, out of the npm package soundswallower. */
  readonly acoustic: string
}

export const debianPackage = 'pocketsphinx'
export const installCommand = `apt-get install --no-install-recommends ${debianPackage}`

export function findPocketsphinx(program = 'pocketsphinx_batch'): Pocketsphinx | Missing {
  const path = onPath(program)
  if (path === undefined)
    return { missing: true, reason: `The program ${program} is not installed.`, advice: `As root: ${installCommand}` }
  const missing = (reason: string): Missing => ({ missing: true, reason, advice: 'Run npm ci again.' })
  let acoustic: string
  try {
    acoustic = join(dirname(createRequire(import.meta.url).resolve('soundswallower')), 'model', 'en-us')
  } catch (error) {
    return missing(`The npm package soundswallower cannot be read (${(error as Error).message.split('\n')[0]}).`)
  }
  if (!existsSync(join(acoustic, 'mdef'))) return missing(`There is no acoustic model in ${acoustic}.`)
  return { program: path, acoustic }
}

function onPath(program: string): string | undefined {
  const paths = program.includes('/')
    ? [program]
    : (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program))
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      // Not here, or not for us: both mean that it cannot be run.
      return false
    }
  })
}
