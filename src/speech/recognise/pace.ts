import type { Clock } from '../../base/clock.ts'
import type { OpenUtterance, SpeechRecogniser } from './recogniser.ts'

const RATE = 8000
/** The last utterances, of which the middle and the worst delay are told. */
const kept = 1000

/** How a recogniser keeps up with what is said. */
export interface RecognitionPace {
  readonly utterances: number
  /** Of speech, since the start. */
  readonly seconds: number
  /** From the end of an utterance to its words, of the last thousand. */
  readonly p50Ms: number
  readonly p99Ms: number
}

/** The same recogniser, and how it keeps up. */
export function pacedRecogniser(
  recogniser: SpeechRecogniser,
  clock: Clock,
): { readonly recogniser: SpeechRecogniser; readonly pace: () => RecognitionPace } {
  const delays: number[] = []
  let utterances = 0
  let samples = 0
  const done = (length: number, ms: number): void => {
    delays[utterances++ % kept] = ms
    samples += length
  }
  return {
    recogniser: {
      name: recogniser.name,
      gives: recogniser.gives,
      open: (options) => timed(recogniser.open(options), clock, done),
    },
    pace: () => {
      const sorted = [...delays].sort((a, b) => a - b)
      const at = (share: number): number => Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? 0)
      return { utterances, seconds: samples / RATE, p50Ms: at(0.5), p99Ms: at(0.99) }
    },
  }
}

function timed(utterance: OpenUtterance, clock: Clock, done: (length: number, ms: number) => void): OpenUtterance {
  let length = 0
  return {
    write(samples) {
      length += samples.length
      utterance.write(samples)
    },
    async end() {
      const began = clock.now()
      const so = await utterance.end()
      done(length, clock.now() - began)
      return so
    },
    cancel: () => utterance.cancel(),
  }
}
