// `npm run demo`: as `npm start`, brings everything that is missing; then plays a call with a voicemail and a text.
import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()

const { prepare } = await import('./lib/prepare.mjs')
await prepare()

const { runDemo } = await import('../dist/test/kit/demo/main.js')
process.exitCode = await runDemo()
