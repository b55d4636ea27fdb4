import type { HeardWord } from '../../phone/listen.ts'
import { digitsOf, following, isLead } from '../understand/key.ts'
import { sameLabel, spellingLikeness } from '../understand/likeness.ts'
import { type HeardOption, type Understanding, understand } from '../understand/understand.ts'
import type { ScanNode } from './tree.ts'

/** What is still said of a prompt when its key was pressed begins at once, and ends where the far end has heard the key. */
const beginsMs = 250
const endsMs = 3000
/** Until what the key leads to is said. */
const gapMs = 150

type Before = Pick<ScanNode, 'readings' | 'options'>

/**
 * Words behind a key, without what was still said of the prompt that it was pressed in: a piece of that prompt, word after word. A clause whose
 * key or label that prompt did not have is of the next one, however like it is. Pure.
 * @param words times since the key was pressed
 * @param before the node that the key was pressed at, where its prompt may have been going on; `undefined`: it was over
 * @param key the one that was pressed there
 */
export function withoutTail(
  words: readonly HeardWord[],
  before: Before | undefined,
  key: string | undefined,
): readonly HeardWord[] {
  const [first] = words
  if (before === undefined || first === undefined || first.fromMs > beginsMs) return words
  for (let k = words.length - 1; k > 0; k--) {
    const [last, next] = [words[k - 1]!, words[k]!]
    if (next.fromMs > endsMs || next.fromMs - last.toMs < gapMs) continue
    const piece = understand(words.slice(0, k))
    if (isRest(piece, before) && !isHeading(piece, before, key) && !isCountedOn(piece, words.slice(k)))
      return words.slice(k)
  }
  return words
}

/**
 * Whether all that was heard behind a key is a piece of the prompt that it was pressed in, and begins at once, or has a key of it and what for: what
 * was being said as the key was pressed is not always understood. Of keys that a piece as long as that has, some may be misheard. Pure.
 * @param mayRepeat the key is there to hear the prompt again, perhaps without its beginning
 */
export function isRestOf(words: readonly HeardWord[], before: Before, mayRepeat = false): boolean {
  const [first] = words
  if (first === undefined || first.fromMs > endsMs) return false
  const piece = understand(words)
  if (first.fromMs > beginsMs)
    return !mayRepeat && !isStart(piece, before) && (isClauseOf(piece, before) || isStretchOf(piece, before))
  const others = Math.min(...before.readings.map(({ text }) => othersIn(piece.text, text)))
  if (others > mostOther * wordsOf(piece.text).length) return false
  const known = [...before.options, ...before.readings.flatMap((reading) => reading.options)]
  const alike = piece.options.filter((option) => known.some((other) => isPartOf(option, other))).length
  return others < 1 || alike * 2 >= piece.options.length
}

/**
 * Whether it offers keys of the prompt, each for what it is there or in the same words, and says nothing else; or, behind a word that was cut, says
 * how the prompt ends: "our to go back to the main menu".
 */
const isClauseOf = ({ text, options }: Understanding, { readings }: Before): boolean => {
  const end = text.split(' ').slice(1)
  return readings.some((reading) => {
    if (options.length === 0) return end.length >= leastEnd && reading.text.endsWith(` ${end.join(' ')}`)
    // By itself "press three, to reach the desk press zero" gives three the label of zero.
    if (wordsOf(text).length >= leastVerbatim && reading.text.includes(text)) return true
    return (
      othersIn(text, reading.text) < 1 &&
      options.every(({ key, label }) =>
        reading.options.some((option) => option.key === key && label !== '' && sameLabel(option.label, label)),
      )
    )
  })
}

/** So many words in a row that two menus do not share by chance: "to speak to an operator, press zero" has seven. */
const leastVerbatim = 8

/** So many words of a prompt, in its order, are no other menu that is like it. */
const leastStretch = 10
const otherStretch = 0.25
const beginning = 6

/** Whether it is a long stretch of the prompt. */
function isStretchOf({ text }: Understanding, { readings }: Before): boolean {
  const count = wordsOf(text).length
  return count >= leastStretch && readings.some((reading) => othersIn(text, reading.text) <= otherStretch * count)
}

/** Whether it begins as the prompt does, which is then said again rather than on. */
function isStart({ text }: Understanding, { readings }: Before): boolean {
  const start = (all: string): string => all.split(' ').slice(0, beginning).join(' ')
  return readings.some((reading) => othersIn(start(text), start(reading.text)) <= 1)
}

/** "Hear this menu again" */
const leastEnd = 4

function isRest(piece: Understanding, { readings, options }: Before): boolean {
  const known = [...options, ...readings.flatMap((reading) => reading.options)]
  const others = Math.min(...readings.map(({ text }) => othersIn(piece.text, text)))
  if (piece.text === '' || others > mostOther * wordsOf(piece.text).length) return false
  // Word for word it is the prompt's, whatever label the key in it would have had by itself.
  return others < 1 || piece.options.every((option) => known.some((other) => isPartOf(option, other)))
}

/** Of an option that was heard from the middle on, the end of its label is left. */
const isPartOf = (option: HeardOption, { key, label }: Pick<HeardOption, 'key' | 'label'>): boolean =>
  option.key === key &&
  (option.label === '' || label === '' || sameLabel(option.label, label) || standsIn(option.label, label))

/** "Sales. Please hold." behind the key for sales: what a key leads to may begin with its label, but not as an option does. */
function isHeading({ text, options }: Understanding, before: Before, key: string | undefined): boolean {
  if (options.length > 0 || isLead(text.split(' ')[0])) return false
  return before.options.some(
    (option) => option.key === key && sameLabel(option.label, text) && othersIn(text, option.label) < 1,
  )
}

/** Whether what follows counts on from an option that was heard from its beginning: two menus may begin with the same one. */
function isCountedOn({ text, options }: Understanding, rest: readonly HeardWord[]): boolean {
  const next = following(options.at(-1)?.key)
  if (next === undefined || text.startsWith(options.at(-1)!.label)) return false
  const offered = understand(rest).options.map((option) => option.key)
  return offered[0] === next && !options.some(({ key }) => offered.includes(key))
}

/** Share of the words that may be others. */
const mostOther = 0.34
/** A word between those of the prompt says rather that it is another than one that was misheard or swallowed does. */
const more = 1.5
/** From here on a word may be another one misheard. */
const misheard = 0.5

const standsIn = (piece: string, text: string): boolean => othersIn(piece, text) <= mostOther * wordsOf(piece).length

/** How many words are others where the piece is laid along the stretch of the text that is most like it (Sellers' alignment). */
function othersIn(piece: string, text: string): number {
  const [small, large] = [wordsOf(piece), wordsOf(text)]
  let row = [0, ...large.map(() => 0)]
  for (const [i, word] of small.entries()) {
    const next = [(i + 1) * more]
    for (const [j, other] of large.entries())
      next.push(Math.min(row[j]! + cost(word, other), row[j + 1]! + more, next[j]! + 1))
    row = next
  }
  return Math.min(...row)
}

const wordsOf = (text: string): readonly string[] =>
  text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => digitsOf(word) ?? word)

function cost(a: string, b: string): number {
  if (a === b) return 0
  const likeness = spellingLikeness(a, b)
  return likeness >= misheard ? 1 - likeness : 1
}
