// `npm run soak`: builds what is missing, then keeps many calls up for long. `--calls`, `--minutes`.
import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()

const { prepare } = await import('./lib/prepare.mjs')
await prepare()

const { runSoak } = await import('../dist/bench/soak/main.js')
process.exitCode = await runSoak(process.argv.slice(2))
