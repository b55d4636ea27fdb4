import { runCommand } from './command.ts'
import { Slots } from './slots.ts'
import { type RenderJob, type SpeechEngine, SpeechError, type Voice } from './synthesizer.ts'

/** eSpeak's own pace in words per minute, and what it accepts. */
const wordsPerMinute = 175
const slowest = 80
const fastest = 450

/**
 * Reads `espeak-ng --voices`: `Pty Language Age/Gender VoiceName File Other`. A voice goes by its language, which is
 * what `-v` takes; of several voices for one language the first is kept.
 */
export function readEspeakVoices(listing: string): Voice[] {
  const seen = new Set<string>()
  for (const line of listing.split('\n').slice(1)) {
    const language = line.trim().split(/\s+/)[1]?.toLowerCase()
    if (language !== undefined && /^[a-z]{2,3}(?:-[a-z0-9]+)*$/.test(language)) seen.add(language)
  }
  return [...seen].map((language) => ({ name: language, language }))
}

/** Double square brackets switch eSpeak to phoneme input; a blank between them keeps them text. */
export function espeakText(text: string): string {
  return `${text.replace(/\[(?=\[)/g, '[ ').replace(/\](?=\])/g, '] ')}\n`
}

/** Debian's `espeak-ng` (GPL), a child process per utterance and never linked. `undefined` where it is not installed. */
export async function findEspeak(program = 'espeak-ng'): Promise<SpeechEngine | undefined> {
  const about = await runCommand(program, ['--version'], { timeoutMs: 5000 })
  if (about === undefined) return undefined
  const voices = readEspeakVoices((await runCommand(program, ['--voices'], { timeoutMs: 5000 })) ?? '')
  if (voices.length === 0) return undefined
  const slots = new Slots(2)
  return {
    name: 'espeak-ng',
    version: /text-to-speech: ([0-9][\w.-]*)/.exec(about)?.[1] ?? 'unknown',
    voices,
    render: (job) => slots.run(job.signal, () => render(program, job)),
  }
}

async function render(program: string, job: RenderJob): Promise<void> {
  const pace = Math.min(fastest, Math.max(slowest, Math.round(wordsPerMinute * job.rate)))
  const args = ['--stdin', '-b', '1', '-v', job.voice.name, '-s', String(pace), '-w', job.to]
  const done = await runCommand(program, args, { signal: job.signal, input: espeakText(job.text), timeoutMs: 30_000 })
  if (done === undefined) throw new SpeechError('engine_failed', 'espeak-ng was here at the start and is gone.')
}
