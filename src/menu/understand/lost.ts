import type { HeardWord } from '../../phone/listen.ts'
import type { Anchor } from './anchor.ts'
import { clauses, isChatter, type Span, wordsIn } from './clause.ts'
import { digitsOf, following, isLead } from './key.ts'
import { verbOf } from './own-verb.ts'
import { isSwallowed } from './swallowed.ts'
import type { Token } from './token.ts'

export interface HeardMenu {
  readonly words: readonly HeardWord[]
  readonly tokens: readonly Token[]
  readonly anchors: readonly Anchor[]
  readonly labels: readonly (Span | undefined)[]
  /** Anchors whose key was not understood. */
  readonly unread: number
}

/** In how many places of a recognised menu a key seems to have been named that was not understood. Pure. */
export function countLost({ words, tokens, anchors, labels, unread }: HeardMenu): number {
  const early =
    beforeFirst(words, tokens, anchors) || labelsBefore(tokens, anchors, labels) || clauseBefore(tokens, anchors)
  const within = unexplained(tokens, anchors, labels) + oddOnes(anchors, labels) + twoInOne(tokens, anchors, labels)
  const places = unread + within + early + behindLast(tokens, anchors, labels)
  return Math.max(places, Number(liesOverOthers(words) || hasHole(words, tokens, anchors)))
}

/** No word lasts longer: of 1,461 prompts 23 had one that did, each where a noise lay over two seconds. */
const longestWordMs = 1300

/** Whether something else was said than one of the words, which lasts too long for one. */
const liesOverOthers = (words: readonly HeardWord[]): boolean =>
  words.some(({ fromMs, toMs }, i) => i > 0 && toMs - fromMs > longestWordMs)

/** Nobody pauses so long once, and never else: real menus make such pauses between all of their options. */
const holeMs = 1500
const timesAnyOther = 2

/** Whether for one long time behind the first option nothing was understood. */
function hasHole(words: readonly HeardWord[], tokens: readonly Token[], anchors: readonly Anchor[]): boolean {
  const first = anchors.find(({ kind }) => kind !== 'void')
  if (first === undefined) return false
  const pauses = [...pausesIn(words.slice(tokens[first.from]!.word))].sort((a, b) => b - a)
  const [longest = 0, next = 0] = pauses
  return longest >= holeMs && longest >= timesAnyOther * next
}

/** A word that was hardly heard is none, or one of a clause that was lost. */
const hardlyHeard = 0.35

/** Longer between two words of a menu something was said that no word was made of. */
const unheardMs = 1200

/** Where keys do not count, a noise must be longer than a greeting is followed by silence. */
const unheardCodeMs = 2000
const pausesIn = (words: readonly HeardWord[]): readonly number[] =>
  words.slice(1).map(({ fromMs }, i) => fromMs - words[i]!.toMs)

/**
 * Whether a key before the first that was heard is lost: the count leaves one out, and of what stands before it, behind the greeting, something was
 * hardly heard, or not at all.
 */
function beforeFirst(words: readonly HeardWord[], tokens: readonly Token[], anchors: readonly Anchor[]): number {
  const first = anchors.find(({ kind }) => kind !== 'void')
  if (first !== undefined && (first.keys[0] ?? '').length > 1) {
    const silent = pausesIn(words.slice(0, tokens[first.from]!.word + 1)).some((ms) => ms >= unheardCodeMs)
    // Two digits of which the verb was not heard.
    const digits = tokens
      .slice(0, first.from)
      .some(({ text, after }, i) => isDigit(text) && after === 0 && i + 1 < first.from && isDigit(tokens[i + 1]!.text))
    return Number(silent || digits)
  }
  const named = new Set(anchors.flatMap(({ kind, keys }) => (kind === 'void' ? [] : keys)))
  const most = Math.max(0, ...[...named].map((key) => Number(/^[1-8]$/.exec(key)?.[0] ?? 0)))
  const whole = most > 0 && Array.from({ length: most }, (_, i) => String(i + 1)).every((key) => named.has(key))
  if (first === undefined || whole || (first.keys[0] ?? '') === '') return 0
  const greeting = tokens.findIndex(({ after }) => after > 0) + 1
  const pauseBehind = (word: number): number => (words[word + 1]?.fromMs ?? 0) - words[word]!.toMs
  const unheard =
    tokens
      .slice(greeting, first.from)
      .some(({ text, confidence, after }) => confidence < hardlyHeard || (isLead(text) && after === 2)) ||
    // No pause tells where a greeting ends that goes on in an option.
    tokens.slice(0, first.from).some(({ confidence }, i) => confidence < hardlyHeard && isLead(tokens[i + 1]?.text))
  const pauses = tokens.slice(Math.max(0, greeting - 1), first.from).map(({ word }) => pauseBehind(word))
  return Number(unheard || pauses.some((ms) => ms >= unheardMs))
}

const isDigit = (text: string): boolean => digitsOf(text)?.length === 1

/** How many clauses before the first label begin as labels do, where labels stand before their keys: of each the rest was lost, the key with it. */
function labelsBefore(
  tokens: readonly Token[],
  anchors: readonly Anchor[],
  labels: readonly (Span | undefined)[],
): number {
  const first = anchors.findIndex(({ kind }) => kind !== 'void')
  const label = labels[first]
  if (label === undefined || label.from >= anchors[first]!.from) return 0
  const floor = first === 0 ? 0 : anchors[first - 1]!.to
  return clauses(tokens, { from: floor, to: label.from }, 1).filter(
    ({ from, to }) => tokens[to - 1]!.after === 2 && isLead(tokens[from]!.text) && !isChatter(tokens, { from, to }),
  ).length
}

/**
 * Whether a sentence before the first label begins as an option does, where the count leaves its key out: "for the front desk, press on. for sales,
 * press two".
 */
function clauseBefore(tokens: readonly Token[], anchors: readonly Anchor[]): number {
  const first = anchors.find(({ kind }) => kind !== 'void')
  if (first === undefined || !/^[2-8]$/.test(first.keys[0] ?? '') || named(anchors).has('1')) return 0
  const verb = verbOf(tokens, anchors)
  const sentences = clauses(tokens, { from: 0, to: first.from }, 2).filter(({ to }) => tokens[to - 1]!.after === 2)
  return Number(
    sentences.some(
      (span) =>
        (isLead(tokens[span.from]!.text) || tokens.slice(span.from, span.to).some(({ text }) => text === verb)) &&
        !isChatter(tokens, span),
    ),
  )
}

const named = (anchors: readonly Anchor[]): ReadonlySet<string> =>
  new Set(anchors.flatMap(({ kind, keys }) => (kind === 'void' ? [] : keys)))

/**
 * How many labels beside a key that the count leaves one out at hold two that begin as labels do: "for delivery dialogue, if you are new, press
 * four" has lost the key of the first, "press one if you are a house for events, press three" that of the second.
 */
function twoInOne(tokens: readonly Token[], anchors: readonly Anchor[], labels: readonly (Span | undefined)[]): number {
  const options = anchors.flatMap((anchor, i) => (anchor.kind === 'void' ? [] : [{ anchor, label: labels[i] }]))
  return options.filter(({ anchor, label }, i) => {
    if (label === undefined) return false
    const inner = tokens.slice(label.from + leastLabel, label.to)
    if (label.from >= anchor.to) {
      const next = options[i + 1]?.anchor.keys[0] ?? ''
      const leftOut = /^[1-9]$/.test(next) && next !== following(anchor.keys.at(-1))
      return (
        leftOut && inner.some(({ text }) => isLead(text)) && inner.some(({ confidence }) => confidence < hardlyHeard)
      )
    }
    const before = options[i - 1]?.anchor.keys.at(-1) ?? '0'
    if (anchor.keys[0] === following(before)) return false
    return inner.some(({ text }, k) => isLead(text) && tokens[label.from + leastLabel + k - 1]!.after > 0)
  }).length
}

/** "For delivery": a label has no fewer words. */
const leastLabel = 2

/** Whoever waits, calls another number or looks elsewhere presses no key. */
const elsewhere = /\b(?:hold|wait|stay|remain|hang|call|visit|website|online|holding|calling)\b/
const mostLabel = 9

/** Whether behind the label of the last key, where keys stand first, another label is said by itself: its key was lost. */
function behindLast(
  tokens: readonly Token[],
  anchors: readonly Anchor[],
  labels: readonly (Span | undefined)[],
): number {
  const [last, label] = [anchors.at(-1), labels[anchors.length - 1]]
  if (last === undefined || last.kind === 'void' || label === undefined || label.from < last.to) return 0
  const rest = { from: label.to, to: tokens.length }
  if (rest.from >= rest.to) return 0
  if (tokens[rest.from - 1]!.after < 2) return Number(isSwallowed(tokens, rest))
  const [span] = clauses(tokens, rest, 2)
  const text = wordsIn(tokens, span!)
  const long = span!.to - span!.from
  const is = isLead(tokens[span!.from]!.text) && long >= clauseWords && long <= mostLabel
  return Number(is && !elsewhere.test(text) && !isChatter(tokens, span!))
}

/**
 * How many labels stand behind their key where those of all others stand before it: rather that of the next option, whose key was lost as
 * the label of this one was.
 */
function oddOnes(anchors: readonly Anchor[], labels: readonly (Span | undefined)[]): number {
  const behind = anchors.flatMap((anchor, i) => {
    const label = labels[i]
    return anchor.kind === 'void' || label === undefined ? [] : [label.from >= anchor.to]
  })
  const odd = behind.filter((is) => is).length
  return odd > 0 && odd * 3 <= behind.length ? odd : 0
}

/**
 * How many clauses behind the first key are neither key nor label: each is perhaps an option whose key was not understood. Behind the last key
 * only where labels stand before theirs, or the verb of the menu is heard once more.
 */
function unexplained(
  tokens: readonly Token[],
  anchors: readonly Anchor[],
  labels: readonly (Span | undefined)[],
): number {
  const last = anchors.at(-1)
  const label = labels[anchors.length - 1]
  if (last === undefined) return 0
  const after = label === undefined || label.from >= last.at
  const to = last.kind === 'void' ? last.to : tokens.length
  const within = (i: number, span: Span | undefined): boolean => span !== undefined && i >= span.from && i < span.to
  const verb = verbOf(tokens, anchors)
  let [found, row, noise, counted] = [0, 0, false, false]
  for (let i = anchors[0]!.to; i < to; i++) {
    // Behind the last label only its verb tells of another option.
    if (after && i >= last.to && tokens[i]!.text !== verb) continue
    const known = anchors.some((anchor) => within(i, anchor)) || labels.some((span) => within(i, span))
    row = known ? 0 : row + 1
    counted &&= !known
    // The verb of the menu, and no key that was understood.
    if (!known && tokens[i]!.text === verb) {
      // What follows is what its key is for.
      counted = !asksForAny(tokens, i)
      if (counted) found++
      ;[row, noise] = [0, false]
      continue
    }
    noise = !known && (noise || tokens[i]!.confidence < noWord)
    // One word that is none, by itself between an option and the next.
    const apart = noise && row === 1 && standsApart(tokens, i) && labels.some((span) => span?.from === i + 1)
    const ends =
      row > 0 && (apart || tokens[i]!.after === 2 || i + 1 === to || anchors.some(({ from }) => from === i + 1))
    if (!ends) continue
    // "For anything else, stay on the line", "thank you for calling" have no key.
    const elsewhere = anchors.some(({ kind, from }) => kind === 'void' && from === i + 1)
    const chatter = isChatter(tokens, { from: i + 1 - row, to: i + 1 })
    if ((row >= clauseWords || noise) && !elsewhere && !chatter && !counted) found++
    ;[row, noise, counted] = [0, false, false]
  }
  return found
}

/** "Press any key to continue", "you may press your selection at any time": no key was named. */
const asksForAny = (tokens: readonly Token[], verb: number): boolean =>
  ['any', 'a', 'your', 'another', 'it', 'them', 'one'].includes(tokens[verb + 1]?.text ?? '')

const standsApart = (tokens: readonly Token[], i: number): boolean =>
  !['or', 'and'].includes(tokens[i]!.text) && tokens[i]!.after > 0 && (tokens[i - 1]?.after ?? 0) > 0

/** "To repeat this menu", and what its key was taken for. */
const clauseWords = 4
/** Below this something else was said, however few words were made of it. */
const noWord = 0.2
