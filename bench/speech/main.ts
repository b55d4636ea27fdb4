import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { Scope } from '../../src/base/scope.ts'
import { Listener } from '../../src/media/listen/listener.ts'
import type { Heard } from '../../src/media/plane.ts'
import { openSpeech } from '../../src/speech/index.ts'
import { openOffline } from '../../src/speech/recognise/offline/recogniser.ts'
import type { Recognised, SpeechRecogniser } from '../../src/speech/recognise/recogniser.ts'
import { Slots } from '../../src/speech/slots.ts'
import { readWav } from '../../test/kit/audio.ts'
import { benchRecogniser } from '../recogniser.ts'
import { overTheLine } from './line.ts'
import { add, nothing, type Score, score } from './score.ts'

/** More at once would only wait for each other. */
const atOnce = new Slots(4)
const voices = ['rms', 'kal16', 'slt', 'awb']

/** `npm run bench:speech`: how well the offline recogniser hears prompts over a telephone line. @returns the exit code */
export async function runSpeechBench(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      prompts: { type: 'string' },
      voices: { type: 'string' },
      count: { type: 'string' },
      verbose: { type: 'boolean' },
      pause: { type: 'string' },
      recogniser: { type: 'string' },
      extra: { type: 'string', multiple: true },
    },
  })
  const found = benchRecogniser(values.recogniser)
  if (found === undefined) return 1
  const scope = new Scope('speech bench')
  const folder = mkdtempSync(join(tmpdir(), 'offhook-bench-speech-'))
  scope.add('folder', () => rmSync(folder, { recursive: true }))
  try {
    const clock = systemClock
    const speech = await openSpeech({ folder: join(folder, 'prompts'), clock, log: silentLogger })
    const extra = values.extra?.flatMap((one) => one.split('=')) ?? []
    const recogniser = await openOffline({ found, folder, scope, clock, log: silentLogger, extra })
    const prompts = readPrompts(values.prompts).slice(0, Number(values.count ?? 1000))
    const pauseMs = Number(values.pause ?? 600)
    console.log(row('voice', 'noise', 'WER %', 'keys heard %', 'keys invented %', 'audio s'))
    let all = nothing
    for (const voice of values.voices?.split(',') ?? voices) {
      for (const snrDb of [undefined, 20]) {
        let total = nothing
        let seconds = 0
        await Promise.all(
          prompts.map(async (prompt, i) => {
            const path = await speech.synthesize({ text: withPauses(prompt), voice })
            const audio = overTheLine(readWav(path), snrDb, i + 1)
            seconds += audio.length / 8000
            const heard = await atOnce.run(new AbortController().signal, () => listen(audio, recogniser, pauseMs))
            const one = score(prompt.split(' '), heard)
            if (values.verbose) console.log(`  said  ${prompt}\n  heard ${heard.join(' ')}`)
            total = add(total, one)
          }),
        )
        all = add(all, total)
        print(voice, snrDb === undefined ? 'none' : `${snrDb} dB`, total, seconds)
      }
    }
    print('all', '', all, undefined)
    return 0
  } finally {
    await scope.close()
  }
}

/** As a call is listened to: cut at pauses, each utterance recognised by itself. */
async function listen(audio: Int16Array, recogniser: SpeechRecogniser, pauseMs: number): Promise<string[]> {
  const heard: Promise<Recognised>[] = []
  let open = recogniser.open({})
  const listener = new Listener({ pauseMs, silenceMs: [] }, (event: Heard) => {
    if (event.kind === 'audio') open.write(event.samples)
    else if (event.kind === 'dropped') open = recogniser.open({})
    else if (event.kind === 'utterance') {
      heard.push(open.end())
      open = recogniser.open({})
    }
  })
  for (let at = 0; at + 160 <= audio.length; at += 160) listener.push(audio.subarray(at, at + 160))
  listener.finish()
  return (await Promise.all(heard)).flatMap(({ words }) => words.map(({ word }) => word))
}

function readPrompts(path: string | undefined): string[] {
  const text = readFileSync(path ?? new URL('./prompts.txt', import.meta.url), 'utf8')
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

/** A voice pauses where a sentence ends; these have no marks, so each option becomes one. */
const withPauses = (prompt: string): string =>
  prompt.replace(
    / (?=(?:for|to|if|press|dial|select|say or press|otherwise|please|you may|or stay)\b)(?<=(?:press|dial|select)(?: \w+)?(?: (?:one|two|three|four|five|six|seven|eight|nine|zero|star|pound)) )/g,
    '. ',
  )

function print(
  voice: string,
  noise: string,
  { words, errors, keys, keysHeard, keysInvented }: Score,
  seconds?: number,
) {
  const share = (a: number, b: number): string => (b === 0 ? '-' : ((100 * a) / b).toFixed(1))
  console.log(
    row(
      voice,
      noise,
      share(errors, words),
      share(keysHeard, keys),
      share(keysInvented, keys),
      seconds?.toFixed(0) ?? '',
    ),
  )
}

const row = (...cells: readonly string[]): string => cells.map((cell) => cell.padEnd(16)).join('')
