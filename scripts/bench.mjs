// `npm run bench`: builds what is missing, then measures. `--quick` for a look, `--write` to keep the table in docs/.
import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()

const { fileURLToPath } = await import('node:url')
const { fail } = await import('./lib/step.mjs')
const { withSetupLock } = await import('./lib/setup-lock.mjs')
const { install } = await import('./lib/install.mjs')
const { build } = await import('./lib/build.mjs')

const root = fileURLToPath(new URL('..', import.meta.url))
try {
  await withSetupLock(root, async () => {
    await install(root)
    await build(root)
  })
} catch (error) {
  fail(error)
}

const { runBench } = await import('../dist/bench/figures/main.js')
process.exitCode = await runBench(process.argv.slice(2))
