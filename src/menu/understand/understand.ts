import type { HeardWord } from '../../phone/listen.ts'
import { type Anchor, findAnchors } from './anchor.ts'
import { clauses, isChatter, labelText, type Span } from './clause.ts'
import { type EntryAsked, findEntry } from './entry.ts'
import { withGaps } from './gap.ts'
import { isLead, soundsLike } from './key.ts'
import { kindOf, type PromptKind } from './kind.ts'
import { findLabels } from './label.ts'
import { isLittle } from './likeness.ts'
import { orderKeys } from './order.ts'
import { type OptionRole, roleOf } from './role.ts'
import { findSayable } from './say.ts'
import { findStay } from './stay.ts'
import { type Token, tokensOf } from './token.ts'

/** A key that a prompt offers. */
export interface HeardOption {
  /** `1`, `44`, `*`. */
  readonly key: string
  /** The key that was heard, where the others spoke for this one in its place. */
  readonly heardAs?: string
  /** What it is for, in the words of the prompt, without little words in front; '' where that was not heard. */
  readonly label: string
  /** 0–1: that these are its words; 1 unless given. */
  readonly labelConfidence?: number
  readonly role: OptionRole
  /** 0–1: that the key is offered, and is this one. */
  readonly confidence: number
  /** Nobody heard it: it is a hole between others. */
  readonly gap?: true
  /** The words that it was found in. */
  readonly words: WordRange
}

/** Indices into the words that were given, `to` not included, and their times. */
export interface WordRange {
  readonly from: number
  readonly to: number
  readonly fromMs: number
  readonly toMs: number
}

/** What one prompt says to do. */
export interface Understanding {
  readonly kind: PromptKind
  readonly kindConfidence: number
  /** In the order in which they are offered; no key twice. */
  readonly options: readonly HeardOption[]
  readonly entry?: EntryAsked
  /** Words that may be said in place of keys. */
  readonly sayable: readonly string[]
  /** Whoever waits is served as well: "or stay on the line". */
  readonly stayOnLine: boolean
  /** What for; '' where that is not said. */
  readonly stayFor: string
  /** "If you know your party's extension, you may dial it at any time." */
  readonly extensions: boolean
  /** Plain text of it, lower case, no marks. */
  readonly text: string
  /** By a recogniser that has its doubts, not read. */
  readonly recognised: boolean
  /** Places where a key seems to have been named that was not understood; 0 of what is read. */
  readonly lost: number
}

/** Options below this are rather noise than keys. */
const leastConfidence = 0.3

/**
 * Finds what a prompt offers, from its words with their times. Pure; knows nothing of any one menu.
 * @param words of one hearing, in order; confidences are used where there are some
 */
export function understand(words: readonly HeardWord[]): Understanding {
  const tokens = tokensOf(words)
  const anchors = findAnchors(tokens)
  const labels = findLabels(tokens, anchors)
  const { options, lost } = optionsIn(words, tokens, anchors, labels)
  const text = tokens.map((token) => token.text).join(' ')
  const entry = findEntry(tokens)
  const sayable = findSayable(tokens, anchors)
  const extensions =
    /\b(?:know|have)\b.{0,30}\bextension\b|\bextension\b.{0,40}\bdial it\b|\bdial (?:your|the|an|their).{0,20}extension\b/.test(
      text,
    )
  const { kind, confidence } = kindOf({
    text,
    keys: options.map(({ key }) => key),
    sayable: sayable.length > 0,
    entry: entry !== undefined || (extensions && options.length === 0),
  })
  return {
    kind,
    kindConfidence: confidence,
    options,
    ...(entry === undefined ? {} : { entry }),
    sayable,
    stayOnLine:
      /\b(?:stay|remain|hold) on the line\b|\bor (?:please )?(?:hold|wait|stay)\b|\bcontinue to hold\b|\bhold the line\b/.test(
        text,
      ),
    stayFor: findStay(tokens, anchors, labels),
    extensions,
    text,
    recognised: isRecognised(tokens),
    lost,
  }
}

function optionsIn(
  words: readonly HeardWord[],
  tokens: readonly Token[],
  anchors: readonly Anchor[],
  labels: readonly (Span | undefined)[],
): { readonly options: readonly HeardOption[]; readonly lost: number } {
  const heard = anchors.flatMap((anchor, i) => {
    if (anchor.kind === 'void') return []
    return [{ anchor, label: labels[i], confidence: confidenceOf(tokens, anchor, labels[i]) }]
  })
  const recognised = isRecognised(tokens)
  const ordered = orderKeys(
    heard.map(({ anchor, label, confidence }) => {
      const sounds = anchor.kind === 'lost' ? soundsLike(tokens[anchor.at + 1]?.text) : undefined
      const text = label === undefined ? '' : labelText(tokens, label)
      return {
        keys: anchor.keys[0] ?? '',
        confidence,
        recognised,
        label: text,
        role: roleOf(text),
        ...(sounds === undefined ? {} : { sounds }),
        ...(anchor.keys.length > 1 ? { last: anchor.keys.at(-1)! } : {}),
      }
    }),
  )
  const keyMs = new Map<HeardOption, number>()
  const options = heard.flatMap(({ anchor, label }, i) => {
    const { keys, confidence } = ordered[i]!
    if (keys === '' || confidence < leastConfidence) return []
    const text = label === undefined ? '' : labelText(tokens, label)
    const heardAs = anchor.keys[0] === keys ? '' : (anchor.keys[0] ?? '')
    const own = [keys, ...anchor.keys.slice(1)].map((key, k) => ({
      key,
      ...(k > 0 || heardAs === '' ? {} : { heardAs }),
      label: text,
      ...(recognised && label !== undefined ? { labelConfidence: surenessOf(tokens, label) } : {}),
      role: roleOf(text),
      confidence: Math.min(1, confidence),
      words: rangeOf(words, tokens, anchor, label),
    }))
    for (const option of own) keyMs.set(option, words[tokens[anchor.at]!.word]!.fromMs)
    return own
  })
  // A text that is read has no holes.
  if (!recognised) return { options: once(options), lost: 0 }
  const said = explained(words, tokens, anchors, labels)
  const unread = ordered.filter(({ keys, confidence }) => keys === '' || confidence < leastConfidence).length
  const early = beforeFirst(words, tokens, anchors) || labelsBefore(tokens, anchors, labels)
  const places = unread + unexplained(tokens, anchors, labels) + oddOnes(anchors, labels) + early
  const lost = Math.max(places, Number(liesOverOthers(words)))
  return { options: withGaps(once(options), keyMs, words, said), lost }
}

/** No word lasts longer: of 1,461 prompts 23 had one that did, each where a noise lay over two seconds. */
const longestWordMs = 1300

/** Whether something else was said than one of the words, which lasts too long for one. */
const liesOverOthers = (words: readonly HeardWord[]): boolean =>
  words.some(({ fromMs, toMs }, i) => i > 0 && toMs - fromMs > longestWordMs)

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
  if (first !== undefined && (first.keys[0] ?? '').length > 1)
    return Number(pausesIn(words.slice(0, tokens[first.from]!.word + 1)).some((ms) => ms >= unheardCodeMs))
  const named = new Set(anchors.flatMap(({ kind, keys }) => (kind === 'void' ? [] : keys)))
  const most = Math.max(0, ...[...named].map((key) => Number(/^[1-8]$/.exec(key)?.[0] ?? 0)))
  const whole = most > 0 && Array.from({ length: most }, (_, i) => String(i + 1)).every((key) => named.has(key))
  if (first === undefined || whole || (first.keys[0] ?? '') === '') return 0
  const greeting = tokens.findIndex(({ after }) => after > 0) + 1
  const pauseBehind = (word: number): number => (words[word + 1]?.fromMs ?? 0) - words[word]!.toMs
  const unheard = tokens
    .slice(greeting, first.from)
    .some(({ text, confidence, after }) => confidence < hardlyHeard || (isLead(text) && after === 2))
  const pauses = tokens.slice(Math.max(0, greeting - 1), first.from).map(({ word }) => pauseBehind(word))
  return Number(unheard || pauses.some((ms) => ms >= unheardMs))
}

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

/** From here on a word was rather said than made of one that was not understood. */
const sureWord = 0.6

/** The words that say keys, and what for. */
function explained(
  words: readonly HeardWord[],
  tokens: readonly Token[],
  anchors: readonly Anchor[],
  labels: readonly (Span | undefined)[],
): readonly HeardWord[] {
  const spans = [...anchors, ...labels.flatMap((span) => span ?? [])]
  const known = new Set(spans.flatMap(({ from, to }) => tokens.slice(from, to).map(({ word }) => word)))
  return words.filter(({ confidence = 1 }, i) => known.has(i) && confidence >= sureWord)
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
  let [found, row, noise] = [0, 0, false]
  for (let i = anchors[0]!.to; i < to; i++) {
    // Behind the last label only its verb tells of another option.
    if (after && i >= last.to && tokens[i]!.text !== verb) continue
    const known = anchors.some((anchor) => within(i, anchor)) || labels.some((span) => within(i, span))
    row = known ? 0 : row + 1
    // The verb of the menu, and no key that was understood.
    if (!known && tokens[i]!.text === verb) {
      found++
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
    if ((row >= clauseWords || noise) && !elsewhere && !isChatter(tokens, { from: i + 1 - row, to: i + 1 })) found++
    ;[row, noise] = [0, false]
  }
  return found
}

const standsApart = (tokens: readonly Token[], i: number): boolean =>
  !['or', 'and'].includes(tokens[i]!.text) && tokens[i]!.after > 0 && (tokens[i - 1]?.after ?? 0) > 0

/** The one that names most keys, twice at the least. */
function verbOf(tokens: readonly Token[], anchors: readonly Anchor[]): string | undefined {
  const named = anchors
    .filter(({ kind }) => kind === 'verb')
    .flatMap(({ from, at }) => tokens.slice(from, at).map(({ text }) => text))
  return ['press', 'dial', 'select', 'push'].find((verb) => named.filter((text) => text === verb).length > 1)
}

/** "To repeat this menu", and what its key was taken for. */
const clauseWords = 4
/** Below this something else was said, however few words were made of it. */
const noWord = 0.2

/** Of the words of a label, the worst of them as much as all together; "to" and "two" are doubtful in any case. */
function surenessOf(tokens: readonly Token[], { from, to }: Span): number {
  const words = tokens.slice(from, to).filter(({ text }) => !isLittle(text))
  if (words.length === 0) return 1
  const all = words.map(({ confidence }) => confidence)
  return (Math.min(...all) + all.reduce((sum, each) => sum + each, 0) / all.length) / 2
}

/** What is read is sure of each word. */
const isRecognised = (tokens: readonly Token[]): boolean => tokens.some(({ confidence }) => confidence < 1)

function confidenceOf(tokens: readonly Token[], anchor: Anchor, label: Span | undefined): number {
  const key = tokens[anchor.at]?.confidence ?? 1
  // Below this a recogniser was wrong more often than not once the line hissed.
  const heard = Math.min(1, 0.4 + 0.6 * (key / 0.8))
  return 0.97 * anchor.certainty * heard * (label === undefined ? 0.85 : 1)
}

function rangeOf(
  words: readonly HeardWord[],
  tokens: readonly Token[],
  anchor: Anchor,
  label: Span | undefined,
): WordRange {
  const first = tokens[Math.min(anchor.from, label?.from ?? anchor.from)]!
  const last = tokens[Math.max(anchor.to, label?.to ?? anchor.to) - 1]!
  return { from: first.word, to: last.word + 1, fromMs: words[first.word]!.fromMs, toMs: words[last.word]!.toMs }
}

/** A menu that repeats itself offers each key once. The better hearing stays, in the place of the first. */
function once(options: readonly HeardOption[]): readonly HeardOption[] {
  const byKey = new Map<string, HeardOption>()
  for (const option of options) {
    const before = byKey.get(option.key)
    if (before === undefined || better(option, before)) byKey.set(option.key, option)
  }
  return [...byKey.values()]
}

const better = (option: HeardOption, before: HeardOption): boolean =>
  (before.label === '' && option.label !== '') || option.confidence > before.confidence + 0.2
