import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { writeTelephoneWav } from '../../../src/speech/telephone-wav.ts'
import { readWav } from '../audio.ts'
import type { Speaker } from './recordings.ts'

const run = promisify(execFile)

const flite = ['kal', 'awb', 'rms', 'slt'].map((voice) => `flite ${voice}`)
const espeak = ['en-us', 'en-us+f3', 'en-gb+m3', 'en-gb+f2'].map((voice) => `espeak-ng ${voice}`)

/** flite and espeak-ng; the folder is theirs until `close`. */
export async function openSpeaker(): Promise<Speaker & { close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'offhook-answers-'))
  const known = new Map<string, Int16Array>()
  return {
    voices: [...flite, ...espeak],
    async say(text, voice) {
      const key = `${voice}: ${text}`
      const before = known.get(key)
      if (before !== undefined) return before
      const name = join(folder, String(known.size))
      const [program, speaks] = voice.split(' ') as [string, string]
      await writeFile(`${name}.txt`, text)
      const args =
        program === 'flite'
          ? ['-voice', speaks, '-f', `${name}.txt`, '-o', `${name}.raw.wav`]
          : ['-v', speaks, '-f', `${name}.txt`, '-w', `${name}.raw.wav`]
      await run(program, args)
      await writeTelephoneWav([`${name}.raw.wav`], `${name}.wav`)
      const samples = trimmed(readWav(`${name}.wav`))
      known.set(key, samples)
      return samples
    },
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Without the silence before and after. */
function trimmed(samples: Int16Array): Int16Array {
  const loud = (sample: number): boolean => Math.abs(sample) > 200
  return samples.subarray(Math.max(0, samples.findIndex(loud)), samples.findLastIndex(loud) + 1)
}
