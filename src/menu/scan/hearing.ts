import type { HeardTone, HeardWord } from '../../phone/listen.ts'

/** Keys that lead from the start to a place, one entry for each time that something was chosen: `['1', '44']`. */
export type Way = readonly string[]

/** What was heard at one place, from the key that led there to the next one, or to the end of the call. */
export interface Hearing {
  readonly id: string
  readonly way: Way
  /** Times are milliseconds since the key was pressed, or since the call was answered. */
  readonly words: readonly HeardWord[]
  readonly tones: readonly HeardTone[]
  /** Music played for some seconds. */
  readonly music: boolean
  /** The far end hung up under it. */
  readonly hungUp: boolean
  /** Milliseconds of silence at its end. */
  readonly silentMs: number
  /** A prompt that was heard before began then, by its sound. No word of it is among the words. */
  readonly bySound?: { readonly node: string; readonly fromMs: number }
}

// Recognised words of one utterance lie closer together; utterances are cut at 600 ms.
const pauseMs = 450

/** Where in the words something new begins to be said: index 0, and behind each pause or mark of an end. */
export function beginnings(words: readonly HeardWord[]): readonly number[] {
  return words.flatMap((word, i) => {
    const before = words[i - 1]
    if (before === undefined) return [0]
    return word.fromMs - before.toMs >= pauseMs || /[.!?]$/.test(before.word) ? [i] : []
  })
}

/** Whether it holds of what begins somewhere in the words. */
export const anywhere = (words: readonly HeardWord[], test: (rest: readonly HeardWord[]) => boolean): boolean =>
  beginnings(words).some((from) => test(words.slice(from)))
