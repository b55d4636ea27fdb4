import { counted } from './anchor-words.ts'
import { digitsOf, isLead, isTail, type ReadKey, readKey } from './key.ts'
import type { Token } from './token.ts'

/** Below this it was perhaps another word, and more was lost beside it. */
const hardlyHeard = 0.2

/** "four or six", "star or pound", "one, two or three": one label for several keys. */
export function otherKeys(tokens: readonly Token[], first: ReadKey): { keys: readonly string[]; end: number } {
  const listed = commaKeys(tokens, first)
  const keys = [...listed.keys]
  let end = listed.end
  for (;;) {
    const or = isTail(tokens[end]?.text) ? end + 1 : end
    if (!['or', 'and'].includes(tokens[or]?.text ?? '')) break
    const pause = tokens[or - 1]?.after ?? 2
    const again = tokens[or + 1]?.text === 'press'
    // Nobody pauses behind "and" that joins two keys: another clause was lost there.
    const another = again && tokens[or + 1]!.confidence < hardlyHeard
    if (pause === 2 || (again && pause > 0) || another || (tokens[or]?.text === 'and' && tokens[or]!.after > 0)) break
    const more = readKey(tokens, skip(tokens, or + 1, new Set(['the', 'press'])))
    // "1 or 2 for sales" and "press 1 or 2." share; of "press 1 or 2 other things" nothing is known.
    if (more === undefined || keys.includes(more.keys) || counted.has(tokens[more.end]?.text ?? '')) break
    if (tokens[or]?.text === 'and' && !isLead(tokens[more.end]?.text)) break
    const row = keys.length === 1 && more.keys.length === 1 ? rowOf(tokens, keys[0]!, end, more.keys) : undefined
    if (row !== undefined) keys.splice(0, 1, ...row)
    keys.push(more.keys)
    end = more.end
  }
  return { keys, end }
}

/** "one, two" before "or three"; the first alone where no such end follows. */
function commaKeys(tokens: readonly Token[], first: ReadKey): { keys: readonly string[]; end: number } {
  const keys = [first.keys]
  let end = first.end
  while (tokens[end - 1]?.after === 1) {
    const more = readKey(tokens, end)
    if (more === undefined || more.keys.length > 1 || keys.includes(more.keys)) break
    keys.push(more.keys)
    end = more.end
  }
  const closes = ['or', 'and'].includes(tokens[end]?.text ?? '') && readKey(tokens, end + 1) !== undefined
  return closes ? { keys, end } : { keys: [first.keys], end: first.end }
}

/** "one two or three" are three keys: digits that were said one by one, none of them twice. "one two or one three" are two. */
function rowOf(tokens: readonly Token[], keys: string, end: number, last: string): readonly string[] | undefined {
  const row = [...keys]
  if (row.length < 2 || new Set([...row, last]).size !== row.length + 1) return undefined
  const each = tokens.slice(end - row.length, end)
  return each.every(({ text }, i) => digitsOf(text) === row[i]) ? row : undefined
}

function skip(tokens: readonly Token[], from: number, texts: ReadonlySet<string>): number {
  let at = from
  while (texts.has(tokens[at]?.text ?? '')) at++
  return at
}

/** Below this another word was said. */
const doubtfulWord = 0.5

/** "Dial the pound cube.": the word behind a sign that ends the sentence is "key". */
function isKeyMisheard(tokens: readonly Token[], at: number): boolean {
  const [the, sign, word] = [tokens[at - 2], tokens[at - 1], tokens[at]]
  const ends = word !== undefined && word.confidence < doubtfulWord && word.after === 2
  return ends && the?.text === 'the' && sign?.after === 0 && /^[*#]$/.test(readKey(tokens, at - 1)?.keys ?? '')
}

/** Over "key", "now", "on your telephone keypad", "at any time". */
export function tailEnd(tokens: readonly Token[], from: number): number {
  let at = from
  for (;;) {
    const text = tokens[at]?.text ?? ''
    if ((isTail(text) && text !== 'again') || (at === from && isKeyMisheard(tokens, at))) at++
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
