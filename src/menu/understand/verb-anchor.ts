import type { Anchor } from './anchor.ts'
import { counted, emergencies, fillers, polite, verbs } from './anchor-words.ts'
import { digitsOf, following, isLead, isTail, type ReadKey, readHomophone, readKey, soundsLike } from './key.ts'
import { otherKeys, tailEnd } from './key-span.ts'
import { lost } from './lost-anchor.ts'
import type { Token } from './token.ts'

/** Keys that a verb of their own names, and verbs whose key was not understood. */
export function verbAnchors(tokens: readonly Token[]): Anchor[] {
  const found = anchorsOf(tokens)
  // A menu keeps to its verb: what is heard in its place where the line hisses is believed once the verb itself was heard.
  const [verb] = found.filter(({ kind, from, to }) => kind === 'verb' && says(tokens, from, to))
  if (verb === undefined || tokens.every(({ confidence }) => confidence === 1)) return found
  const heardAs = mistaken.find((words) => tokens.slice(verb.from, verb.to).some(({ text }) => text === words[0]))
  if (heardAs === undefined) return withCodes(tokens, found)
  const again = tokens.map((token, i) =>
    heardAs.includes(token.text) && mayName(tokens, i) ? { ...token, text: heardAs[0]! } : token,
  )
  return withCodes(again, anchorsOf(again, heardAs[0]), heardAs[0])
}

/** So many keys of two digits are no chance, where no more have one. */
const leastCodes = 2
/** That a key has one digit where others have two. */
const alone = 0.5

/** Where keys have two digits, what sounds like one beside another is one: "press six for, for sales" is 64. */
function withCodes(tokens: readonly Token[], found: Anchor[], own?: string): Anchor[] {
  const digits = found.filter(({ kind, keys }) => kind === 'verb' && keys.length === 1 && /^[1-9]{1,2}$/.test(keys[0]!))
  const codes = digits.filter(({ keys }) => keys[0]!.length === 2).length
  if (codes === 0) {
    const several = found.filter(({ keys }) => (keys[0]?.length ?? 0) > 1).length
    if (several > 0 && offersToSay(tokens, found)) return found.map(withoutSay)
    return several === 1 ? found.map(withOr) : found
  }
  if (codes === 1 && digits.length > 1) return withoutCode(tokens, found, digits)
  if (codes < leastCodes || codes * 2 < digits.length) return found
  const heard = new Map<number, string>()
  for (const { kind, keys, from, at } of found) {
    const [before, next, other] = [tokens[at - 1], tokens[at + 1], tokens[at + 2]]
    // "dial on eight"
    const first =
      kind === 'verb' && keys.length === 1 && /^[1-9]$/.test(keys[0]!) ? soundsLike(before?.text) : undefined
    if (first !== undefined && at - 1 > from && before!.after === 0) heard.set(at - 1, first)
    if (next === undefined || tokens[at]!.after > 0) continue
    const digit = soundsLike(next.text) ?? ''
    const both = kind === 'lost' && (other?.after ?? 0) > 0 ? soundsLike(other?.text) : undefined
    const isFirst = kind === 'lost' && (digitsOf(other?.text)?.length === 1 || both !== undefined) && next.after === 0
    if (isFirst && both !== undefined && /^[1-9]$/.test(digit)) heard.set(at + 2, both)
    const isSecond = kind === 'verb' && /^[1-9]$/.test(keys[0] ?? '') && (next.after > 0 || isLead(other?.text))
    if (/^[1-9]$/.test(digit) && (isFirst || isSecond)) heard.set(at + 1, digit)
  }
  const again =
    heard.size === 0
      ? found
      : anchorsOf(
          tokens.map((token, i) => ({ ...token, text: heard.get(i) ?? token.text })),
          own,
        )
  return again
    .map(joined)
    .map((anchor) =>
      anchor.kind === 'verb' && /^[1-9]$/.test(anchor.keys[0] ?? '')
        ? { ...anchor, certainty: alone * anchor.certainty }
        : anchor,
    )
}

/** What is heard as a second digit where it was "to" or "for": "dial one, to pay" as 12, "press two for sales" as 24. */
const leads = new Set(['two', 'four'])

/** Where one key alone has two digits, the second is the word behind the key, unless the key without it is somebody else's. */
function withoutCode(tokens: readonly Token[], found: Anchor[], digits: readonly Anchor[]): Anchor[] {
  const code = digits.find(({ keys }) => keys[0]!.length === 2)!
  const key = code.keys[0]![0]!
  const { text, after } = tokens[code.at]!
  if (!leads.has(text) || after > 0 || digits.some(({ keys }) => keys[0] === key)) return found
  return found.map((anchor) => (anchor === code ? { ...anchor, keys: [key], at: anchor.at - 1 } : anchor))
}

/** "Press six or eight" where all others have two digits: 68, and something was heard between them. */
function joined(anchor: Anchor): Anchor {
  const keys = anchor.keys.join('')
  return anchor.keys.length === 2 && /^[1-9]{2}$/.test(keys) ? { ...anchor, keys: [keys], certainty: unsure } : anchor
}

/** So many are no chance. */
const leastSaid = 2

/** Whether its keys may be said as well: "press or say two". */
const offersToSay = (tokens: readonly Token[], found: readonly Anchor[]): boolean =>
  found.filter(({ from, at }) =>
    tokens.slice(from, at).some(({ text }, i, all) => text === 'or' && all[i + 1]?.text === 'say'),
  ).length >= leastSaid

/** "Press or say four" is heard as 464, two words taken for two digits. */
function withoutSay(anchor: Anchor): Anchor {
  const last = /^[1-9]{2}([0-9])$/.exec(anchor.keys[0] ?? '')?.[1]
  return last === undefined ? anchor : { ...anchor, keys: [last, ...anchor.keys.slice(1)], certainty: unsure }
}

/** That words stand for a key which sound like it alone. */
const unsure = 0.75

/** "Press two or three" is heard as 203, where nobody else has a key of several digits. */
function withOr(anchor: Anchor): Anchor {
  const either = /^([1-9])0([1-9])$/.exec(anchor.keys[0] ?? '')
  return either === null ? anchor : { ...anchor, keys: [either[1]!, either[2]!, ...anchor.keys.slice(1)] }
}

/** Verbs that keys are named by, each with what a recogniser takes it for. */
const mistaken: readonly (readonly string[])[] = [
  ['select', 'selects', 'selected', 'lessons', 'lesson', 'elect', 'collect', 'last', 'slept', 'selection', 'left'],
  ['dial', 'dials', 'dialed', 'dale', 'while', 'die', 'dyle', 'tile', 'style', 'file', 'vile', 'fire'],
  ['press', 'presses', 'pressed', 'breast', 'rest', 'prize', 'price', 'yes'],
]

const says = (tokens: readonly Token[], from: number, to: number): boolean =>
  tokens.slice(from, to).some(({ text }) => mistaken.some(([verb]) => verb === text))

/** Whether a key or what leads from one follows, or the sentence ends with the next word. */
function mayName(tokens: readonly Token[], i: number): boolean {
  const [next, other] = [tokens[i + 1], tokens[i + 2]]
  if (next === undefined || tokens[i]!.after === 2) return false
  const begins = i === 0 || tokens[i - 1]!.after > 0
  return (
    readKey(tokens, i + 1) !== undefined ||
    // "die want to pay": both the verb and its key were taken for words like them. Within a clause they are those words: "a fire line to the station".
    (begins && !isLead(next.text) && isLead(other?.text) && readHomophone(tokens, i + 1) !== undefined) ||
    (isLead(next.text) && i > 0 && begins) ||
    (next.after === 2 && other !== undefined)
  )
}

/** @param own the verb of this menu, whose keys may be lost, too */
function anchorsOf(tokens: readonly Token[], own?: string): Anchor[] {
  const found: Anchor[] = []
  for (let i = 0; i < tokens.length; i++) {
    if (!isVerb(tokens, i)) continue
    const anchor = readAnchor(tokens, i, found.at(-1), own)
    if (anchor === undefined) continue
    found.push(anchor)
    i = anchor.to - 1
  }
  return found
}

function isVerb(tokens: readonly Token[], i: number): boolean {
  const text = tokens[i]?.text ?? ''
  if (text === 'key' || text === 'type' || text === 'punch') return tokens[i + 1]?.text === 'in'
  // "say one" names a key as "press one" does; any other word after it is one to be spoken.
  if (text === 'say' || text === 'diga')
    return digitsOf(tokens[i + 1]?.text)?.length === 1 && tokens[i + 1]?.text !== 'o'
  // "mark one for spanish"
  if (text === 'mark') return readKey(tokens, i + 1) !== undefined && isLead(tokens[i + 2]?.text)
  return verbs.has(text)
}

function readAnchor(
  tokens: readonly Token[],
  verb: number,
  last: Anchor | undefined,
  own: string | undefined,
): Anchor | undefined {
  let at = verb + (saysBehindFour(tokens, verb) ? 3 : 1)
  while (fillers.has(tokens[at]?.text ?? '') && at - verb <= 7 && readKey(tokens, at) === undefined) {
    if (isFirstOfTwo(tokens, at)) break
    at++
  }
  at = behindOrSay(tokens, verb, at)
  const direct = readKey(tokens, at)
  // A homophone is believed where nothing but "the number" stands between: "press or say to" is not "two".
  const key = direct ?? readHomophone(tokens, at) ?? readHomophone(tokens, verb + 1)
  const from = politeFrom(tokens, verb, last?.to ?? 0)
  const name = tokens[verb]?.text ?? ''
  if (key === undefined) return lost(tokens, verb, from, own)
  if (direct !== undefined && isNoKey(tokens, verb, at, direct)) {
    return { from, to: Math.max(direct.end, verb + 1), keys: [], at, kind: 'void', certainty: 1 }
  }
  if (name === 'option' && !introduces(tokens, at, key) && !goesOn(tokens, key, last)) return undefined
  const { keys, end } = otherKeys(tokens, key)
  const weak = name === 'say' || name === 'option' ? 0.8 : 1
  const kind = isTerminator(tokens, verb, key, end) ? 'void' : 'verb'
  return { from, to: tailEnd(tokens, end), keys, at: key.at ?? key.end - 1, kind, certainty: key.certainty * weak }
}

/** "dial on or two": what sounds like a key beside another. */
function isFirstOfTwo(tokens: readonly Token[], at: number): boolean {
  const first = soundsLike(tokens[at]?.text)
  const either = first !== undefined && tokens[at]!.after === 0 && tokens[at + 1]?.text === 'or'
  return either && following(first) === readKey(tokens, at + 2)?.keys
}

/** "press four say one": "press or say one". */
function saysBehindFour(tokens: readonly Token[], verb: number): boolean {
  const [or, say] = [tokens[verb + 1], tokens[verb + 2]]
  return or?.text === 'four' && or.after === 0 && say?.text === 'say' && readKey(tokens, verb + 3)?.keys.length === 1
}

/** "press or stay one": what stands between "or" and a key is "say", whatever was heard in its place. */
function behindOrSay(tokens: readonly Token[], verb: number, at: number): number {
  if (tokens[verb + 1]?.text !== 'or' || at !== verb + 2 || readKey(tokens, at) !== undefined) return at
  return tokens[at]?.after === 0 && readKey(tokens, at + 1) !== undefined ? at + 1 : at
}

/** "option one, sales": named first or last in its clause. */
const introduces = (tokens: readonly Token[], at: number, key: ReadKey): boolean =>
  isLead(tokens[key.end]?.text) || (tokens[key.end - 1]?.after ?? 2) > 0 || (tokens[at - 2]?.after ?? 2) > 0

/** "Option one sales option two support": where nobody pauses, that it counts on tells. */
const goesOn = (tokens: readonly Token[], { keys }: ReadKey, last: Anchor | undefined): boolean =>
  last !== undefined &&
  tokens.slice(last.from, last.to).some(({ text }) => text === 'option') &&
  following(last.keys.at(-1)) === keys

function isNoKey(tokens: readonly Token[], verb: number, at: number, { keys, end }: ReadKey): boolean {
  const next = tokens[end]?.text ?? ''
  const joined = tokens[end - 1]?.after === 0
  if (joined && counted.has(next) && !(next === 'number' && tokens[end + 1]?.text === 'sign')) return true
  if (joined && next === 'of' && !['*', '#'].includes(keys)) return true
  if (joined && next === 'or' && tokens[end + 1]?.text === 'more') return true
  if (['through', 'thru'].includes(next) && digitsOf(tokens[end + 1]?.text) !== undefined) return true
  if (keys.length > 4) return true
  const before = tokens.slice(Math.max(0, verb - 3), verb).map(({ text }) => text)
  if (/(?:\b(?:do|does|should|must|need) not|dont|never|without)(?: please| to)?$/.test(before.join(' '))) return true
  const verbText = tokens[verb]?.text
  if (verbText === 'dial' && (emergencies.has(keys) || (before.includes('up') && before.includes('hang')))) return true
  // "press a number between one and five", "from one to five"
  const between = tokens.slice(verb, at).some(({ text }) => text === 'between' || text === 'from')
  return between
}

/** "followed by pound", "then press pound", "press pound when you are finished": the end of an entry. */
function isTerminator(tokens: readonly Token[], verb: number, key: ReadKey, end: number): boolean {
  if (!['*', '#'].includes(key.keys)) return false
  const before = tokens.slice(Math.max(0, verb - 2), verb).map(({ text }) => text)
  const after = tokens.slice(end, end + 6).map(({ text }) => text)
  const tail = after.findIndex((text) => !isTail(text))
  const rest = after.slice(Math.max(0, tail))
  const finished = (texts: readonly string[]): boolean =>
    texts.some((text) => ['finished', 'done', 'complete', 'completed', 'finish'].includes(text))
  const leadsOn = isLead(rest[0]) && rest[0] !== 'when'
  if (leadsOn) return false
  if (before.includes('then') || before.includes('by') || tokens[verb]?.text === 'followed')
    return entered(tokens, verb)
  if (rest[0] === 'when' || rest[0] === 'once') return finished(rest)
  const clause = tokens.slice(Math.max(0, verb - 8), verb).map(({ text }) => text)
  return (
    (clause.includes('when') || clause.includes('once') || clause.includes('after')) &&
    finished(clause) &&
    entered(tokens, verb)
  )
}

const entered = (tokens: readonly Token[], verb: number): boolean =>
  tokens
    .slice(Math.max(0, verb - 25), verb)
    .some(({ text }) =>
      [
        'enter',
        'dial',
        'number',
        'digits',
        'digit',
        'code',
        'pin',
        'password',
        'name',
        'record',
        'recording',
        'message',
        'entering',
        'key',
        'type',
      ].includes(text),
    )

function politeFrom(tokens: readonly Token[], verb: number, floor: number): number {
  let from = verb
  while (from > floor && polite.has(tokens[from - 1]?.text ?? '') && tokens[from - 1]?.text !== 'to') from--
  return saidFrom(tokens, from, floor)
}

/** "say representative or press 0": what may be said in place of the key belongs to it. */
function saidFrom(tokens: readonly Token[], from: number, floor: number): number {
  if (tokens[from]?.text !== 'or') return from
  for (let i = from - 1; i >= Math.max(floor, from - 6) && tokens[i]!.after < 2; i--) {
    if (tokens[i]!.text !== 'say') continue
    let start = i
    while (
      start > floor &&
      ['you', 'can', 'may', 'please', 'just', 'simply', 'either'].includes(tokens[start - 1]!.text)
    )
      start--
    // Alone it is all that is said about the key: "say billing or press 1".
    return start > floor && tokens[start - 1]!.after < 2 && start - floor > 1 ? start : from
  }
  return from
}
