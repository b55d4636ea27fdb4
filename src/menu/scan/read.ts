import type { HeardWord } from '../../phone/listen.ts'
import { type BranchEnd, branchEnd, promptOverMs } from '../understand/branch-end.ts'
import type { PromptKind } from '../understand/kind.ts'
import { isLittle, promptLikeness, sameLabel, wordLikeness } from '../understand/likeness.ts'
import { type Understanding, understand } from '../understand/understand.ts'
import { beginnings, type Hearing, type Way } from './hearing.ts'
import { refusalIn, refusedIn } from './refusal.ts'
import { idOf, isMessage, promised, rootId, type ScanNode, type ScanTree } from './tree.ts'
import { understoodOf } from './understood.ts'

/** What a hearing comes to. */
export interface Reading {
  /** Of what is said here; what was heard before elsewhere is left out. */
  readonly said: Understanding
  readonly end: BranchEnd
  /** The node that was said, where it was heard before. */
  readonly same?: string
  /** The node that was said after it. */
  readonly returns?: string
  /** The prompt was said a second time: there is no more of it. */
  readonly repeats: boolean
}

/** A menu on the way here is what a key that goes back leads to, that of another key with the same label what both lead to; that two branches say the same by chance is rare, but less so. */
const likeOnTheWay = 0.62
const likeElsewhere = 0.8
/** Behind words of its own, by which it might be another. */
const moreBehind = 0.08
const sameWords = 0.8
const leastWords = 4

/**
 * Understands what was heard at a place, against all that was heard before. Pure; also of a hearing that is not over yet.
 */
export function readHearing(tree: ScanTree, hearing: Hearing): Reading {
  if (hearing.bySound !== undefined) {
    const known = tree.nodes.get(hearing.bySound.node)
    const message = known === undefined ? undefined : readMessage(known)
    return message ?? readKnown(tree, withoutNext(hearing, hearing.bySound, known))
  }
  const starts = beginnings(hearing.words)
  const again = repetition(hearing, starts)
  const words = again === undefined ? hearing.words : hearing.words.slice(0, again)
  const part = (from: number, to = words.length): Understanding => understoodOf(hearing.words, from, to)
  const here = idOf(hearing.way)
  const refused = readRefused(tree, hearing, words, again !== undefined)
  if (refused !== undefined) return refused
  const known = [...tree.nodes.values()].filter((node) => node.end === 'menu' && node.id !== here)
  let offered = false
  for (const start of starts) {
    if (start >= words.length) break
    offered ||= part(0, start).options.length > 0
    if (offered && !known.some((node) => isBeginning(node, words, start))) continue
    const found = nearest(tree, known, part(start), hearing.way, start > 0)
    if (found === undefined || (offered && !isBeginning(found, words, start))) continue
    // A message of its own before a menu leaves the whole still like the menu.
    const own = start === 0 ? starts.find((k) => k > 0 && k < words.length && startsLater(found, words, k)) : undefined
    if (own !== undefined) continue
    const said = part(0, start)
    if (start === 0) {
      return {
        ...{ said, same: found.id, repeats: again !== undefined },
        end: { kind: 'same', prompt: 0, confidence: found.likeness },
      }
    }
    // What stands before it is a message of its own, and over.
    const end = branchEnd({ ...hearing, understanding: said, silentMs: Number.POSITIVE_INFINITY, hungUp: false })
    return { said, end, returns: found.id, repeats: again !== undefined }
  }
  const whole = part(0)
  const said = whole.options.length === 0 ? part(0, untilRung(words)) : whole
  // Who picks up may let it ring for a while before saying anything.
  const rings = here === rootId && hearing.tones.includes('ringback')
  if (rings && said.kind === 'unknown' && !hearing.hungUp && hearing.silentMs < ringsOnMs)
    return { said, end: { kind: 'undecided' }, repeats: false }
  const tones = rings && said.kind !== 'unknown' ? hearing.tones.filter((tone) => tone !== 'ringback') : hearing.tones
  const silentMs = again === undefined ? hearing.silentMs : Number.POSITIVE_INFINITY
  const pauseMs = isWhole(tree.nodes.get(here), said) ? wholeOverMs : overMs(words, said)
  const end = branchEnd({ ...hearing, tones, understanding: said, silentMs, overMs: pauseMs })
  return { said, end, repeats: again !== undefined }
}

/** As sure as it ends a branch at once. */
const sureTransfer = 0.8

/** How many words say that somebody is about to be rung: who speaks behind that, in the same breath as it were, is who was rung. Pure. */
export function untilRung(words: readonly HeardWord[]): number {
  const over = beginnings(words).find((start) => {
    const { kind, kindConfidence } = understoodOf(words, 0, start)
    return kind === 'transfer' && kindConfidence >= sureTransfer
  })
  return over ?? words.length
}

/** A message that the key is none, and the menu that it was pressed in. */
function readRefused(
  tree: ScanTree,
  hearing: Hearing,
  words: readonly HeardWord[],
  repeats: boolean,
): Reading | undefined {
  const count = refusalIn(words)
  const returns = count === 0 ? undefined : refusedIn(tree, hearing, words.slice(count))
  if (returns === undefined) return undefined
  const said = understand(words.slice(0, count))
  return { said, returns, repeats, end: { kind: 'refused', confidence: said.kindConfidence } }
}

/** Shorter ones lie within a sentence. */
const leastPauseMs = 250
const fewestPauses = 2
const soonestMs = 1600

/**
 * After how long a pause a menu is over: one that speaks to its end without long pauses makes none of them before its last option. Some begin to say
 * themselves again after four seconds, and words come late. Pure.
 */
function overMs(words: readonly HeardWord[], { options, lost }: Understanding): number {
  const pauses = words.slice(1).flatMap(({ fromMs }, i) => {
    const pause = fromMs - words[i]!.toMs
    return pause >= leastPauseMs ? [pause] : []
  })
  // What stands behind the last key may go on with another.
  const complete = options.length >= fewestPauses && (options.at(-1)?.words.to ?? 0) >= words.length - 1 && lost === 0
  if (!complete || pauses.length < fewestPauses) return promptOverMs
  return Math.min(promptOverMs, Math.max(soonestMs, 600 + 2 * Math.max(...pauses)))
}

/** After so long a pause a menu is over of which all was heard that was heard before. */
const wholeOverMs = 1200

const isWhole = (before: ScanNode | undefined, { options, lost }: Understanding): boolean =>
  before?.end === 'menu' &&
  lost === 0 &&
  before.options
    .filter(({ from }) => from === 'heard')
    .every(({ key }) => options.some((option) => option.key === key && option.label !== ''))

/** A ring and the pause behind it: 2 s and 4 (E.180). */
const ringsOnMs = 8000

/** So long may pass between a key and what it leads to without anything that was said in between: words of that time are the prompt's own. */
const atOnceMs = 1500

/** What a known prompt was heard after. */
function readKnown(tree: ScanTree, hearing: KnownHearing): Reading {
  const { node, fromMs } = hearing.bySound
  const said = understand(hearing.words)
  // "Invalid entry" takes no longer than that.
  if (said.kind !== 'error' && (fromMs <= atOnceMs || isLedTo(tree, hearing, said)))
    return { said, same: node, end: { kind: 'same', prompt: 0, confidence: sureBySound }, repeats: false }
  const heard = { ...hearing, understanding: said, silentMs: Number.POSITIVE_INFINITY, hungUp: false }
  const end = branchEnd(heard)
  // Something was said that nobody understood, and then the menu again: rather a refusal than anything else.
  const refused = said.kind === 'unknown' && node === idOf(hearing.way.slice(0, -1))
  return { said, end: refused ? { kind: 'refused', confidence: 0.5 } : end, returns: node, repeats: false }
}

type KnownHearing = Hearing & Required<Pick<Hearing, 'bySound'>>

/** "Welcome to Lakeview Insurance", "one moment, please". */
const mostOfLead = 8
const leads: ReadonlySet<PromptKind> = new Set(['info', 'unknown', 'hold', 'transfer'])

/** Whether the key is for the other menu that follows, by its words: the few that are said before that was known are its greeting, or lead to it. */
function isLedTo({ nodes }: ScanTree, { way, words, bySound }: KnownHearing, { kind }: Understanding): boolean {
  const from = nodes.get(idOf(way.slice(0, -1)))
  const role = from?.options.find(({ key }) => key === way.at(-1))?.role
  if (from === undefined || role === undefined || bySound.node === from.id) return false
  return promised(from, role) === bySound.node && words.length <= mostOfLead && leads.has(kind)
}

/** A message that another key leads to as well says what it said there, and is over as it was there. */
function readMessage(node: ScanNode): Reading | undefined {
  const [said] = node.readings
  if (said === undefined || !isMessage(node)) return undefined
  return { said, end: { kind: node.end, confidence: Math.min(node.confidence, sureBySound) }, repeats: false }
}

/** Words of a known prompt that may come before it is known by its sound. */
const mostOfNext = 6

/**
 * Without the first words of the prompt that follows: a print that was taken from the middle of a word, or of a sentence, is found as late
 * as it begins.
 */
function withoutNext(hearing: Hearing, bySound: KnownHearing['bySound'], next: ScanNode | undefined): KnownHearing {
  const { words } = hearing
  const beginnings = (next?.readings ?? []).map(({ text }) => text.split(' ').slice(0, mostOfNext))
  for (let count = Math.min(mostOfNext, words.length); count > 0; count--) {
    const own = words.length - count
    const last = understand(words.slice(own)).text
    if (!beginnings.some((first) => first.slice(0, count).join(' ') === last)) continue
    const fromMs = Math.min(bySound.fromMs, words[own]!.fromMs)
    return { ...hearing, words: words.slice(0, own), bySound: { ...bySound, fromMs } }
  }
  return { ...hearing, bySound }
}

const sureBySound = 0.97

interface Near {
  readonly id: string
  readonly text: string
  readonly likeness: number
}

function nearest(
  tree: ScanTree,
  known: readonly ScanNode[],
  said: Understanding,
  way: Way,
  behind: boolean,
): Near | undefined {
  let best: Near | undefined
  for (const node of known) {
    const expected =
      (node.way.length <= way.length && node.way.every((key, i) => key === way[i])) || areTwins(tree, node.way, way)
    const least = (expected ? likeOnTheWay : likeElsewhere) + (behind ? moreBehind : 0)
    const likeness = Math.max(...node.readings.map((reading) => likenessOf(reading, said)), 0)
    if (likeness >= least && likeness > (best?.likeness ?? 0)) best = { id: node.id, text: node.text, likeness }
  }
  return best
}

/** Whether two keys of one menu are for the same: "press two or three". */
function areTwins({ nodes }: ScanTree, a: Way, b: Way): boolean {
  const parent = nodes.get(idOf(a.slice(0, -1)))
  if (parent === undefined || a.length !== b.length || idOf(b.slice(0, -1)) !== parent.id) return false
  const labelOf = (way: Way): string => parent.options.find(({ key }) => key === way.at(-1))?.label ?? ''
  return labelOf(a) !== '' && labelOf(b) !== '' && sameLabel(labelOf(a), labelOf(b))
}

const beginningWords = 8
const likeBeginning = 0.6

/** Whether the prompt begins at `start` rather than with the first word. */
function startsLater({ text }: Near, words: readonly HeardWord[], start: number): boolean {
  const known = text.split(' ').slice(0, beginningWords).join(' ')
  const likeness = (from: number): number =>
    wordLikeness(known, understand(words.slice(from, from + beginningWords)).text)
  return likeness(0) < 0.4 && likeness(start) >= likeBeginning
}

/** Whether the prompt begins there: what has offered keys, and goes on as another menu ends, is no other. */
function isBeginning({ text }: Pick<Near, 'text'>, words: readonly HeardWord[], start: number): boolean {
  const known = text.split(' ').slice(0, beginningWords).join(' ')
  const to = Math.min(words.length, start + beginningWords)
  const said = understoodOf(words, start, to).text
  return wordLikeness(known, said) >= likeBeginning && inOrder(known.split(' '), said.split(' ')) >= mostInOrder
}

/** "For gift cards, press one" has the words of "press one for gift cards", but three of five in their order. */
const mostInOrder = 0.65

/** The share of words that both have in the same order, as far as both go. */
function inOrder(a: readonly string[], b: readonly string[]): number {
  const length = Math.min(a.length, b.length)
  let row = Array.from({ length: length + 1 }, () => 0)
  for (const word of a.slice(0, length)) {
    const next = [0]
    for (let k = 1; k <= length; k++) next.push(word === b[k - 1] ? row[k - 1]! + 1 : Math.max(row[k]!, next[k - 1]!))
    row = next
  }
  return row[length]! / length
}

/** Two menus that offer different things are two, however much their words are alike; what was missed is in one of them only. */
function likenessOf(a: Understanding, b: Understanding): number {
  if (isMessageBehindGreeting(a, b)) return 0
  const likeness = promptLikeness(a, b)
  const shared = b.options.filter(({ key }) => a.options.some((option) => option.key === key))
  const other = shared.filter(({ key, label }) => {
    const before = a.options.find((option) => option.key === key)?.label ?? ''
    return label !== '' && before !== '' && wordLikeness(label, before) === 0
  })
  return shared.length > 0 && other.length * 2 > shared.length ? likeness * 0.6 : likeness
}

/** Kinds of prompts that say what becomes of the call: no part of a menu that was misheard sounds like one. */
const messages: ReadonlySet<PromptKind> = new Set(['voicemail', 'hold', 'transfer', 'closed'])
/** "We are closed": what follows a greeting has so many words that say something. */
const leastOwn = 2

/** Companies greet behind a key as they do at the start: "thank you for calling Acme" and then that they are closed is not the menu. */
function isMessageBehindGreeting(menu: Understanding, said: Understanding): boolean {
  if (said.options.length > 0 || !messages.has(said.kind)) return false
  const [known, words] = [menu.text.split(' '), said.text.split(' ')]
  const greeting = words.findIndex((word, i) => word !== known[i])
  if (greeting < leastWords) return false
  const own = words.slice(greeting).filter((word) => !isLittle(word))
  return own.length >= leastOwn && own.filter((word) => known.includes(word)).length * 2 < own.length
}

/** Where the prompt begins to say itself again: its first four words or more, up to a pause, come once more. */
function repetition({ words }: Hearing, starts: readonly number[]): number | undefined {
  const piece = (from: number, count: number): readonly HeardWord[] => words.slice(starts[from], starts[from + count])
  const count = starts.findIndex((_, k) => piece(0, k).length >= leastWords)
  if (count < 1) return undefined
  // A key may be misheard: what follows tells as well.
  for (let k = count; k < starts.length; k++)
    if ([count, count + 1].some((length) => length <= k && isAgain(piece(0, length), piece(k, length))))
      return starts[k]
  return undefined
}

/** Two options of a menu are often told apart by little but their keys. */
function isAgain(first: readonly HeardWord[], other: readonly HeardWord[]): boolean {
  const [a, b] = [plain(first), plain(other)]
  if (Math.abs(b.length - a.length) >= a.length * 0.3 || wordLikeness(a, b) < sameWords) return false
  const keys = understand(first).options.map(({ key }) => key)
  return keys.length === 0 || understand(other).options.some(({ key }) => keys.includes(key))
}

const plain = (words: readonly HeardWord[]): string =>
  words.map(({ word }) => word.toLowerCase().replace(/[^a-z0-9#*' ]/g, '')).join(' ')
