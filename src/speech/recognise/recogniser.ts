/** Speech to text, one utterance at a time: what was said between two pauses. */
export interface SpeechRecogniser {
  readonly name: string
  /** What it tells beside the words. */
  readonly gives: { readonly interim: boolean; readonly times: boolean; readonly confidence: boolean }
  /** An utterance begins. @throws RecogniseError `language_unknown` */
  open(options: UtteranceOptions): OpenUtterance
}

export interface UtteranceOptions {
  /** BCP 47; the recogniser's own unless given. */
  readonly language?: string
  /** Phrases that may well be said. */
  readonly hints?: readonly string[]
  /** Told what was understood so far, each time in full. */
  readonly onInterim?: (so: Recognised) => void
}

/** 16 bit PCM, 8 kHz, mono. */
export interface OpenUtterance {
  write(samples: Int16Array): void
  /**
   * Nothing more comes. Rejects with `RecogniseError`.
   * @param beside what another recogniser hears of it: who can weighs its words
   */
  end(beside?: Promise<Recognised>): Promise<Recognised>
  /** The utterance is of no interest any more. Idempotent, also after `end`, which then rejects with `cancelled`. */
  cancel(): void
}

export interface Recognised {
  /** Lower or mixed case, with or without punctuation, as the recogniser has it; '' where no word was understood. */
  readonly text: string
  /** In order; empty where the recogniser tells no times. */
  readonly words: readonly RecognisedWord[]
  /** 0–1, where it is told. */
  readonly confidence?: number
  /** Of the words of another recogniser, where it was given some. */
  readonly weighed?: readonly Weighed[]
}

/** A place where another recogniser heard other words. */
export interface Weighed {
  /** Its words, and those in whose place they would come: from, and behind the last. */
  readonly others: readonly [from: number, to: number]
  readonly own: readonly [from: number, to: number]
  /** Natural logarithm, for each of the pieces that they are made of: how much likelier the other's words are by the sound. */
  readonly gain: number
}

/** Milliseconds since the start of the utterance. */
export interface RecognisedWord {
  readonly word: string
  readonly fromMs: number
  readonly toMs: number
  /** 0–1. */
  readonly confidence?: number
  /** Logarithm to base 10 of its probability behind the two words before it by what is said on the telephone, where the recogniser tells it. */
  readonly usual?: number
}

/**
 * `busy`: so much waits to be recognised that this would come too late. `unreachable`: the server does not answer. `refused`: it answered
 * that it will not. `failed`: it or its answer broke.
 */
export type RecogniseFault = 'busy' | 'language_unknown' | 'unreachable' | 'refused' | 'failed' | 'cancelled'

export class RecogniseError extends Error {
  override readonly name = 'RecogniseError'
  readonly code: RecogniseFault
  constructor(code: RecogniseFault, sentence: string, cause?: unknown) {
    super(sentence, cause === undefined ? undefined : { cause })
    this.code = code
  }
}
