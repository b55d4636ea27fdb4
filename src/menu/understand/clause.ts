import { digitsOf, isLead } from './key.ts'
import type { Token } from './token.ts'

/** Tokens `from` to `to`, the latter not included. */
export interface Span {
  readonly from: number
  readonly to: number
}

export const wordsIn = (tokens: readonly Token[], { from, to }: Span): string =>
  tokens
    .slice(from, to)
    .map(({ text }) => text)
    .join(' ')

/** Spans between pauses of at least this strength. */
export function clauses(tokens: readonly Token[], { from, to }: Span, strength: 1 | 2): readonly Span[] {
  const spans: Span[] = []
  let start = from
  for (let i = from; i < to; i++) {
    if (tokens[i]!.after < strength && i < to - 1) continue
    spans.push({ from: start, to: i + 1 })
    start = i + 1
  }
  return spans
}

// Greetings and politeness: what stands in them is for no key, though it may begin with "for", "to" or "if".
const chatter = new RegExp(
  [
    '^(?:hello|hi|welcome|thank(?:s| you)|good (?:morning|afternoon|evening)|you have reached|youve reached)\\b',
    // "Thank you for calling", its beginning lost.
    '^for calling\\b',
    '^(?:please )?(?:listen|note|be aware|pay attention|have your)\\b',
    '^(?:your call|this call|calls?|all calls?|our (?:menu|options|office|hours|offices|agents|representatives)|we are|were)\\b',
    '^(?:for|in order to|to) (?:quality|training|your (?:convenience|security|safety|protection|privacy)|security|faster|better|improve|ensure|serve|help us|assist you|continue to)\\b.*',
    '^(?:main menu|the following|following)\\b',
    '^if this is an? (?:life |medical |real |true )?(?:threatening )?(?:emergency|medical emergency)\\b.*\\b(?:hang up|dial|call)\\b',
    '^if you (?:know|have)\\b.*\\b(?:extension|party)\\b',
    '^(?:please )?(?:choose|select|make a selection|pick)\\b.*\\b(?:following|options|below|menu)\\b',
    '^(?:stay|remain|hold|otherwise|or stay|or hold|please (?:stay|hold|wait))\\b',
  ].join('|'),
)

export const isChatter = (tokens: readonly Token[], span: Span): boolean => chatter.test(wordsIn(tokens, span))

/** After one of these "to" and "for" carry the phrase on and begin nothing. */
const carrying = new Set([
  ...[
    'welcome',
    'listen',
    'continue',
    'continuing',
    'you',
    'thanks',
    'due',
    'speak',
    'speaking',
    'talk',
    'talking',
    'return',
    'back',
    'want',
    'wish',
    'like',
    'need',
    'have',
    'order',
  ],
  ...[
    'trying',
    'try',
    'looking',
    'waiting',
    'holding',
    'asking',
    'calling',
    'hours',
    'going',
    'go',
    'able',
    'connected',
    'transferred',
    'connect',
    'transfer',
    'prefer',
    'ready',
    'directions',
  ],
  ...[
    'apply',
    'applying',
    'pay',
    'paying',
    'used',
    'access',
    'respond',
    'reply',
    'send',
    'report',
    'related',
    'relating',
    'regard',
    'regards',
    'as',
    'up',
    'in',
    'about',
    'request',
    'quote',
  ],
])

/** Whether the lead at `i` may begin a label: it follows a pause, or nothing that it would carry on. */
export function beginsLabel(tokens: readonly Token[], i: number, from: number): boolean {
  if (!isLead(tokens[i]?.text)) return false
  if (i === from) return true
  const before = tokens[i - 1]!
  if (before.after > 0) return !isChatter(tokens, { from: i, to: Math.min(tokens.length, i + 12) })
  return !carrying.has(before.text) && !isLead(before.text)
}

/** Where what follows a key stops to be about it: "… or stay on the line", "… thank you". */
const asides: readonly (readonly string[])[] = [
  ['stay', 'on', 'the'],
  ['remain', 'on', 'the'],
  ['please', 'stay'],
  ['please', 'hold'],
  ['please', 'hang'],
  ['please', 'wait'],
  ['hold', 'the', 'line'],
  ['hold', 'for'],
  ['or', 'hold'],
  ['or', 'please', 'hold'],
  ['or', 'continue', 'to', 'hold'],
  ['or', 'continue', 'holding'],
  ['or', 'keep', 'holding'],
  ['or', 'wait'],
  ['or', 'say'],
  ['or', 'simply'],
  ['or', 'just'],
  ['or', 'stay'],
  ['or', 'remain'],
  ['or', 'visit'],
  ['or', 'you', 'can'],
  ['or', 'you', 'may'],
  ['thank', 'you'],
  ['thanks', 'for'],
  ['otherwise'],
  ['at', 'any', 'time'],
  ['goodbye'],
  ['all', 'other', 'callers'],
]

/** The first token of an aside within the span, or its end. */
export function asideAt(tokens: readonly Token[], { from, to }: Span): number {
  for (let i = from; i < to; i++) {
    if (asides.some((words) => words.every((word, k) => i + k < to && tokens[i + k]?.text === word))) return i
  }
  return to
}

const opening =
  /^(?:(?:and|or|y|o|et|ou|und|oder|please|also|now|then|finally|lastly|if you would like|if youd like|if you want|if you wish|if you need|for|to|para|por|pour|fur|fuer|reach|be connected to|be connected with|the|an|a|our|your|el|la|los|las|le|les|de|die|der|das)\s)+/
/** Who is asked for: the person, the department. */
const asking =
  /^(?:to )?(?:(?:speak|talk)(?:ing)? (?:to|with) (?:someone|somebody|(?:an? )?(?:representative|agent|person|member|specialist|associate)) (?:in|from|at|about) (?:the |our |a )?|(?:(?:speak|talk) (?:to|with)|return to|reach) (?:an? |the |our )?(?=(?:operator|attendant|receptionist)\b))/
const closing =
  /(?:\s(?:(?:that|it) is|thats|its|and|or|y|o|please|press|dial|you may|you can|by|now|then|also|simply|just|say|the|a|to|for))+$/

/** "Press five to zero": what something is for is no key. */
const isKeyWord = (label: string): boolean => /^(?:star|pound)$/.test(label) || /^\d$/.test(digitsOf(label) ?? '')

/** The words of a label without what only leads to it. What would be left empty stays as it is. */
export function labelText(tokens: readonly Token[], span: Span): string {
  const whole = wordsIn(tokens, span)
    .replace(/^(?:thats|its|is)\s/, '')
    // "If you know your party's extension, you may dial it at any time", its beginning lost.
    .replace(/^.*\bit at any time\s(?=\S)/, '')
  const cut = ` ${whole}`.replace(closing, '').trim()
  const text = cut === '' ? whole : cut
  // "to return to the main menu" keeps its verb; only the first little words go.
  const bare = text
    .replace(opening, '')
    .replace(/^(?:if|when)\s/, '')
    .replace(asking, '')
  const label = bare === '' ? text : bare
  // Of "for savings accounts" nothing but the first word was heard, of "to the office" nothing but two.
  return isLead(label) || /^(?:the|an?)$/.test(label) || isKeyWord(label) ? '' : label
}
