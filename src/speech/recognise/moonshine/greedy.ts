import { setImmediate as otherWork } from 'node:timers/promises'
import { endOfText, type Written } from './model.ts'
import { repeatedFrom } from './repeat.ts'

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

/**
 * Writes the likeliest token after each other.
 * @param begun nothing is written yet
 */
export async function writeGreedily(begun: Written, seconds: number): Promise<readonly Token[]> {
  const most = Math.ceil(seconds * tokensPerSecond)
  const tokens: Token[] = []
  let written = begun
  while (tokens.length < most) {
    const token = likeliest(written.logits, tokens.length < leastTokens)
    if (token.id === endOfText || (token.forced && tokens.length > 0 && token.probability < leastForced)) break
    tokens.push(token)
    const from = repeatedFrom(tokens.map(({ id }) => id))
    if (from !== undefined) return tokens.slice(0, from)
    // Running the model holds the thread: messages of the parent come in here.
    await otherWork()
    written = await written.write(token.id)
  }
  return tokens
}

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
