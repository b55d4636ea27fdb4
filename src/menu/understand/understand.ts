import type { HeardWord } from '../../phone/listen.ts'
import { type Anchor, findAnchors } from './anchor.ts'
import { isChatter, labelText, type Span } from './clause.ts'
import { type EntryAsked, findEntry } from './entry.ts'
import { withGaps } from './gap.ts'
import { isLead, keyOf, soundsLike } from './key.ts'
import { kindOf, type PromptKind } from './kind.ts'
import { findLabels, looseLabels, type Side, sideOf } from './label.ts'
import { isLittle } from './likeness.ts'
import { countLost } from './lost.ts'
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
  /** How usual its words are on the telephone, the mean of `HeardWord.usual`; where the recogniser tells that. */
  readonly labelUsual?: number
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
  /** What keys are for that were not understood, by words that lead to one. */
  readonly loose?: readonly string[]
  /** How many more labels stand behind their keys than before them. */
  readonly labelsBehind: number
  /** What it was made of. */
  readonly heard: readonly HeardWord[]
}

/** Options below this are rather noise than keys. */
const leastConfidence = 0.3

/**
 * Finds what a prompt offers, from its words with their times. Pure; knows nothing of any one menu.
 * @param words of one hearing, in order; confidences are used where there are some
 * @param side where labels stand in other hearings of the prompt
 */
export function understand(words: readonly HeardWord[], side?: Side): Understanding {
  const tokens = tokensOf(words)
  const anchors = findAnchors(tokens)
  const labels = findLabels(tokens, anchors, side)
  const { options, lost, loose } = optionsIn(words, tokens, anchors, labels)
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
    ...(loose.length === 0 ? {} : { loose }),
    labelsBehind: sideOf(anchors, labels),
    heard: words,
  }
}

interface Found {
  readonly options: readonly HeardOption[]
  readonly lost: number
  readonly loose: readonly string[]
}

function optionsIn(
  words: readonly HeardWord[],
  tokens: readonly Token[],
  anchors: readonly Anchor[],
  labels: readonly (Span | undefined)[],
): Found {
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
  const leads = heard.map(({ label }) => label !== undefined && isLead(tokens[label.from]?.text))
  // Where all others begin with "for" or "to", that was heard as part of another word: "produration" is "for directions".
  const beginsAsOthers = (i: number): number => {
    const own = tokens[heard[i]?.label?.from ?? -1]?.text ?? ''
    const alone = !leads[i] && leads.length >= leastLeads && leads.every((is, k) => is || k === i)
    return alone && !remaining.has(own) ? withoutLead : 1
  }
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
      ...(recognised && label !== undefined ? { labelConfidence: surenessOf(tokens, label) * beginsAsOthers(i) } : {}),
      ...(label === undefined ? {} : usualOf(tokens, label)),
      role: roleOf(text),
      confidence: Math.min(1, confidence),
      words: rangeOf(words, tokens, anchor, label),
    }))
    for (const option of own) keyMs.set(option, words[tokens[anchor.at]!.word]!.fromMs)
    return own
  })
  // A text that is read has no holes.
  if (!recognised) return { options: once(options), lost: 0, loose: [] }
  const said = explained(words, tokens, anchors, labels)
  const unread = ordered.filter(({ keys, confidence }) => keys === '' || confidence < leastConfidence).length
  const lost = countLost({ words, tokens, anchors, labels, unread })
  const unkeyed = ordered.flatMap(({ keys, confidence }, i) => {
    const label = heard[i]!.label
    return (keys === '' || confidence < leastConfidence) && label !== undefined ? labelText(tokens, label) : []
  })
  const loose = [...unkeyed, ...looseLabels(tokens, anchors, labels)].filter((label) => label !== '')
  return { options: withGaps(once(options), keyMs, words, said), lost, loose }
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

/** Of so many labels that all but one begin with "for" or "to" is no chance. */
const leastLeads = 3
const withoutLead = 0.5
/** "All other callers, press three": what is left needs no "for". */
const remaining = new Set(['all', 'any', 'anything', 'everything', 'other', 'others'])
const asGreeting = 0.2
/** "To open an, press two": what it is about was not heard. */
const brokenOff = 0.2
const articles = new Set(['a', 'an', 'the', 'your', 'our', 'of', 'if'])

/** Of the words of a label, the worst of them as much as all together; "to" and "two" are doubtful in any case. */
function surenessOf(tokens: readonly Token[], { from, to }: Span): number {
  const words = tokens.slice(from, to).filter(({ text }) => !isLittle(text))
  // "Press two, if you are": the rest was lost.
  if (words.length === 0) return brokenOff
  // A greeting that goes on in a label without a pause.
  if (isChatter(tokens, { from, to })) return asGreeting
  const all = words.map(({ confidence }) => confidence)
  const sure = (Math.min(...all) + all.reduce((sum, each) => sum + each, 0) / all.length) / 2
  return articles.has(tokens[to - 1]!.text) ? Math.min(brokenOff, sure) : sure
}

/** Nobody ever said it, or hardly so. */
const leastUsual = -4

/** With the word behind them: it tells whether they end there. */
function usualOf(tokens: readonly Token[], { from, to }: Span): { readonly labelUsual?: number } {
  const told = tokens.slice(from, to + 1).flatMap(({ usual }) => usual ?? [])
  if (told.length === 0) return {}
  return { labelUsual: told.reduce((sum, each) => sum + Math.max(leastUsual, each), 0) / told.length }
}

/** What is read is sure of each word. */
const isRecognised = (tokens: readonly Token[]): boolean => tokens.some(({ confidence }) => confidence < 1)

function confidenceOf(tokens: readonly Token[], anchor: Anchor, label: Span | undefined): number {
  const key = keyConfidence(tokens, anchor)
  // Below this a recogniser was wrong more often than not once the line hissed.
  const heard = Math.min(1, 0.4 + 0.6 * (key / 0.8))
  return 0.97 * anchor.certainty * heard * (label === undefined ? 0.85 : 1)
}

/** Of a key that was said in several words the one that was heard worst. */
function keyConfidence(tokens: readonly Token[], { keys: [key = ''], at }: Anchor): number {
  const parts = tokens.slice(Math.max(0, at + 1 - key.length), at + 1)
  const each = parts.map(({ text }) => keyOf(text)).join('') === key ? parts : parts.slice(-1)
  return Math.min(...each.map(({ confidence }) => confidence), 1)
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
