import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../src/base/clock.ts'
import type { Logger } from '../../src/base/log.ts'
import { runCommand } from '../../src/speech/command.ts'
import { openSpeech } from '../../src/speech/index.ts'
import { writeTelephoneWav } from '../../src/speech/telephone-wav.ts'

export interface Voices {
  /** Those that count. */
  readonly names: readonly string[]
  /** eSpeak's, which the offline recogniser hears badly: reported apart. */
  readonly apart: readonly string[]
  /** Whether the service has the voice itself; others speak into files. */
  isOwn(voice: string): boolean
  /** @returns the path of a WAV, 8 kHz, 16 bit, mono */
  speak(voice: string, text: string): Promise<string>
}

const festival = 'kal_diphone'
const espeak = 'en-us'

/** flite's voices, and festival's where it is installed. */
export async function openVoices(o: { folder: string; clock: Clock; log: Logger }): Promise<Voices> {
  const speech = await openSpeech(o)
  const mine = join(o.folder, 'festival')
  await mkdir(mine, { recursive: true })
  // Not there is one thing, there and broken another: what is counted would be other voices than asked for.
  const there = (await runCommand('text2wave', ['--help'], { timeoutMs: 5000 })) !== undefined
  const flites = ['rms', 'kal16', 'slt', 'awb', 'kal'].filter((name) => speech.voices.some((one) => one.name === name))
  return {
    names: [...flites, ...(there ? [festival] : [])],
    apart: speech.voices.some(({ name }) => name === espeak) ? [espeak] : [],
    isOwn: (voice) => voice !== festival,
    speak: (voice, text) => (voice === festival ? byFestival(mine, text) : speech.synthesize({ text, voice })),
  }
}

async function byFestival(folder: string, text: string): Promise<string> {
  const path = join(folder, `${createHash('sha256').update(text).digest('hex').slice(0, 20)}.wav`)
  if (existsSync(path)) return path
  const draft = `${path}.${process.hrtime.bigint()}`
  await runCommand('text2wave', ['-eval', `(voice_${festival})`, '-o', `${draft}.16k`], {
    input: text,
    timeoutMs: 60_000,
  })
  await writeTelephoneWav([`${draft}.16k`], draft)
  await rm(`${draft}.16k`)
  await rename(draft, path)
  return path
}
