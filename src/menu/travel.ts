import type { HeardTone, HeardWord } from '../phone/listen.ts'
import { beginnings } from './scan/hearing.ts'
import { recognises } from './scan/recognise.ts'
import { idOf, type ScanTree } from './scan/tree.ts'
import { labelLikeness } from './understand/likeness.ts'
import { wordsOfText } from './understand/token.ts'
import { type HeardOption, type Understanding, understand } from './understand/understand.ts'

/** A menu on the way, and the key to be pressed at it. */
export interface TravelStep {
  /** What it says, as it was heard before or is written; empty: whatever is said is heard out. */
  readonly readings: readonly Understanding[]
  readonly key: string
  /** What the key is for; '' where nobody knows. */
  readonly label: string
}

/** What was heard since the last key, or since the call was answered. */
export interface TravelHeard {
  readonly words: readonly HeardWord[]
  readonly tones: readonly HeardTone[]
  /** Since the last word. */
  readonly silentMs: number
  /** Since the last key. */
  readonly ms: number
  readonly hungUp: boolean
}

export type TravelMove =
  | { readonly kind: 'wait' }
  /** `moved`: what is wanted has another key than before. */
  | { readonly kind: 'press'; readonly key: string; readonly moved: boolean }
  /** The menu before is said again: its key was not heard. */
  | { readonly kind: 'again' }
  | { readonly kind: 'failed'; readonly code: TravelFailure; readonly sentence: string }

/** `changed`: the menu is another one than before. */
export type TravelFailure = 'changed' | 'silent' | 'hung_up' | 'busy' | 'lost'

/** A pause of real menus within a prompt is shorter. */
const overMs = 3000
/** Nothing is known of what comes: the first pause between sentences will do. */
const pauseMs = 1200
const silentMs = 15_000
/** A prompt that repeats itself without a pause is judged after so long. */
const longMs = 45_000
const mostMs = 120_000
const sure = 0.5
const likeLabel = 0.6
const unlikeLabel = 0.3

/** Written down by hand: what is said, and the key. */
export function stepOf(key: string, text: string | undefined): TravelStep {
  if (text === undefined || text.trim() === '') return { readings: [], key, label: '' }
  const reading = understand(wordsOfText(text))
  const label = reading.options.find((option) => option.key === key)?.label ?? ''
  return { readings: [reading], key, label }
}

/**
 * What to do at a step. Pure. The key is pressed as soon as it is offered for what is wanted; a menu that offers that by another key
 * is followed, one that does not offer it any more is not.
 * @param before the step whose key was pressed last
 */
export function travelMove(step: TravelStep, before: TravelStep | undefined, heard: TravelHeard): TravelMove {
  const { words, tones } = heard
  if (heard.hungUp) return failed('hung_up', 'The far end hung up on the way.')
  if (tones.includes('busy') || tones.includes('congestion')) return failed('busy', 'The line was busy.')
  if (tones.includes('fax')) return failed('changed', 'A fax machine answered.')
  const spoken = words.length > 0
  if (!spoken) {
    if (heard.silentMs >= silentMs) return failed('silent', 'Nothing was said.')
    return heard.ms >= mostMs ? failed('lost', 'No menu was heard for two minutes.') : { kind: 'wait' }
  }
  if (step.readings.length === 0)
    return heard.silentMs >= pauseMs || heard.ms >= longMs ? press(step.key) : { kind: 'wait' }
  const known = anywhere(words, (rest) => recognises(step, rest))
  const { options, text } = understand(words)
  const offered = options.find(({ key, confidence }) => key === step.key && confidence >= sure)
  if (offered !== undefined && isFor(offered, step, known)) return press(step.key)
  if (heard.silentMs < overMs && heard.ms < longMs) return { kind: 'wait' }

  const moved = otherKey(options, step)
  if (moved !== undefined) return { kind: 'press', key: moved, moved: true }
  const other = offered !== undefined && step.label !== '' && labelLikeness(offered.label, step.label) < unlikeLabel
  if (known && !other) return press(step.key)
  if (before !== undefined && anywhere(words, (rest) => recognises(before, rest))) return { kind: 'again' }
  return failed('changed', `The menu has changed: ${what(step)} is not offered in "${text.slice(0, 300)}".`)
}

const press = (key: string): TravelMove => ({ kind: 'press', key, moved: false })
const failed = (code: TravelFailure, sentence: string): TravelMove => ({ kind: 'failed', code, sentence })
const what = ({ key, label }: TravelStep): string => (label === '' ? `key ${key}` : `key ${key} for ${label}`)

const anywhere = (words: readonly HeardWord[], test: (rest: readonly HeardWord[]) => boolean): boolean =>
  beginnings(words).some((from) => test(words.slice(from)))

/** Of an unknown label the menu must be known. */
const isFor = (offered: HeardOption, { label }: TravelStep, known: boolean): boolean =>
  label === '' || offered.label === '' ? known : labelLikeness(offered.label, label) >= likeLabel

function otherKey(options: readonly HeardOption[], { key, label }: TravelStep): string | undefined {
  if (label === '') return undefined
  const like = options
    .filter((option) => option.key !== key && option.confidence >= sure)
    .map((option) => ({ key: option.key, likeness: labelLikeness(option.label, label) }))
    .filter(({ likeness }) => likeness >= likeLabel)
    .sort((a, b) => b.likeness - a.likeness)
  return like[0]?.key
}

/** The way to a node that a scan has heard; `undefined` where there is none. */
export function stepsTo(tree: ScanTree, id: string): readonly TravelStep[] | undefined {
  const target = tree.nodes.get(id)
  if (target === undefined) return undefined
  const steps: TravelStep[] = []
  for (const [i, key] of target.way.entries()) {
    const node = tree.nodes.get(idOf(target.way.slice(0, i)))
    if (node === undefined) return undefined
    const label = node.options.find((option) => option.key === key)?.label ?? ''
    steps.push({ readings: node.readings, key, label })
  }
  return steps
}
