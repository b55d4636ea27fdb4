import { digitsOf, isLead, isTail, type ReadKey, readHomophone, readKey, soundsLike } from './key.ts'
import type { Token } from './token.ts'

/** A place where a key is named; the words around it say what for. */
export interface Anchor {
  /** Tokens `from` to `to`, the latter not included: politeness, verb, key and what trails it. */
  readonly from: number
  readonly to: number
  /** Several where several lead to the same. '' where the key was not understood. */
  readonly keys: readonly string[]
  /** The token of the key, or of the verb where the key was lost. */
  readonly at: number
  /** How it was found; `void`: a key is named, but it is no option (an end of an entry, an emergency number). */
  readonly kind: 'verb' | 'list' | 'lost' | 'void'
  /** 0–1. */
  readonly certainty: number
}

const verbs = new Set([
  ...[
    'press',
    'push',
    'dial',
    'select',
    'choose',
    'hit',
    'enter',
    'touch',
    'tap',
    'pick',
    'pressing',
    'dialing',
    'selecting',
    'option',
  ],
  ...['oprima', 'oprime', 'marque', 'marca', 'presione', 'pulse', 'apriete', 'digite', 'teclee', 'seleccione', 'elija'],
  ...['pressione', 'tecle', 'aperte', 'disque', 'escolha'],
  ...[
    'appuyez',
    'tapez',
    'faites',
    'composez',
    'drucken',
    'druecken',
    'wahlen',
    'waehlen',
    'premere',
    'prema',
    'premi',
    'digiti',
    'toets',
    'druk',
  ],
])
/** May stand between the verb and the key. */
const fillers = new Set([
  ...[
    'or',
    'and',
    'say',
    'saying',
    'speak',
    'the',
    'number',
    'numeral',
    'digit',
    'key',
    'button',
    'option',
    'on',
    'in',
    'either',
    'simply',
    'just',
    'please',
    'now',
  ],
  ...[
    'el',
    'la',
    'le',
    'les',
    'los',
    'o',
    'numero',
    'tecla',
    'sur',
    'touche',
    'die',
    'das',
    'sie',
    'taste',
    'bitte',
    'il',
    'tasto',
    'op',
    'een',
    'a',
    'diga',
  ],
])
/** Belong to the verb that they stand before. */
const polite = new Set([
  ...[
    'please',
    'simply',
    'just',
    'kindly',
    'you',
    'may',
    'can',
    'should',
    'must',
    'now',
    'also',
    'or',
    'and',
    'then',
    'by',
    'either',
    'always',
  ],
  ...['por', 'favor', 'bitte', 'veuillez', 'dann', 'then', 'to', 'say'],
])
/** A number after one of these is a name or a measure, not a key. */
const designators = new Set([
  ...[
    'from',
    'at',
    'until',
    'till',
    'between',
    'page',
    'suite',
    'highway',
    'route',
    'floor',
    'line',
    'chapter',
    'version',
    'windows',
    'level',
    'type',
  ],
  ...[
    'class',
    'category',
    'section',
    'door',
    'gate',
    'terminal',
    'building',
    'unit',
    'room',
    'part',
    'form',
    'step',
    'channel',
    'area',
    'district',
    'extension',
  ],
  ...[
    'ext',
    'group',
    'plan',
    'phase',
    'tier',
    'grade',
    'schedule',
    'zone',
    'interstate',
    'exit',
    'platform',
    'box',
    'about',
    'over',
    'under',
    'within',
    'least',
    'than',
    'last',
    'first',
    'next',
  ],
])
const emergencies = new Set([
  '911',
  '999',
  '112',
  '988',
  '000',
  '111',
  '211',
  '311',
  '411',
  '511',
  '611',
  '711',
  '811',
  '110',
  '119',
])
/** "four digit", "ten minutes": the number counts something. */
const counted = new Set([
  ...[
    'digit',
    'digits',
    'number',
    'numbers',
    'character',
    'characters',
    'letters',
    'minutes',
    'minute',
    'hours',
    'hour',
    'days',
    'day',
    'seconds',
    'weeks',
    'months',
    'years',
    'year',
  ],
  ...['percent', 'dollars', 'am', 'pm', 'oclock', 'people', 'miles', 'times', 'more', 'hundred', 'thousand', 'plus'],
])

/** Every key that is named, in order, not overlapping. */
export function findAnchors(tokens: readonly Token[]): readonly Anchor[] {
  const spoken = verbAnchors(tokens)
  const sure = spoken.filter(({ kind }) => kind === 'verb')
  const all = sure.length > 0 ? [...spoken, ...listAnchors(tokens, spoken)] : [...spoken, ...bareList(tokens, spoken)]
  return all.sort((a, b) => a.from - b.from)
}

function verbAnchors(tokens: readonly Token[]): Anchor[] {
  const found: Anchor[] = []
  for (let i = 0; i < tokens.length; i++) {
    if (!isVerb(tokens, i)) continue
    const anchor = readAnchor(tokens, i, found.at(-1)?.to ?? 0)
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
  return verbs.has(text)
}

function readAnchor(tokens: readonly Token[], verb: number, floor: number): Anchor | undefined {
  let at = verb + 1
  while (fillers.has(tokens[at]?.text ?? '') && at - verb <= 7 && readKey(tokens, at) === undefined) at++
  const direct = readKey(tokens, at)
  // A homophone is believed where nothing but "the number" stands between: "press or say to" is not "two".
  const key = direct ?? readHomophone(tokens, at) ?? readHomophone(tokens, verb + 1)
  const from = politeFrom(tokens, verb, floor)
  const name = tokens[verb]?.text ?? ''
  if (key === undefined) return lost(tokens, verb, from)
  if (direct !== undefined && isNoKey(tokens, verb, at, direct)) {
    return { from, to: Math.max(direct.end, verb + 1), keys: [], at, kind: 'void', certainty: 1 }
  }
  if (name === 'option' && !introduces(tokens, at, key)) return undefined
  const { keys, end } = otherKeys(tokens, key)
  const weak = name === 'say' || name === 'option' ? 0.8 : 1
  const kind = isTerminator(tokens, verb, key, end) ? 'void' : 'verb'
  return { from, to: tailEnd(tokens, end), keys, at: key.end - 1, kind, certainty: key.certainty * weak }
}

/** "option one, sales": named first or last in its clause. */
const introduces = (tokens: readonly Token[], at: number, key: ReadKey): boolean =>
  isLead(tokens[key.end]?.text) || (tokens[key.end - 1]?.after ?? 2) > 0 || (tokens[at - 2]?.after ?? 2) > 0

function isNoKey(tokens: readonly Token[], verb: number, at: number, { keys, end }: ReadKey): boolean {
  const next = tokens[end]?.text ?? ''
  const joined = tokens[end - 1]?.after === 0
  if (joined && counted.has(next) && !(next === 'number' && tokens[end + 1]?.text === 'sign')) return true
  if (joined && next === 'of' && !['*', '#'].includes(keys)) return true
  if (joined && next === 'or' && tokens[end + 1]?.text === 'more') return true
  if (['through', 'thru'].includes(next) && digitsOf(tokens[end + 1]?.text) !== undefined) return true
  if (keys.length > 4) return true
  const before = tokens.slice(Math.max(0, verb - 3), verb).map(({ text }) => text)
  if (before.includes('not') || before.includes('dont') || before.includes('never')) return true
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

/** "four or six", "star or pound": one label for several keys. */
function otherKeys(tokens: readonly Token[], first: ReadKey): { keys: readonly string[]; end: number } {
  const keys = [first.keys]
  let end = first.end
  for (;;) {
    const or = isTail(tokens[end]?.text) ? end + 1 : end
    if (!['or', 'and'].includes(tokens[or]?.text ?? '')) break
    const more = readKey(tokens, skip(tokens, or + 1, new Set(['the', 'press'])))
    // "1 or 2 for sales" and "press 1 or 2." share; of "press 1 or 2 other things" nothing is known.
    if (more === undefined || keys.includes(more.keys) || counted.has(tokens[more.end]?.text ?? '')) break
    if (tokens[or]?.text === 'and' && !isLead(tokens[more.end]?.text)) break
    keys.push(more.keys)
    end = more.end
  }
  return { keys, end }
}

function skip(tokens: readonly Token[], from: number, texts: ReadonlySet<string>): number {
  let at = from
  while (texts.has(tokens[at]?.text ?? '')) at++
  return at
}

function politeFrom(tokens: readonly Token[], verb: number, floor: number): number {
  let from = verb
  while (from > floor && polite.has(tokens[from - 1]?.text ?? '') && tokens[from - 1]?.text !== 'to') from--
  return from
}

/** Over "key", "now", "on your telephone keypad", "at any time". */
function tailEnd(tokens: readonly Token[], from: number): number {
  let at = from
  for (;;) {
    const text = tokens[at]?.text ?? ''
    if (isTail(text) && text !== 'again') at++
    else if (text === 'on' && ['your', 'the'].includes(tokens[at + 1]?.text ?? '')) {
      const pad = tokens
        .slice(at, at + 7)
        .findIndex((token) => /^(?:keypad|pad|phone|keyboard|telephone|dialpad)$/.test(token.text))
      if (pad < 0) return at
      at += pad + 1
      if (/^(?:keypad|pad|keyboard)$/.test(tokens[at]?.text ?? '')) at++
    } else if (text === 'at' && tokens[at + 1]?.text === 'any' && tokens[at + 2]?.text === 'time') at += 3
    else if (text === 'followed' && tokens[at + 1]?.text === 'by') {
      const key = readKey(tokens, skip(tokens, at + 2, new Set(['the', 'a', 'pressing'])))
      if (key === undefined) return at
      at = key.end
    } else return at
  }
}

/** A verb whose key was not understood: "press for sales", "press water for sales". */
function lost(tokens: readonly Token[], verb: number, from: number): Anchor | undefined {
  const name = tokens[verb]?.text ?? ''
  if (!['press', 'push', 'oprima'].includes(name) || tokens[verb]?.after === 2) return undefined
  const word = tokens[verb + 1]
  const gap = isLead(word?.text)
    ? 1
    : isLead(tokens[verb + 2]?.text) && word?.text !== 'any' && word?.after !== 2
      ? 2
      : 0
  if (gap === 0 || word?.text === 'enter' || tokens[verb + gap + 1] === undefined) return undefined
  return { from, to: verb + gap, keys: [''], at: verb, kind: 'lost', certainty: 0.4 }
}

/** Keys without a verb of their own, once one was heard with it: "two for support", "or for billing, three". */
function listAnchors(tokens: readonly Token[], spoken: readonly Anchor[]): Anchor[] {
  const found: Anchor[] = []
  const covered = (i: number): boolean => [...spoken, ...found].some(({ from, to }) => i >= from && i < to)
  const first = spoken.find(({ kind }) => kind === 'verb')?.to ?? 0
  for (let i = first; i < tokens.length; i++) {
    if (covered(i)) continue
    const before = lastBefore([...spoken, ...found], i)
    const anchor = listAnchor(tokens, i, before)
    if (anchor === undefined || covered(anchor.to - 1)) continue
    found.push(anchor)
    i = anchor.to - 1
  }
  return found
}

function lastBefore(anchors: readonly Anchor[], i: number): Anchor | undefined {
  return anchors.filter(({ kind, to }) => kind !== 'void' && to <= i).sort((a, b) => b.to - a.to)[0]
}

function listAnchor(tokens: readonly Token[], i: number, before: Anchor | undefined): Anchor | undefined {
  const previous = tokens[i - 1]
  const next = follows(before?.keys.at(-1))
  const joined = ['or', 'and', 'o', 'y'].includes(previous?.text ?? '')
  const clear = (previous?.after ?? 2) > 0 || joined
  const key = readKey(tokens, i)
  if (key !== undefined) {
    if (key.keys.length > 2 || designators.has(previous?.text ?? '') || counts(tokens, key)) return undefined
    const { keys, end } = otherKeys(tokens, key)
    const leadsOn = isLead(tokens[end]?.text) && digitsOf(tokens[end + 1]?.text) === undefined
    const closes = (tokens[end - 1]?.after ?? 2) > 0 || end === tokens.length || isTail(tokens[end]?.text)
    const named = ['thats', 'its', 'is', 'number'].includes(previous?.text ?? '')
    const expected = next === keys[0]
    if (!((leadsOn && (clear || expected)) || (closes && (clear || named || expected)))) return undefined
    if (!expected && !leadsOn && !plausible(before, keys[0]!)) return undefined
    const from = joined ? i - 1 : i
    return { from, to: tailEnd(tokens, end), keys, at: end - 1, kind: 'list', certainty: expected ? 0.9 : 0.75 }
  }
  // "too for support", "for for billing" where that is the next key.
  if (soundsLike(tokens[i]?.text) !== next || next === undefined || !clear || !isLead(tokens[i + 1]?.text))
    return undefined
  if (tokens[i]?.after === 2) return undefined
  return { from: joined ? i - 1 : i, to: i + 1, keys: [next], at: i, kind: 'list', certainty: 0.6 }
}

const counts = (tokens: readonly Token[], { end }: ReadKey): boolean =>
  tokens[end - 1]?.after === 0 && (counted.has(tokens[end]?.text ?? '') || tokens[end]?.text === 'of')

const follows = (key: string | undefined): string | undefined =>
  key !== undefined && /^[0-8]$/.test(key) ? String(Number(key) + 1) : undefined

const plausible = (before: Anchor | undefined, key: string): boolean => {
  const last = before?.keys.at(-1) ?? ''
  return ['0', '*', '#'].includes(key) || (/^[0-9]$/.test(last) && /^[0-9]$/.test(key) && Number(key) > Number(last))
}

/** "One for sales, two for support": no verb at all, but keys in order, each with its lead. */
function bareList(tokens: readonly Token[], spoken: readonly Anchor[]): Anchor[] {
  const found: Anchor[] = []
  for (let i = 0; i < tokens.length; i++) {
    if (spoken.some(({ from, to }) => i >= from && i < to)) continue
    const key = readKey(tokens, i)
    if (key === undefined || key.keys.length > 2 || designators.has(tokens[i - 1]?.text ?? '')) continue
    if (!isLead(tokens[key.end]?.text) || digitsOf(tokens[key.end + 1]?.text) !== undefined) continue
    const last = found.at(-1)?.keys[0]
    if (last !== undefined && key.keys !== follows(last) && !['0', '*', '#'].includes(key.keys)) continue
    if (last === undefined && key.keys !== '1') continue
    found.push({ from: i, to: key.end, keys: [key.keys], at: key.end - 1, kind: 'list', certainty: 0.7 })
    i = key.end - 1
  }
  return found.length >= 2 ? found : []
}
