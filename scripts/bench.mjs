// `npm run bench`: builds what is missing, then measures. `--quick` for a look, `--write` to keep the table in docs/.
import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()

const { prepare } = await import('./lib/prepare.mjs')
await prepare()

const { runBench } = await import('../dist/bench/figures/main.js')
process.exitCode = await runBench(process.argv.slice(2))
