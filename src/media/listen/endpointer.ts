import { VoiceDetector } from '../dsp/vad.ts'

const FRAME_MS = 20
const FRAME = 160
/** Kept from before the voice was noticed, so that no first consonant is lost. */
const BEFORE = 15
/** Kept of the pause at the end: recognisers want to hear that it is over. */
const AFTER = 15
/** From this length on a shorter pause is enough: words are known the sooner while somebody goes on. */
const LONG_MS = 6000
const LONG_PAUSE_MS = 300
const LONGEST_MS = 25_000

/** Hears of utterances. Times are frames of 20 ms since the start; `samples` are good until the next call. */
export interface UtteranceSink {
  begin(from: number): void
  audio(samples: Int16Array): void
  /** @param to where the voice ended */
  end(to: number): void
  /** Nobody has spoken for so long, since `from`. */
  silence(from: number, ms: number): void
}

export interface EndpointerRules {
  /** A pause of this length ends an utterance. */
  readonly pauseMs: number
  /** It is cut at this length in any case; 25000 unless given. */
  readonly longestMs?: number
  /** Silences that are told, rising. */
  readonly silenceMs: readonly number[]
}

/** Cuts what is heard into utterances at its pauses. */
export class Endpointer {
  readonly #rules: EndpointerRules
  readonly #sink: UtteranceSink
  readonly #voice = new VoiceDetector()
  /** The last frames before an utterance. */
  readonly #before: Int16Array[] = Array.from({ length: BEFORE }, () => new Int16Array(FRAME))
  /** Frames of a pause that may be its end or a breath. */
  #held: Int16Array[] = []
  /** How many of `before` were heard right before now. */
  #fresh = 0
  #frame = 0
  #began: number | undefined
  #lastVoice = 0
  #toldSilence = 0

  constructor(rules: EndpointerRules, sink: UtteranceSink) {
    this.#rules = rules
    this.#sink = sink
  }

  get speaking(): boolean {
    return this.#began !== undefined
  }

  /** 20 ms. */
  push(samples: Int16Array): void {
    const voice = this.#voice.frame(samples)
    this.#frame++
    if (this.#began === undefined) {
      if (voice) this.#begin(samples)
      else this.#quiet(samples)
      return
    }
    if (voice) {
      for (const held of this.#held.splice(0)) this.#sink.audio(held)
      this.#sink.audio(samples)
      this.#lastVoice = this.#frame
      if ((this.#frame - this.#began) * FRAME_MS >= (this.#rules.longestMs ?? LONGEST_MS)) this.#end()
      return
    }
    this.#held.push(samples.slice())
    const long = (this.#frame - this.#began) * FRAME_MS >= LONG_MS
    const pause = long ? Math.min(LONG_PAUSE_MS, this.#rules.pauseMs) : this.#rules.pauseMs
    if ((this.#frame - this.#lastVoice) * FRAME_MS >= pause) this.#end()
  }

  /** The audio ends here. */
  finish(): void {
    if (this.#began !== undefined) this.#end()
  }

  #begin(samples: Int16Array): void {
    const before = this.#fresh
    this.#fresh = 0
    this.#began = this.#frame - 1 - before
    this.#sink.begin(this.#began)
    for (let i = before; i > 0; i--) this.#sink.audio(this.#before[(this.#frame - 1 - i) % BEFORE]!)
    this.#sink.audio(samples)
    this.#lastVoice = this.#frame
    this.#toldSilence = 0
  }

  #quiet(samples: Int16Array): void {
    this.#before[(this.#frame - 1) % BEFORE]!.set(samples)
    this.#fresh = Math.min(BEFORE, this.#fresh + 1)
    this.#countSilence()
  }

  #countSilence(): void {
    const ms = (this.#frame - this.#lastVoice) * FRAME_MS
    const next = this.#rules.silenceMs[this.#toldSilence]
    if (next === undefined || ms < next) return
    this.#toldSilence++
    this.#sink.silence(this.#lastVoice, next)
  }

  #end(): void {
    for (const held of this.#held.slice(0, AFTER)) this.#sink.audio(held)
    // What is left of the pause comes before whatever is said next.
    this.#held.slice(-BEFORE).forEach((held, i, all) => {
      this.#before[(this.#frame - all.length + i) % BEFORE]!.set(held)
    })
    this.#fresh = Math.min(BEFORE, this.#held.length)
    this.#held = []
    this.#began = undefined
    this.#sink.end(this.#lastVoice)
    this.#countSilence()
  }
}
