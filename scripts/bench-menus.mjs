// `npm run bench:menus`: how well phone menus are understood, by voice and noise.
import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()

const { prepare } = await import('./lib/prepare.mjs')
await prepare()

const { runMenuBench } = await import('../dist/bench/menus/main.js')
process.exitCode = await runMenuBench(process.argv.slice(2))
