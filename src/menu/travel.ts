import type { HeardTone, HeardWord } from '../phone/listen.ts'
import { beginnings } from './scan/hearing.ts'
import { recognises } from './scan/recognise.ts'
import { idOf, type ScanTree, stateOf } from './scan/tree.ts'
import { sameLabel } from './understand/likeness.ts'
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

/** Whether the step waits for what its menu says; otherwise speech and a pause will do. */
export const needsWords = ({ readings }: TravelStep): boolean => readings.length > 0

/** What was heard since the last key, or since the call was answered. */
export interface TravelHeard {
  readonly words: readonly HeardWord[]
  /** Something was said, whether or not its words are known. */
  readonly spoken: boolean
  readonly tones: readonly HeardTone[]
  /** Why something that was said has no words. */
  readonly untranscribed: string | undefined
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
/** Others may say it more slowly, as a text does that is read: its words have 300 ms each here. */
const slower = 1.5
const mostMs = 120_000
/** Whoever is in doubt waits so long for the prompt to be said once more. */
const doubtMs = 8000
/** Between a prompt and the next time that it is said. */
const betweenMs = 2000
const sure = 0.5
/** More than an option has in common with the next one. */
const openingWords = 6

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
  const ended = (code: TravelFailure, what: string): TravelMove => failed(code, `${what}${deafness(heard)}`)
  if (heard.hungUp) return ended('hung_up', 'The far end hung up on the way')
  if (tones.includes('busy') || tones.includes('congestion')) return ended('busy', 'The line was busy')
  if (tones.includes('fax')) return failed('changed', 'A fax machine answered.')
  if (needsWords(step) ? words.length === 0 : !heard.spoken) {
    if (heard.silentMs >= silentMs)
      return heard.untranscribed === undefined
        ? failed('silent', 'Nothing was said.')
        : failed('lost', `What was said was not understood: ${heard.untranscribed}`)
    return heard.ms >= mostMs ? ended('lost', 'No menu was heard for two minutes') : { kind: 'wait' }
  }
  if (!needsWords(step)) return heard.silentMs >= pauseMs || heard.ms >= longMs ? press(step.key) : { kind: 'wait' }
  const known = anywhere(words, (rest) => recognises(step, rest))
  const { options } = understand(words)
  const offered = options.find(({ key, confidence }) => key === step.key && confidence >= sure)
  if (offered !== undefined && isFor(offered, step, known)) return press(step.key)
  const isLong = heard.ms >= Math.max(longMs, slower * lastsMs(step))
  if (heard.silentMs < overMs && !isLong) return { kind: 'wait' }

  const moved = otherKey(options, step)
  if (moved !== undefined) return { kind: 'press', key: moved, moved: true }
  if (known && stillThere(options, step, words)) return press(step.key)
  if (before !== undefined && anywhere(words, (rest) => recognises(before, rest))) return { kind: 'again' }
  const told = understand(saidOnce(words)).text.slice(0, 300)
  // A word may have been misheard: it counts what is said the second time as well.
  const heardOut = heard.silentMs >= doubtMs || isLong || saidTwice(words)
  if ((known || heard.untranscribed !== undefined || isInPart(options, step)) && !heardOut) return { kind: 'wait' }
  if (heard.untranscribed !== undefined) return ended('lost', `${what(step)} was not heard in "${told}"`)
  return failed('changed', `The menu has changed: ${what(step)} is not offered in "${told}".`)
}

/** How long its prompt is known to go on. */
const lastsMs = ({ readings }: TravelStep): number =>
  Math.max(0, ...readings.map(({ heard }) => heard.at(-1)?.toMs ?? 0))

const press = (key: string): TravelMove => ({ kind: 'press', key, moved: false })
const failed = (code: TravelFailure, sentence: string): TravelMove => ({ kind: 'failed', code, sentence })
/** How a sentence ends: with why words may be missing, where some are. */
const deafness = ({ untranscribed }: TravelHeard): string =>
  untranscribed === undefined ? '.' : `; not all was understood: ${untranscribed}`
const what = ({ key, label }: TravelStep): string => (label === '' ? `key ${key}` : `key ${key} for ${label}`)

const anywhere = (words: readonly HeardWord[], test: (rest: readonly HeardWord[]) => boolean): boolean =>
  beginnings(words).some((from) => test(words.slice(from)))

/** Of an unknown label the menu must be known. */
const isFor = (offered: HeardOption, step: TravelStep, known: boolean): boolean =>
  step.label === '' || offered.label === '' ? known : isWanted(step, offered.label)

/** As the key was heard to be for, in any hearing. */
const isWanted = ({ readings, key, label }: TravelStep, said: string): boolean =>
  [
    label,
    ...readings.flatMap(({ options }) => options.filter((option) => option.key === key).map(({ label }) => label)),
  ]
    .filter((known) => known !== '')
    .some((known) => sameLabel(known, said))

/** Of a known menu that was heard out: whether the key is for what it was for, though it was not understood in so many words. */
function stillThere(options: readonly HeardOption[], step: TravelStep, words: readonly HeardWord[]): boolean {
  if (step.label === '') return true
  const again = beginnings(words).flatMap((from) => understand(words.slice(from)).options)
  const offered = [...options, ...again].filter(({ key }) => key === step.key)
  if (offered.length > 0) return offered.some((option) => isWanted(step, option.label))
  return isSaid(step, words)
}

/** Its words are there, and those that told the key were not understood. */
function isSaid(step: TravelStep, words: readonly HeardWord[]): boolean {
  const long = step.label.split(' ').length
  return words.some((_, from) =>
    [long, long + 1].some((length) =>
      isWanted(
        step,
        words
          .slice(from, from + length)
          .map(({ word }) => word)
          .join(' '),
      ),
    ),
  )
}

/** Some option is as it was: the others may not have been understood. */
const isInPart = (options: readonly HeardOption[], { readings }: TravelStep): boolean =>
  options.some(({ key, label }) =>
    readings.some((reading) => reading.options.some((known) => known.key === key && sameLabel(known.label, label))),
  )

const saidTwice = (words: readonly HeardWord[]): boolean =>
  words.some((word, i) => i > 0 && word.fromMs - words[i - 1]!.toMs >= betweenMs)

/** Up to where it is said again: of as many words as it began with, most are the same. */
function saidOnce(words: readonly HeardWord[]): readonly HeardWord[] {
  const opening = words.slice(0, openingWords).map(({ word }) => word)
  const isAgain = (from: number): boolean => {
    const same = opening.filter((word, i) => words[from + i]?.word === word)
    return from >= opening.length && same.length * 2 > opening.length
  }
  return words.slice(
    0,
    beginnings(words).find((from) => isAgain(from)),
  )
}

const otherKey = (options: readonly HeardOption[], step: TravelStep): string | undefined =>
  step.label === ''
    ? undefined
    : options.find(({ key, label, confidence }) => key !== step.key && confidence >= sure && isWanted(step, label))?.key

/** The way to a node that a scan has heard, or to a key that leads back by its own words; `undefined` where there is none. */
export function stepsTo(tree: ScanTree, id: string): readonly TravelStep[] | undefined {
  const way = id === '' ? [] : id.split(',')
  if (!tree.nodes.has(id) && !leadsBack(tree, way)) return undefined
  const steps: TravelStep[] = []
  for (const [i, key] of way.entries()) {
    const node = tree.nodes.get(idOf(way.slice(0, i)))
    if (node === undefined) return undefined
    const label = node.options.find((option) => option.key === key)?.label ?? ''
    steps.push({ readings: node.readings, key, label })
  }
  return steps
}

function leadsBack(tree: ScanTree, way: readonly string[]): boolean {
  const node = tree.nodes.get(idOf(way.slice(0, -1)))
  const option = node?.options.find(({ key }) => key === way.at(-1))
  return node !== undefined && option !== undefined && stateOf(tree, node, option).kind === 'loop'
}
