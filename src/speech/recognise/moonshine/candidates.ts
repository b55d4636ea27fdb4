import { endOfText } from './model.ts'

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

/** What may come next. */
export interface Candidates {
  /** The likeliest first, and never the end. */
  readonly tokens: readonly Token[]
  /** 0–1: that the text ends here; 0 where it is too short. */
  readonly end: number
  /** Ending is likelier than anything else. */
  readonly over: boolean
}

export const mostTokens = (seconds: number): number => Math.ceil(seconds * tokensPerSecond)

/** @param written how many tokens there are */
export function candidates(logits: Float32Array, count: number, written: number): Candidates {
  const best = highest(logits, count + 1)
  const top = logits[best[0]!]!
  let sum = 0
  for (const logit of logits) if (logit - top > NEGLIGIBLE) sum += Math.exp(logit - top)
  const probability = (id: number): number => Math.exp(logits[id]! - top) / sum
  const ends = best[0] === endOfText
  const early = written < leastTokens
  const tokens = best
    .filter((id) => id !== endOfText)
    .slice(0, count)
    .map((id): Token => ({ id, probability: probability(id), forced: early && ends }))
  const over = ends && (!early || (written > 0 && tokens[0]!.probability < leastForced))
  return { tokens, end: early && !over ? 0 : probability(endOfText), over }
}

function highest(logits: Float32Array, count: number): readonly number[] {
  const best: number[] = []
  let least = Number.NEGATIVE_INFINITY
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id]!
    if (best.length === count && logit <= least) continue
    let at = best.length
    while (at > 0 && logits[best[at - 1]!]! < logit) at--
    best.splice(at, 0, id)
    if (best.length > count) best.pop()
    least = logits[best.at(-1)!]!
  }
  return best
}
