/** What is told whoever asks for words where there are none to be had. */
export const noRecogniser = 'This service has no speech recogniser; offhook doctor tells how to get one.'

/** Hearing what the other side says and sounds like, beside the blocks of a call. */
export interface ListenOptions {
  /** BCP 47; the recogniser's own (English) unless given. */
  readonly language?: string
  /** Names and phrases that may well be said; a recogniser that can use them does. At most 100 of 100 characters. */
  readonly hints?: readonly string[]
  /** False: speech, silence and tones are told, nothing is transcribed. True unless given. */
  readonly transcribe?: boolean
  /** Transcripts are also told while somebody still speaks, where the recogniser can. False unless given. */
  readonly interim?: boolean
  /** A pause of this length ends an utterance, 200–5000; 600 unless given. */
  readonly pauseMs?: number
  /** An utterance is cut here in any case, 1000–25000; 25000 unless given. */
  readonly longestMs?: number
  /** Silences of these lengths are told; 1200 and 3000 unless given. */
  readonly silenceMs?: readonly number[]
  /** Who answered a call that was placed is told, too: this has to begin when it is answered. False unless given. */
  readonly answer?: boolean
  /** 1–7200; 7200 unless given. */
  readonly maxSeconds?: number
  /** A call that is not answered yet is heard as it is, over early media, and not answered by it. False unless given. */
  readonly early?: boolean
  /** What is recognised in place of an utterance, 16 bit and 8 kHz, by a recogniser that takes it whole. */
  readonly prepare?: (utterance: Int16Array) => Promise<Int16Array>
  readonly onEvent: (event: ListenEvent) => void
  /** What it sounds like, some ten times a second, where the engine can tell; words come later. */
  readonly onSound?: (piece: SoundPiece) => void
}

/** How loud each band of each 20 ms was, by which a recording is known when it is played again. */
export interface SoundPiece {
  /** Milliseconds of audio since the listening began; pieces follow one another without a gap. */
  readonly fromMs: number
  /** Of one frame. */
  readonly bands: number
  /** dB over no particular level: all bands of the first frame, then those of the next. */
  readonly levels: Uint8Array
}

/**
 * All times are milliseconds of audio since the listening began. `speech`, `tone` and `music` are told at once. `silence` is told after the
 * transcripts of everything said before it.
 */
export type ListenEvent =
  /** Somebody began to speak. */
  | { readonly kind: 'speech'; readonly fromMs: number }
  | Transcript
  /** The utterance could not be transcribed; listening goes on. */
  | {
      readonly kind: 'untranscribed'
      readonly utterance: number
      readonly fromMs: number
      readonly toMs: number
      readonly sentence: string
    }
  /** Nothing has been said for `ms`, since `fromMs` (0: nothing at all yet). Once per length and pause. */
  | { readonly kind: 'silence'; readonly fromMs: number; readonly ms: number }
  | { readonly kind: 'tone'; readonly tone: HeardTone; readonly fromMs: number }
  /** Music is heard for some seconds now, or no longer. */
  | { readonly kind: 'music'; readonly playing: boolean; readonly fromMs: number }
  /** Once, at the latest 15 s after the call was answered. */
  | { readonly kind: 'answered'; readonly by: AnsweredBy; readonly atMs: number }
  /**
   * A machine records now, after its beep, or since it has been silent for 4.5 s: a message may begin. Told again after each further beep:
   * what was said before it was not recorded.
   */
  | { readonly kind: 'recording'; readonly after: 'beep' | 'silence'; readonly atMs: number }

/** `silence`: nothing that is a voice or a fax was heard. */
export type AnsweredBy = 'person' | 'machine' | 'fax' | 'silence'

/** One utterance: what was said between two pauses. Interim ones are replaced by the next of the same number. */
export interface Transcript {
  readonly kind: 'transcript'
  /** Counts from 1; finals come in this order. */
  readonly utterance: number
  readonly final: boolean
  readonly fromMs: number
  readonly toMs: number
  /** Empty where speech was heard and no word was understood. */
  readonly text: string
  /** In order. Empty where the recogniser tells no times. */
  readonly words: readonly HeardWord[]
  /** 0–1; of finals only, where the recogniser tells it. */
  readonly confidence?: number
}

export interface HeardWord {
  readonly word: string
  readonly fromMs: number
  readonly toMs: number
  /** 0–1. */
  readonly confidence?: number
  /** Logarithm to base 10 of its probability behind the two words before it by what is said on the telephone, where the recogniser tells it. */
  readonly usual?: number
}

/**
 * `ringback`, `busy`, `congestion` and `dial` by their cadence (ITU-T E.180), `sit`: the three rising notes before an announcement (E.180),
 * `fax`: CED or CNG (T.30), `beep`: a short single tone, as of an answering machine.
 */
export type HeardTone = 'ringback' | 'busy' | 'congestion' | 'dial' | 'sit' | 'beep' | 'fax'

/** Runs beside the blocks of a call, through dial and transfer, to the end of the call unless stopped. */
export interface Listening {
  /** Never rejects. Every transcript was told before. */
  readonly done: Promise<ListenEnd>
  /** Milliseconds of audio until now, as events tell times. A busy machine leaves audio out, so that a clock is ahead of it. */
  readonly heardMs: number
  /** What was said until now is still transcribed; `forget`: it is not, and nothing more is told of it. */
  stop(what?: 'forget'): void
}

export type ListenEnd = 'stopped' | 'limit' | 'hangup'
