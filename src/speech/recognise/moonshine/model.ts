import type { Moonshine } from './find.ts'
import { bool, floats, integers, openSession, type Session, type Tensor, type Tensors } from './onnx.ts'

/** Of the base model. */
const LAYERS = 8
const HEADS = 8
const HEAD_SIZE = 52

const beginOfText = 1n
export const endOfText = 2

/** A text that goes on: which of those that are written so far, and the token that comes next. */
export interface Next {
  readonly text: number
  readonly token: number
}

/** An utterance, and one text or several that are written of it so far, all equally long. It never changes: several may go on from one. */
export interface Written {
  /** By text: for each token that may come next, of the vocabulary, the logarithm of its odds up to a constant. */
  readonly logits: readonly Float32Array[]
  /**
   * Each with one token more. Four texts take 1.4 times as long as one; what one comes to depends a little on the others, as the model rounds
   * by the largest number among them.
   */
  write(next: readonly Next[]): Promise<Written>
  /** How likely the first text goes on with each of these tokens, one behind the other: logarithms. Sixty take as long as three steps. */
  weigh(tokens: readonly number[]): Promise<readonly number[]>
}

/** Moonshine: an encoder over the whole utterance, and a decoder that tells what comes next, token after token. */
export class MoonshineModel {
  readonly #encoder: Session
  readonly #decoder: Session
  readonly #pastNames: readonly string[]
  readonly #growing: readonly string[]

  static async open({ encoder, decoder }: Moonshine): Promise<MoonshineModel> {
    return new MoonshineModel(await openSession(encoder), await openSession(decoder))
  }

  private constructor(encoder: Session, decoder: Session) {
    this.#encoder = encoder
    this.#decoder = decoder
    this.#pastNames = Array.from({ length: LAYERS }, (_, i) =>
      ['decoder.key', 'decoder.value', 'encoder.key', 'encoder.value'].map((part) => `past_key_values.${i}.${part}`),
    ).flat()
    this.#growing = this.#pastNames.filter((name) => name.includes('decoder'))
  }

  /**
   * Nothing is written yet.
   * @param sound 16 kHz, one utterance
   */
  async encode(sound: Float32Array): Promise<Written> {
    const heard = await this.#encoder.run({ [this.#encoder.inputNames[0]!]: floats(sound, [1, sound.length]) })
    const memory: Record<string, Tensor> = {
      encoder_hidden_states: heard[this.#encoder.outputNames[0]!]!,
      use_cache_branch: bool(false),
    }
    for (const name of this.#pastNames) memory[name] = floats(new Float32Array(0), [0, HEADS, 1, HEAD_SIZE])
    const outputs = await this.#decoder.run({ ...memory, input_ids: integers(BigInt64Array.of(beginOfText), [1, 1]) })
    for (const name of this.#pastNames) memory[name] = outputs[presentOf(name)]!
    return this.#written({ ...memory, use_cache_branch: bool(true) }, outputs.logits!)
  }

  /** @param memory of the sound and of the tokens before */
  #written(memory: Tensors, logits: Tensor): Written {
    const size = logits.dims.at(-1)!
    const each = rowsOf(logits.data, size)
    return {
      logits: each,
      write: async (next) => {
        const before: Record<string, Tensor> = { ...memory }
        for (const name of this.#growing) before[name] = picked(memory[name]!, next, each.length)
        const ids = integers(
          BigInt64Array.from(next, ({ token }) => BigInt(token)),
          [next.length, 1],
        )
        const outputs = await this.#decoder.run({ ...before, input_ids: ids })
        // What is remembered of the sound stays as it was after the first step, once for all texts.
        for (const name of this.#growing) before[name] = outputs[presentOf(name)]!
        return this.#written(before, outputs.logits!)
      },
      weigh: async (tokens) => {
        const before: Record<string, Tensor> = { ...memory }
        for (const name of this.#growing) before[name] = picked(memory[name]!, [{ text: 0 }], each.length)
        const behind = tokens.slice(0, -1)
        if (behind.length === 0) return tokens.map((token) => likelihood(each[0]!, token))
        const ids = integers(BigInt64Array.from(behind, BigInt), [1, behind.length])
        const outputs = await this.#decoder.run({ ...before, input_ids: ids })
        const rows = [each[0]!, ...rowsOf(outputs.logits!.data, size)]
        return tokens.map((token, i) => likelihood(rows[i]!, token))
      },
    }
  }
}

const rowsOf = (data: Float32Array, size: number): readonly Float32Array[] =>
  Array.from({ length: data.length / size }, (_, i) => data.subarray(i * size, (i + 1) * size))

/** Of a tensor of several texts those that go on. */
function picked(all: Tensor, next: readonly Pick<Next, 'text'>[], count: number): Tensor {
  if (next.length === count && next.every(({ text }, i) => text === i)) return all
  const size = all.data.length / count
  const some = new Float32Array(size * next.length)
  for (const [i, { text }] of next.entries()) some.set(all.data.subarray(text * size, (text + 1) * size), i * size)
  return floats(some, [next.length, ...all.dims.slice(1)])
}

/** Below it exp() adds nothing to the sum that a float could hold. */
const NEGLIGIBLE = -16

/** Logarithm of the probability of one token. */
function likelihood(logits: Float32Array, token: number): number {
  let top = Number.NEGATIVE_INFINITY
  for (const logit of logits) if (logit > top) top = logit
  let sum = 0
  for (const logit of logits) if (logit - top > NEGLIGIBLE) sum += Math.exp(logit - top)
  return logits[token]! - top - Math.log(sum)
}

const presentOf = (name: string): string => name.replace('past_key_values', 'present')
