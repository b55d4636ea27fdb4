import { setImmediate as otherWork } from 'node:timers/promises'
import type { Moonshine } from './find.ts'
import { bool, floats, integers, openSession, type Session, type Tensor, type Tensors } from './onnx.ts'
import { repeatedFrom } from './repeat.ts'

/** Of the base model. */
const LAYERS = 8
const HEADS = 8
const HEAD_SIZE = 52
const RATE = 16000

const beginOfText = 1n
const endOfText = 2
/** Over noise the model likes to say at once that nothing was said; what it would say else is better, and doubtful where it is made up. */
const leastTokens = 3
/** After a first word, the end stands where the model is this sure of it: `Yes.` is whole. */
const leastForced = 0.01
/** Nobody speaks faster; the model was published with this limit. */
const tokensPerSecond = 6.5
/** Below it exp() adds nothing to the sum that a float could hold. */
const NEGLIGIBLE = -16

export interface Token {
  readonly id: number
  /** 0–1: how sure the model was of it, of all that it could have written. */
  readonly probability: number
  /** The model would have ended here. */
  readonly forced: boolean
}

/** Moonshine: an encoder over the whole utterance, and a decoder that writes one token after the other (greedily). */
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

  /** @param sound 16 kHz, one utterance */
  async write(sound: Float32Array): Promise<readonly Token[]> {
    const heard = await this.#encoder.run({ [this.#encoder.inputNames[0]!]: floats(sound, [1, sound.length]) })
    const hidden = heard[this.#encoder.outputNames[0]!]!
    const most = Math.ceil((sound.length / RATE) * tokensPerSecond)
    const tokens: Token[] = []
    const last = BigInt64Array.of(beginOfText)
    const inputs: Record<string, Tensor> = {
      input_ids: integers(last, [1, 1]),
      encoder_hidden_states: hidden,
      use_cache_branch: bool(false),
    }
    for (const name of this.#pastNames) inputs[name] = floats(new Float32Array(0), [0, HEADS, 1, HEAD_SIZE])
    while (tokens.length < most) {
      const first = tokens.length === 0
      const outputs: Tensors = await this.#decoder.run(inputs)
      const token = likeliest(outputs.logits!.data, tokens.length < leastTokens)
      if (token.id === endOfText || (token.forced && !first && token.probability < leastForced)) break
      tokens.push(token)
      const from = repeatedFrom(tokens.map(({ id }) => id))
      if (from !== undefined) return tokens.slice(0, from)
      // What is remembered of the sound stays as it was after the first step.
      for (const name of first ? this.#pastNames : this.#growing) inputs[name] = outputs[presentOf(name)]!
      if (first) inputs.use_cache_branch = bool(true)
      last[0] = BigInt(token.id)
      // Running the model holds the thread: messages of the parent come in here.
      await otherWork()
    }
    return tokens
  }
}

const presentOf = (name: string): string => name.replace('past_key_values', 'present')

function likeliest(logits: Float32Array, endForbidden: boolean): Token {
  let [id, other] = [0, 0]
  for (let k = 1; k < logits.length; k++) {
    if (logits[k]! <= logits[other]!) continue
    if (logits[k]! > logits[id]!) id = k
    if (k !== endOfText) other = k
  }
  const top = logits[id]!
  let sum = 0
  for (const logit of logits) if (logit - top > NEGLIGIBLE) sum += Math.exp(logit - top)
  const forced = endForbidden && id === endOfText
  const chosen = forced ? other : id
  return { id: chosen, probability: Math.exp(logits[chosen]! - top) / sum, forced }
}
