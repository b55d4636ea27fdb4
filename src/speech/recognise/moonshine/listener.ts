import tokenizer from 'llama-tokenizer-js'
import type { Recognised } from '../recogniser.ts'
import type { Moonshine } from './find.ts'
import { type Token, writeGreedily } from './greedy.ts'
import { MoonshineModel } from './model.ts'
import { joinPieces } from './pieces.ts'
import { plainWords } from './plain.ts'
import { soundFor } from './sound.ts'
import { spread } from './spread.ts'

const RATE = 8000
/** Nothing can be said in less than 100 ms. */
const leastSamples = 800
/** -60 dBFS at its loudest: the model would write something of silence, too. */
const leastPeak = 33
/** Words that are less likely were made up over noise. */
const leastConfidence = 0.05

/** Samples to words, with times and confidence. */
export class MoonshineListener {
  readonly #model: MoonshineModel

  static async open(found: Moonshine): Promise<MoonshineListener> {
    return new MoonshineListener(await MoonshineModel.open(found))
  }

  private constructor(model: MoonshineModel) {
    this.#model = model
  }

  /** @param samples 16 bit PCM, 8 kHz, one utterance */
  async recognise(samples: Int16Array): Promise<Recognised> {
    if (samples.length < leastSamples || !samples.some((sample) => Math.abs(sample) >= leastPeak))
      return { text: '', words: [] }
    const begun = await this.#model.encode(soundFor(samples))
    return recognisedOf(samples, await writeGreedily(begun, samples.length / RATE))
  }
}

function recognisedOf(samples: Int16Array, tokens: readonly Token[]): Recognised {
  // Moonshine writes in the vocabulary of Llama.
  const pieces = tokenizer.vocabById
  const written = joinPieces(tokens.map(({ id, ...token }) => ({ ...token, text: pieces[id] ?? '' })))
  const plain = plainWords(written.filter(({ confidence }) => confidence >= leastConfidence))
  const spans = spread(samples, plain)
  const words = plain.map(({ word, confidence }, i) => ({ word, confidence, ...spans[i]! }))
  const text = words.map(({ word }) => word).join(' ')
  if (words.length === 0) return { text, words }
  return { text, words, confidence: words.reduce((all, { confidence }) => all + confidence, 0) / words.length }
}
