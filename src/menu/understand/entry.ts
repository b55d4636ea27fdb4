import { readKey } from './key.ts'
import type { Token } from './token.ts'

/** Digits that a prompt wants. */
export interface EntryAsked {
  /** "account number"; '' where it is not said. */
  readonly what: string
  readonly digits?: number
  /** Ends the entry. */
  readonly end?: '*' | '#'
  /** It may be said as well. */
  readonly sayable: boolean
}

const verbs = new Set([
  'enter',
  'input',
  'dial',
  'type',
  'punch',
  'key',
  'provide',
  'entering',
  'ingrese',
  'introduzca',
])
const determiners = new Set([
  'your',
  'the',
  'a',
  'an',
  'his',
  'her',
  'their',
  'my',
  'this',
  'that',
  'its',
  'su',
  'el',
  'la',
])
const ends = new Set([
  'followed',
  'then',
  'and',
  'now',
  'using',
  'on',
  'or',
  'at',
  'when',
  'by',
  'including',
  'ending',
  'beginning',
  'starting',
  'press',
  'after',
  'with',
  'if',
  'please',
  'for',
])
const pads = new Set([
  'telephone',
  'phone',
  'keypad',
  'touch',
  'touchtone',
  'following',
  'menu',
  'option',
  'options',
  'main',
  'number',
])

/** "Please enter your ten digit account number followed by the pound key." */
export function findEntry(tokens: readonly Token[]): EntryAsked | undefined {
  for (let i = 0; i < tokens.length; i++) {
    if (!verbs.has(tokens[i]!.text)) continue
    const found = entryAt(tokens, i)
    if (found !== undefined) return found
  }
  return undefined
}

function entryAt(tokens: readonly Token[], verb: number): EntryAsked | undefined {
  let at = verb + 1
  const sayable = around(tokens, verb)
  while (['in', 'or', 'say', 'both', 'speak', 'only', 'just'].includes(tokens[at]?.text ?? '')) at++
  const determined = determiners.has(tokens[at]?.text ?? '')
  while (determiners.has(tokens[at]?.text ?? '')) at++
  if (['last', 'first'].includes(tokens[at]?.text ?? '')) at++
  const count = digitCount(tokens, at)
  if (!determined && count === undefined) return undefined
  const from = count?.to ?? at
  let to = from
  while (to < tokens.length && to - from < 8 && !ends.has(tokens[to]!.text)) {
    to++
    if (tokens[to - 1]!.after > 0) break
  }
  const what = tokens.slice(from, to).map(({ text }) => text)
  if (what[0] === 'of') what.shift()
  while (determiners.has(what[0] ?? '')) what.shift()
  if (count === undefined && (what.length === 0 || pads.has(what[0]!) || tokens[verb]!.text === 'provide'))
    return undefined
  // "dial the operator" is for nobody's digits.
  if (
    tokens[verb]!.text === 'dial' &&
    count === undefined &&
    !what.some((word) => /number|extension|code|digits/.test(word))
  )
    return undefined
  const end = endKey(tokens, verb)
  return {
    what: what.join(' '),
    sayable,
    ...(count === undefined ? {} : { digits: count.digits }),
    ...(end === undefined ? {} : { end }),
  }
}

function around(tokens: readonly Token[], verb: number): boolean {
  const near = tokens.slice(Math.max(0, verb - 2), verb + 3).map(({ text }) => text)
  return near.includes('say') || near.includes('speak')
}

function digitCount(
  tokens: readonly Token[],
  at: number,
): { readonly digits: number; readonly to: number } | undefined {
  const read = readKey(tokens, at)
  if (read === undefined || !/^[0-9]{1,2}$/.test(read.keys)) return undefined
  if (!/^(?:digits?|numbers?|characters?)$/.test(tokens[read.end]?.text ?? '')) return undefined
  return { digits: Number(read.keys), to: read.end + 1 }
}

/** The key named after "followed by", "then press", "end with", or in "press pound when you are done". */
function endKey(tokens: readonly Token[], verb: number): '*' | '#' | undefined {
  const most = Math.min(tokens.length, verb + 40)
  for (let i = verb + 1; i < most; i++) {
    const key = readKey(tokens, i)
    if (key?.keys !== '#' && key?.keys !== '*') continue
    const before = tokens.slice(Math.max(verb, i - 7), i).map(({ text }) => text)
    const last = tokens.findIndex((token, k) => k >= key.end - 1 && token.after === 2)
    const after = tokens.slice(key.end, Math.min(key.end + 7, last + 1)).map(({ text }) => text)
    const closes = before.some((text) =>
      ['followed', 'then', 'ending', 'end', 'finish', 'with', 'by', 'when', 'and'].includes(text),
    )
    const whenDone = after.includes('when') || after.includes('done') || after.includes('finished')
    const option = ['for', 'to', 'if'].includes(after.find((text) => text !== 'key' && text !== 'sign') ?? '')
    if ((closes || whenDone) && !option) return key.keys
  }
  return undefined
}
