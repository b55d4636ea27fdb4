import type { DecoderPool } from './pool.ts'
import { type OpenUtterance, RecogniseError, type UtteranceOptions } from './recogniser.ts'

/**
 * Whoever listens cuts utterances after 25 s. This keeps a caller that does not from filling the memory, which Moonshine takes by the square
 * of the length: 580 MB for 25 s, 680 for 40; 120 s would be some 2 GB.
 */
const longestSeconds = 40
const RATE = 8000

/**
 * An utterance that is kept until it is over and decoded whole, by a recogniser that knows English.
 * @param prepare what is done to the samples first
 * @throws RecogniseError `language_unknown`
 */
export function openEnglish(
  language: UtteranceOptions['language'],
  pool: DecoderPool,
  prepare: (samples: Int16Array) => Promise<Int16Array> = async (samples) => samples,
): OpenUtterance {
  if (language !== undefined && !/^en\b/i.test(language))
    throw new RecogniseError(
      'language_unknown',
      `The offline recogniser knows English only, not ${JSON.stringify(language)}; other languages need a server (OFFHOOK_RECOGNISER).`,
    )
  pool.warm()
  const blocks: Int16Array[] = []
  let length = 0
  const abort = new AbortController()
  return {
    write(samples) {
      if (length + samples.length > longestSeconds * RATE) return
      blocks.push(samples.slice())
      length += samples.length
    },
    end(beside) {
      const all = new Int16Array(length)
      let at = 0
      for (const block of blocks.splice(0)) {
        all.set(block, at)
        at += block.length
      }
      return prepare(all).then((prepared) => pool.decode(prepared, abort.signal, beside))
    },
    cancel: () => abort.abort(),
  }
}
