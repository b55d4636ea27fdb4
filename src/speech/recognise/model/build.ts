import { type CorpusTexts, everydayWords, sentences } from './corpus.ts'
import { dictionaryOf, readPronunciations } from './dictionary.ts'
import { TrigramCounter } from './trigram.ts'

export interface ModelTexts extends CorpusTexts {
  /** The dictionary that came with the acoustic model, and what we add to it. */
  readonly dictionary: string
  readonly pronunciations: string
}

export interface LanguageModel {
  /** ARPA format. */
  readonly arpa: string
  readonly dictionary: string
  readonly words: number
  /** In sentences, and yet nobody knows how they are said: they are never recognised. */
  readonly unpronounceable: readonly string[]
}

const sentenceCount = 60_000

/** The language model of the telephone: what words there are, how they are said, and what follows what. The same for the same texts. */
export function buildLanguageModel(texts: ModelTexts, count = sentenceCount): LanguageModel {
  const said = readPronunciations(texts.dictionary, texts.pronunciations)
  const counter = new TrigramCounter()
  const unpronounceable = new Set<string>()
  for (const sentence of sentences(texts, count)) {
    counter.add(sentence.filter((word) => said.has(word) || !unpronounceable.add(word)))
  }
  for (const word of everydayWords(texts)) if (said.has(word)) counter.know(word)
  const { words } = counter
  return {
    arpa: counter.arpa(),
    dictionary: dictionaryOf(words, said),
    words: words.length,
    unpronounceable: [...unpronounceable],
  }
}
