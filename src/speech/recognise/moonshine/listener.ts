import tokenizer from 'llama-tokenizer-js'
import { Likelihood } from '../model/likelihood.ts'
import type { Recognised } from '../recogniser.ts'
import { searchBeam } from './beam.ts'
import type { Token } from './candidates.ts'
import type { Moonshine } from './find.ts'
import { writeGreedily } from './greedy.ts'
import { MoonshineModel } from './model.ts'
import { type Piece, type WrittenWord, wordOf, wordRanges } from './pieces.ts'
import { plainWords, saidAs } from './plain.ts'
import { soundFor } from './sound.ts'
import { spread } from './spread.ts'
import { type WrittenPlace, weighWords } from './weigh.ts'

const RATE = 8000
/** Nothing can be said in less than 100 ms. */
const leastSamples = 800
/** -60 dBFS at its loudest: the model would write something of silence, too. */
const leastPeak = 33
/** Words that are less likely were made up over noise. */
const leastConfidence = 0.05

export interface MoonshineFiles extends Moonshine {
  /** The language model of telephones; without it what is likely by the sound alone is written. */
  readonly arpa?: string | undefined
}

/** Samples to words, with times and confidence. */
export class MoonshineListener {
  readonly #model: MoonshineModel
  readonly #language: Likelihood | undefined

  static async open({ arpa, ...found }: MoonshineFiles): Promise<MoonshineListener> {
    const language = arpa === undefined ? undefined : await Likelihood.read(arpa)
    return new MoonshineListener(await MoonshineModel.open(found), language)
  }

  private constructor(model: MoonshineModel, language: Likelihood | undefined) {
    this.#model = model
    this.#language = language
  }

  /**
   * @param samples 16 bit PCM, 8 kHz, one utterance
   * @param beside words of another recogniser, asked for when everything is written: they are weighed where they are others
   */
  async recognise(samples: Int16Array, beside?: () => Promise<readonly string[] | undefined>): Promise<Recognised> {
    if (samples.length < leastSamples || !samples.some((sample) => Math.abs(sample) >= leastPeak))
      return { text: '', words: [] }
    const begun = await this.#model.encode(soundFor(samples))
    const seconds = samples.length / RATE
    const tokens =
      this.#language === undefined
        ? await writeGreedily(begun, seconds)
        : await searchBeam(begun, seconds, this.#language)
    const text = writtenText(tokens)
    const recognised = recognisedOf(samples, text)
    const others = await beside?.()
    if (others === undefined) return recognised
    const ids = tokens.map(({ id }) => id)
    return { ...recognised, weighed: await weighWords(begun, ids, text, others) }
  }
}

/** Words as they were written, with their tokens and what is said for each. */
function writtenText(tokens: readonly Token[]): readonly (WrittenWord & WrittenPlace)[] {
  // Moonshine writes in the vocabulary of Llama.
  const pieces = tokens.map((token): Piece => ({ ...token, text: tokenizer.vocabById[token.id] ?? '' }))
  const written = wordRanges(pieces)
    .map((range) => ({ ...range, ...wordOf(pieces.slice(range.from, range.to)) }))
    .filter(({ text, confidence }) => text !== '' && confidence >= leastConfidence)
  const said = saidAs(written)
  return written.map((word, i) => ({ ...word, said: said[i]! }))
}

function recognisedOf(samples: Int16Array, written: readonly WrittenWord[]): Recognised {
  const plain = plainWords(written)
  const spans = spread(samples, plain)
  const words = plain.map(({ word, confidence }, i) => ({ word, confidence, ...spans[i]! }))
  const text = words.map(({ word }) => word).join(' ')
  if (words.length === 0) return { text, words }
  return { text, words, confidence: words.reduce((all, { confidence }) => all + confidence, 0) / words.length }
}
