import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from './command.ts'
import { Slots } from './slots.ts'
import { type RenderJob, type SpeechEngine, SpeechError, type Voice } from './synthesizer.ts'
import { asciiText } from './text.ts'

// 16 kHz unit selection aside, these are all that flite is built with; `awb` is Scottish. `awb_time` only tells the time.
const languages: Readonly<Record<string, string>> = {
  kal: 'en-us',
  kal16: 'en-us',
  awb: 'en-gb',
  rms: 'en-us',
  slt: 'en-us',
}

/** Best understood first (measured with a recogniser on telephone audio). */
const preference = ['rms', 'kal16', 'slt', 'awb', 'kal']

/** Reads `flite -lv`: `Voices available: kal awb_time kal16 awb rms slt`. */
export function readFliteVoices(listing: string): Voice[] {
  const names = /Voices available:(.*)/.exec(listing)?.[1]?.trim().split(/\s+/) ?? []
  return preference
    .filter((name) => names.includes(name))
    .map((name) => ({ name, language: languages[name] ?? 'en-us' }))
}

/** Arguments for flite, native or in WebAssembly. Text goes by file: it can be no option and is on no process list. */
export function fliteArguments(job: { voice: Voice; rate: number; textFile: string; to: string }): string[] {
  return [
    '-voice',
    job.voice.name,
    '--setf',
    `duration_stretch=${(1 / job.rate).toFixed(3)}`,
    '-f',
    job.textFile,
    '-o',
    job.to,
  ]
}

/** What flite is given to read. Text whose every letter is foreign has nothing left. */
export function fliteText(text: string): string {
  const ascii = asciiText(text)
  if (!/[A-Za-z0-9]/.test(ascii)) {
    throw new SpeechError(
      'language_unknown',
      'The text has no Latin letter and no digit, and the English voices can say nothing else. Name its language; other languages need espeak-ng.',
    )
  }
  return `${ascii}\n`
}

/** Debian's `flite`, a child process per utterance. `undefined` where it is not installed or has no voice that we know. */
export async function findFlite(program = 'flite'): Promise<SpeechEngine | undefined> {
  const listing = await runCommand(program, ['-lv'], { timeoutMs: 5000 })
  if (listing === undefined) return undefined
  const voices = readFliteVoices(listing)
  if (voices.length === 0) return undefined
  // `flite --version` ends with status 1, so the number is not asked for: every kept distribution has 2.x.
  const slots = new Slots(2)
  return {
    name: 'flite',
    version: '2',
    voices,
    render: (job) => slots.run(job.signal, () => render(program, job)),
  }
}

async function render(program: string, job: RenderJob): Promise<void> {
  const textFile = join(job.folder, 'text')
  await writeFile(textFile, fliteText(job.text))
  const args = fliteArguments({ voice: job.voice, rate: job.rate, textFile, to: job.to })
  const done = await runCommand(program, args, { signal: job.signal, timeoutMs: 30_000 })
  if (done === undefined) throw new SpeechError('engine_failed', 'flite was here at the start and is gone.')
}
