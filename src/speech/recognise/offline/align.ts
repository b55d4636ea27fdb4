import { dice } from '../../../base/dice.ts'

/**
 * What two transcripts of one sound have in one place: words that are the same, or those of each where they differ. A word that sounds like
 * the other's ("for", "four") is a stretch of its own: which of the two it is has nothing to do with the words beside it. So is the verb of a key.
 */
export interface Stretch {
  readonly same: boolean
  /** Places in the first and in the second transcript: from, and behind the last. */
  readonly first: readonly [from: number, to: number]
  readonly second: readonly [from: number, to: number]
}

/** One word left out, or put in. */
const gapCost = 1
/** One word for another: less than one left out and one put in, less still where they are spelt alike. */
const otherCost = 1.6
/** One that sounds like the other. */
const alikeCost = 0.3

/**
 * Lays two transcripts side by side, the cheapest way (Levenshtein over words, words that are spelt alike being nearer), as stretches that
 * are the same and stretches that differ, in turn. Pure.
 */
export function alignWords(first: readonly string[], second: readonly string[]): readonly Stretch[] {
  const rows = first.length + 1
  const columns = second.length + 1
  const cost = new Float64Array(rows * columns)
  const at = (i: number, j: number): number => cost[i * columns + j] ?? 0
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      if (i === 0 || j === 0) cost[i * columns + j] = (i + j) * gapCost
      else {
        const swapped = at(i - 1, j - 1) + swapCost(first[i - 1]!, second[j - 1]!)
        cost[i * columns + j] = Math.min(swapped, at(i - 1, j) + gapCost, at(i, j - 1) + gapCost)
      }
    }
  }
  const steps: Step[] = []
  let [i, j] = [first.length, second.length]
  while (i > 0 || j > 0) {
    const [a = '', b = ''] = [first[i - 1], second[j - 1]]
    const swapped = i > 0 && j > 0 && at(i, j) === at(i - 1, j - 1) + swapCost(a, b)
    if (swapped) steps.push({ first: 1, second: 1, kind: a === b ? 'same' : alike(a, b) ? 'alike' : 'other' })
    else if (i > 0 && at(i, j) === at(i - 1, j) + gapCost) steps.push({ first: 1, second: 0, kind: 'other' })
    else steps.push({ first: 0, second: 1, kind: 'other' })
    i -= steps.at(-1)!.first
    j -= steps.at(-1)!.second
  }
  return verbsApart(stretches(steps.reverse()), first, second)
}

const verbs = new Set(['press', 'dial', 'select'])
const keys = new Set('zero one two three four five six seven eight nine star pound the'.split(' '))

/** Whose words are right before a key tells nothing of its verb: "dot website dial", "directory nigel". */
function verbsApart(all: readonly Stretch[], first: readonly string[], second: readonly string[]): readonly Stretch[] {
  return all.flatMap((stretch, i): readonly Stretch[] => {
    const next = all[i + 1]
    const [[from, to], [begin, end]] = [stretch.first, stretch.second]
    const ends = verbs.has(first[to - 1] ?? '') || verbs.has(second[end - 1] ?? '')
    const long = to - from >= 2 && end - begin >= 2
    if (stretch.same || !ends || !long || next?.same !== true || !keys.has(first[to] ?? '')) return [stretch]
    return [
      { same: false, first: [from, to - 1], second: [begin, end - 1] },
      { same: false, first: [to - 1, to], second: [end - 1, end] },
    ]
  })
}

interface Step {
  /** Words of each that it takes. */
  readonly first: number
  readonly second: number
  readonly kind: 'same' | 'alike' | 'other'
}

function stretches(steps: readonly Step[]): readonly Stretch[] {
  const all: Stretch[] = []
  let [i, j] = [0, 0]
  let before: Step['kind'] | undefined
  for (const { first, second, kind } of steps) {
    const from = kind === before && kind !== 'alike' ? all.pop() : undefined
    const [left, right] = [from?.first[0] ?? i, from?.second[0] ?? j]
    i += first
    j += second
    all.push({ same: kind === 'same', first: [left, i], second: [right, j] })
    before = kind
  }
  return all
}

function swapCost(a: string, b: string): number {
  if (a === b) return 0
  return alike(a, b) ? alikeCost : otherCost - 0.8 * spelling(a, b)
}

/** Keys and their verb, and the words that sound like them on a telephone. */
const homophones = [
  ['for', 'four', 'fourth', 'fore'],
  ['to', 'two', 'too'],
  ['one', 'won'],
  ['eight', 'ate'],
  ['press', 'pressed', 'dress', 'rest', 'breast'],
] as const

const alike = (a: string, b: string): boolean =>
  homophones.some((words: readonly string[]) => words.includes(a) && words.includes(b))

/** 0–1: by the pairs of letters that two words have in common. */
const spelling = (a: string, b: string): number => dice(pairs(a), pairs(b))

const pairs = (word: string): readonly string[] =>
  Array.from({ length: word.length + 1 }, (_, i) => ` ${word} `.slice(i, i + 2))
