import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The `ts` and `js` blocks of the guide, each as a file of its own beside the project's. */
function examples(): Map<string, string> {
  const found = new Map<string, string>()
  for (const document of readdirSync(join(root, 'docs/guide'))) {
    const text = readFileSync(join(root, 'docs/guide', document), 'utf8')
    const blocks = [...text.matchAll(/^```(?:ts|js)\n([\s\S]*?)^```$/gm)]
    let last = ''
    for (const [i, [, block = '']] of blocks.entries()) {
      // What imports nothing goes on where the block before ended.
      if (i === 0 || block.includes('import ')) last = join(root, 'test', `${document}.${i + 1}.ts`)
      // `export {}` makes a module of it, so that it may await at the top as a reader's file does.
      found.set(last, `${found.get(last) ?? 'export {}\n'}${block}`)
    }
  }
  return found
}

test('the programs of the guide compile against what the package exports', () => {
  const files = examples()
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => readFileSync(path, 'utf8'))
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, string>
  }
  const paths = Object.fromEntries(
    Object.entries(exports).map(([name, built]) => [
      name.replace('.', 'offhook'),
      [built.replace('./dist/', join(root, '/')).replace(/\.js$/, '.ts')],
    ]),
  )
  const checked = { ...options, noEmit: true, noUnusedLocals: false, noImplicitAny: false, paths }
  const host = ts.createCompilerHost(checked)
  const { getSourceFile, fileExists } = host
  host.fileExists = (path) => files.has(path) || fileExists(path)
  host.getSourceFile = (path, version, ...rest) => {
    const text = files.get(path)
    return text === undefined ? getSourceFile(path, version, ...rest) : ts.createSourceFile(path, text, version)
  }
  const program = ts.createProgram([...files.keys()], checked, host)
  const faults = [...files.keys()].flatMap((path) => {
    const source = program.getSourceFile(path)
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ messageText }) => `${path.slice(root.length)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    )
  })
  expect(files.size).toBeGreaterThan(8)
  expect(faults).toEqual([])
}, 60_000)
