import type { HeardOption } from './understand.ts'

/** So many times as long as from one key to the next otherwise: another was said in between. */
const longer = 1.55
/** Behind the count labels tell less of that: they reach people and lead back. */
const longerBehind = 1.9
/** It was not heard at all. */
const unheard = 0.4
/** Fewer distances tell nothing. */
const leastDistances = 2

/**
 * A clause that was lost as a whole leaves a hole: its key is missing between two that count on, or behind the last that does, and the time
 * from the one to the other is that of two. Such a key is told, without a label, for a scan to hear once more or to press.
 * @param keyMs when the key of each was said
 */
export function withGaps(
  options: readonly HeardOption[],
  keyMs: ReadonlyMap<HeardOption, number>,
): readonly HeardOption[] {
  const at = (option: HeardOption): number => keyMs.get(option) ?? option.words.fromMs
  const distances = options.slice(1).map((option, i) => at(option) - at(options[i]!))
  const usual = median(distances.filter((_, i) => step(options[i]!, options[i + 1]!) === 1))
  if (distances.length < leastDistances || usual === undefined) return options
  return options.flatMap((option, i) => {
    const next = options[i + 1]
    if (next === undefined || !/^[1-8]$/.test(option.key)) return [option]
    const least = step(option, next) === 2 ? longer : /^[0*#]$/.test(next.key) ? longerBehind : Number.POSITIVE_INFINITY
    if (distances[i]! < least * usual) return [option]
    const key = String(Number(option.key) + 1)
    if (options.some((other) => other.key === key)) return [option]
    const { words: first } = option
    const words = { ...first, to: next.words.to, toMs: next.words.toMs }
    return [option, { key, label: '', role: 'branch', confidence: unheard, words }]
  })
}

/** How much further it counts; `undefined` where one of them is no digit. */
function step(option: HeardOption, next: HeardOption): number | undefined {
  return /^[1-9]$/.test(option.key) && /^[1-9]$/.test(next.key) ? Number(next.key) - Number(option.key) : undefined
}

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}
