// `npm run bench:speech`: how well the offline recogniser hears telephone prompts, by voice and noise.
import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()

const { prepare } = await import('./lib/prepare.mjs')
await prepare()

const { runSpeechBench } = await import('../dist/bench/speech/main.js')
process.exitCode = await runSpeechBench(process.argv.slice(2))
