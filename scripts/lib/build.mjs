import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { run, Stop, step } from './step.mjs'

const folders = ['src', 'test/kit', 'bench']
const files = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json']
const command = 'dist/src/cli/main.js'

/** Compiles into dist/ and copies what is not TypeScript (SQL, pages) beside it; does nothing when dist/ is up to date. */
export async function build(root) {
  const sources = folders.flatMap((folder) => list(join(root, folder), folder))
  const mark = fingerprint(root, [...sources, ...files])
  const markFile = join(root, 'dist', '.built')
  if (existsSync(markFile) && readFileSync(markFile, 'utf8') === mark) return
  // A build that was interrupted has no mark; the compiler's own notes may then not match what it wrote.
  if (!existsSync(markFile)) rmSync(join(root, 'dist', '.tsbuildinfo'), { force: true })
  rmSync(markFile, { force: true })
  await step('Building', async () => {
    const { code, output } = await run(
      process.execPath,
      ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
      { cwd: root },
    )
    if (code !== 0)
      throw new Stop(
        `The build failed:\n${output.trim()}\nPut the sources right (npm run check shows more), then run this again.`,
      )
  })
  removeOrphans(root, new Set(sources))
  for (const source of sources.filter((file) => !file.endsWith('.ts'))) {
    const to = join(root, 'dist', source)
    mkdirSync(dirname(to), { recursive: true })
    copyFileSync(join(root, source), to)
  }
  if (existsSync(join(root, command))) chmodSync(join(root, command), 0o755)
  writeFileSync(markFile, mark)
}

function list(folder, name) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? list(join(folder, entry.name), `${name}/${entry.name}`) : [`${name}/${entry.name}`],
  )
}

function fingerprint(root, names) {
  const hash = createHash('sha256')
  for (const name of names.sort()) {
    const path = join(root, name)
    if (!existsSync(path)) continue
    const { size, mtimeMs } = statSync(path)
    hash.update(`${name} ${size} ${mtimeMs}\n`)
  }
  return hash.digest('hex')
}

/** Takes away what was built from sources that are gone: a leftover migration or module would still be found. */
function removeOrphans(root, sources) {
  for (const folder of folders) {
    for (const built of list(join(root, 'dist', folder), folder)) {
      const source = built.replace(/\.(?:js|js\.map|d\.ts)$/, '.ts')
      if (!sources.has(source) && !sources.has(built)) rmSync(join(root, 'dist', built))
    }
  }
}
