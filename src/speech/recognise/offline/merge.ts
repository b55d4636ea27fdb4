import type { RecognisedWord } from '../recogniser.ts'

type Words = readonly RecognisedWord[]

/** The words of whichever recogniser is surer of its own. */
export function mergeWords(pocketsphinx: Words, moonshine: Words): Words {
  return meanConfidence(moonshine) > meanConfidence(pocketsphinx) ? moonshine : pocketsphinx
}

const meanConfidence = (words: Words): number =>
  words.length === 0 ? 0 : words.reduce((sum, { confidence = 0 }) => sum + confidence, 0) / words.length
