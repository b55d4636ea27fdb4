import type { Anchor } from './anchor.ts'
import { fillers } from './anchor-words.ts'
import { isLead } from './key.ts'
import type { Token } from './token.ts'

const anyKey = new Set([
  'any',
  'enter',
  'start',
  'return',
  'it',
  'them',
  'send',
  'play',
  'record',
  'again',
  'one',
  'a',
  'or',
  'and',
  'the',
])

/**
 * A verb whose key was not understood: "press for sales", "press water for sales", "for sales press you."
 * @param own the verb of this menu
 */
export function lost(
  tokens: readonly Token[],
  verb: number,
  from: number,
  own: string | undefined,
): Anchor | undefined {
  const name = tokens[verb]?.text ?? ''
  if (!['press', 'push', 'oprima', own].includes(name)) return undefined
  // "For sales, press two. For parts, press": nothing was heard of the key.
  if (tokens[verb]?.after === 2 || verb + 1 === tokens.length) {
    const ends = (name === 'press' || name === own) && labelled(tokens, verb)
    return ends ? { from, to: verb + 1, keys: [''], at: verb, kind: 'lost', certainty: 0.4 } : undefined
  }
  // "press or say lawn": what stands for the key follows "say".
  const says = tokens[verb + 1]?.text === 'or' && tokens[verb + 2]?.text === 'say' && tokens[verb + 2]!.after === 0
  const at = says ? verb + 2 : verb
  const word = tokens[at + 1]
  const last = word?.text === 'the' ? at + 2 : at + 1
  const alone = tokens[last]?.after === 2 && !anyKey.has(tokens[last]?.text ?? '')
  const end = alone ? last + 1 : (noiseEnd(tokens, at) ?? doubtfulEnd(tokens, last))
  if ((name === 'press' || name === own) && end !== undefined && labelled(tokens, verb))
    return { from, to: end, keys: [''], at, kind: 'lost', certainty: 0.4 }
  // "press lucy listen technician": neither the key nor what leads from it was understood.
  const apart = (name === 'press' || name === own) && (tokens[verb - 1]?.after ?? 2) >= (name === own ? 1 : 2)
  const begins = apart && !anyKey.has(word?.text ?? 'any')
  const behindThe = tokens[at + 2]
  // "select the arrow to speak with somebody"
  const other = isNoise(word) || isNoise(behindThe) || (apart && !fillers.has(behindThe?.text ?? ''))
  const gap = isLead(word?.text)
    ? 1
    : word?.text === 'the' && other && isLead(tokens[at + 3]?.text)
      ? 3
      : (isLead(tokens[at + 2]?.text) || begins) && word?.text !== 'any' && word?.after !== 2
        ? 2
        : 0
  if (gap === 0 || word?.text === 'enter' || tokens[at + gap + 1] === undefined) return undefined
  return { from, to: at + gap, keys: [''], at, kind: 'lost', certainty: 0.4 }
}

/** Below this something else was said than the recogniser has. */
const noWord = 0.25
const isNoise = (token: Token | undefined): boolean => token !== undefined && token.confidence < noWord
const mostNoise = 4

/** "To return to the main menu press listen team": where a sentence ends in nothing but words that are none. */
function noiseEnd(tokens: readonly Token[], verb: number): number | undefined {
  for (let i = verb + 1; i <= verb + mostNoise && i < tokens.length; i++) {
    if (tokens[i]!.confidence >= noWord && tokens[i]!.text !== 'the') return undefined
    if (tokens[i]!.after > 0 || i + 1 === tokens.length) return i + 1
  }
  return undefined
}

/** Below this a word behind the last verb may be any other. */
const doubtful = 0.75
const mostBehind = 3

/** "To go back to the main menu press the spa, or three": the end of a prompt of which nothing is sure. */
function doubtfulEnd(tokens: readonly Token[], from: number): number | undefined {
  const rest = tokens.slice(from)
  const none = rest.length <= mostBehind && rest.every(({ confidence }) => confidence < doubtful)
  return none && rest.length > 0 && rest[0]!.after > 0 ? tokens.length : undefined
}

/** Whether the sentence before a verb begins as a label does: "for sales", "to reach the desk". */
function labelled(tokens: readonly Token[], verb: number): boolean {
  for (let i = verb - 1; i >= Math.max(0, verb - 10); i--) {
    if (i < verb - 1 && tokens[i]!.after === 2) return false
    if (isLead(tokens[i]!.text) && (i === 0 || tokens[i - 1]!.after > 0)) return true
  }
  return false
}
