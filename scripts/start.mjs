// `npm start`: on a machine with Node.js and npm alone, brings everything that is missing and starts the service.
import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()

const { prepare } = await import('./lib/prepare.mjs')
await prepare()

const { installRecogniser } = await import('./lib/tools.mjs')
await installRecogniser()

// In this very process: signals reach the service by themselves, its exit code is ours, and `kill -9` leaves nothing behind.
const { run } = await import('../dist/src/cli/program.js')
process.exitCode = await run(['start', ...process.argv.slice(2)])
