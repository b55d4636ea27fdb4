// `npm run bench:menus`: serves phone menus, scans them by phone and compares; `--offline` hears their prompts without any call.
import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()

const { prepare } = await import('./lib/prepare.mjs')
await prepare()

const { runMenuBench } = await import('../dist/bench/menus/main.js')
process.exitCode = await runMenuBench(process.argv.slice(2))
