import type { Clock, Timer } from '../../../base/clock.ts'
import type { Logger } from '../../../base/log.ts'
import {
  type OpenUtterance,
  type Recognised,
  type RecognisedWord,
  RecogniseError,
  type SpeechRecogniser,
} from '../recogniser.ts'

type Words = readonly RecognisedWord[]

export interface Pair {
  readonly pocketsphinx: SpeechRecogniser
  readonly moonshine: SpeechRecogniser
  /** What both understood of one utterance, as one. */
  readonly merge: (pocketsphinx: Words, moonshine: Recognised) => Promise<Words>
  /** How long the words of one wait for those of the other, at most. */
  readonly patienceMs: number
  readonly clock: Pick<Clock, 'after'>
  readonly log: Logger
}

/** Both hear each utterance at once; what they understood is merged. Where one cannot, or not soon, the other's words count. */
export function pairOf({ pocketsphinx, moonshine, merge, patienceMs, clock, log }: Pair): SpeechRecogniser {
  return {
    name: 'offline',
    gives: { interim: false, times: true, confidence: true },
    open(options) {
      const both = [pocketsphinx.open(options), moonshine.open(options)] as const
      return {
        write(samples) {
          for (const utterance of both) utterance.write(samples)
        },
        end: () => endOf(both),
        cancel() {
          for (const utterance of both) utterance.cancel()
        },
      }
    },
  }

  async function endOf(both: readonly [OpenUtterance, OpenUtterance]): Promise<Recognised> {
    let timer: Timer | undefined
    const hurry = (other: OpenUtterance) => (recognised: Recognised) => {
      timer ??= clock.after(patienceMs, () => other.cancel())
      return recognised
    }
    const known = both[0].end()
    const [first, second] = await Promise.allSettled([
      known.then(hurry(both[1])),
      both[1].end(known).then(hurry(both[0])),
    ])
    timer?.stop()
    if (first.status === 'fulfilled' && second.status === 'fulfilled') return merged(first.value, second.value)
    if (first.status === 'fulfilled') return told(first.value, moonshine.name, second)
    if (second.status === 'fulfilled') return told(second.value, pocketsphinx.name, first)
    throw first.reason
  }

  async function merged(first: Recognised, second: Recognised): Promise<Recognised> {
    try {
      return recognisedOf(await merge(first.words, second))
    } catch (error) {
      log.warn({ reason: String(error) }, 'the words of two recognisers cannot be merged; pocketsphinx is believed')
      return first
    }
  }

  /** @param other who failed */
  function told(recognised: Recognised, other: string, end: PromiseSettledResult<Recognised>): Recognised {
    const reason: unknown = end.status === 'rejected' ? end.reason : undefined
    // That one has too much to do is no fault: the log would have a line for each utterance.
    const expected = reason instanceof RecogniseError && (reason.code === 'busy' || reason.code === 'cancelled')
    if (!expected)
      log.warn({ recogniser: other, reason: String(reason) }, 'one of two recognisers failed; the other is believed')
    return recognised
  }
}

function recognisedOf(words: Words): Recognised {
  const text = words.map(({ word }) => word).join(' ')
  if (words.length === 0) return { text, words }
  return { text, words, confidence: words.reduce((sum, { confidence = 0 }) => sum + confidence, 0) / words.length }
}
