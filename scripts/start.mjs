// `npm start`: on a machine with Node.js and npm alone, brings everything that is missing and starts the service.
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

// In this very process: signals reach the service by themselves, its exit code is ours, and `kill -9` leaves nothing behind.
const { run } = await import('../dist/src/cli/program.js')
process.exitCode = await run(['start', ...process.argv.slice(2)])
