import type { HeardWord } from '../../phone/listen.ts'
import type { HeardOption } from './understand.ts'

/** So many times as long as from one key to the next otherwise: another was said in between. */
const longer = 1.55
/** Behind the count labels tell less of that: they reach people and lead back. */
const longerBehind = 1.9
/** It was not heard at all. */
const unheard = 0.4
/** Fewer distances tell nothing. */
const leastDistances = 2

/** So much of the time of one option must have passed without words that say keys or what for: a long label is no hole. */
const emptyShare = 0.5

/** Where nothing at all was heard for so long, and so many times as long as elsewhere, less time tells that a key was lost. */
const silentMs = 1200
const longerUnheard = 2
const longerThere = 1.25
/** No word lasts longer: what was taken for one lies over others. */
const longestWordMs = 900

/**
 * A clause that was lost as a whole leaves a hole: its key is missing between two that count on, or behind the last that does, the time
 * from the one to the other is that of two, and what was said in it does not fill it. Such a key is told, without a label, for a scan to hear once
 * more or to press.
 * @param keyMs when the key of each was said
 * @param words all that was heard
 * @param said those that keys and labels were found in
 */
export function withGaps(
  options: readonly HeardOption[],
  keyMs: ReadonlyMap<HeardOption, number>,
  words: readonly HeardWord[],
  said: readonly HeardWord[],
): readonly HeardOption[] {
  const at = (option: HeardOption): number => keyMs.get(option) ?? option.words.fromMs
  const steps = options.slice(1).map((next, i): Step => {
    const [fromMs, toMs] = [at(options[i]!), at(next)]
    const [ms, unheardMs] = [toMs - fromMs, longestSilence(words, fromMs, toMs)]
    return { ms, unheardMs, emptyMs: ms - filledMs(said, fromMs, toMs), count: count(options[i]!, next) }
  })
  // Keys of one label are said in one breath.
  const usual = steps.filter(({ count, ms }) => count === 1 && ms > 0)
  const [usualMs, usualEmptyMs] = [median(usual.map(({ ms }) => ms)), median(usual.map(({ emptyMs }) => emptyMs))]
  if (steps.length < leastDistances || usualMs === undefined || usualEmptyMs === undefined) return options
  const usualUnheardMs = median(steps.map(({ unheardMs }) => unheardMs)) ?? 0
  return options.flatMap((option, i) => {
    const next = options[i + 1]
    const step = steps[i]
    if (next === undefined || step === undefined || !/^[1-8]$/.test(option.key)) return [option]
    const key = String(Number(option.key) + 1)
    if (options.some((other) => other.key === key)) return [option]
    const hole = step.count === 2 && step.unheardMs >= Math.max(silentMs, longerUnheard * usualUnheardMs)
    if (hole && step.ms >= longerThere * usualMs) return [option, holeAt(option, next, key)]
    const least = step.count === 2 ? longer : /^[0*#]$/.test(next.key) ? longerBehind : Number.POSITIVE_INFINITY
    if (step.ms < least * usualMs || step.emptyMs - usualEmptyMs < emptyShare * usualMs) return [option]
    return [option, holeAt(option, next, key)]
  })
}

function holeAt({ words: first }: HeardOption, next: HeardOption, key: string): HeardOption {
  const words = { ...first, to: next.words.to, toMs: next.words.toMs }
  return { key, label: '', role: 'branch', confidence: unheard, gap: true, words }
}

/** From one option to the next. */
interface Step {
  readonly ms: number
  /** The longest stretch of it without any word. */
  readonly unheardMs: number
  /** Of that, without words that were understood. */
  readonly emptyMs: number
  readonly count: number | undefined
}

const filledMs = (said: readonly HeardWord[], fromMs: number, toMs: number): number =>
  said.reduce((sum, word) => sum + Math.max(0, Math.min(word.toMs, toMs) - Math.max(word.fromMs, fromMs)), 0)

function longestSilence(words: readonly HeardWord[], fromMs: number, toMs: number): number {
  const within = words.filter((word) => word.fromMs >= fromMs && word.fromMs < toMs)
  const ends = within.map((word) => Math.min(word.toMs, word.fromMs + longestWordMs))
  return Math.max(0, ...ends.map((end, i) => (within[i + 1]?.fromMs ?? toMs) - end))
}

/** How much further it counts; `undefined` where one of them is no digit. */
function count(option: HeardOption, next: HeardOption): number | undefined {
  return /^[1-9]$/.test(option.key) && /^[1-9]$/.test(next.key) ? Number(next.key) - Number(option.key) : undefined
}

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}
