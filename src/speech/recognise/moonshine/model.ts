import type { Moonshine } from './find.ts'
import { bool, floats, integers, openSession, type Session, type Tensor, type Tensors } from './onnx.ts'

/** Of the base model. */
const LAYERS = 8
const HEADS = 8
const HEAD_SIZE = 52

const beginOfText = 1
export const endOfText = 2

/** An utterance, and what is written of it so far. It never changes: several texts may go on from one. */
export interface Written {
  /** For each token that may come next, of the vocabulary, the logarithm of its odds up to a constant. */
  readonly logits: Float32Array
  /** With one token more. */
  write(token: number): Promise<Written>
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
    return this.#step(memory, beginOfText, true)
  }

  /** @param memory of the sound and of the tokens before */
  async #step(memory: Tensors, token: number, first = false): Promise<Written> {
    const outputs = await this.#decoder.run({ ...memory, input_ids: integers(BigInt64Array.of(BigInt(token)), [1, 1]) })
    const grown: Record<string, Tensor> = { ...memory }
    // What is remembered of the sound stays as it was after the first step.
    for (const name of first ? this.#pastNames : this.#growing) grown[name] = outputs[presentOf(name)]!
    if (first) grown.use_cache_branch = bool(true)
    return { logits: outputs.logits!.data, write: (next) => this.#step(grown, next) }
  }
}

const presentOf = (name: string): string => name.replace('past_key_values', 'present')
