// `npm run demo`: as `npm start`, brings everything that is missing; then plays a call with a voicemail and a text.
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

const { runDemo } = await import('../dist/test/kit/demo/main.js')
process.exitCode = await runDemo()
