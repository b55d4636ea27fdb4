/** What two transcripts of one sound have in one place: words that are the same, or those of each where they differ. */
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
  const same: boolean[] = []
  const steps: [di: number, dj: number][] = []
  let [i, j] = [first.length, second.length]
  while (i > 0 || j > 0) {
    const swapped = i > 0 && j > 0 && at(i, j) === at(i - 1, j - 1) + swapCost(first[i - 1]!, second[j - 1]!)
    const step: [number, number] = swapped ? [1, 1] : i > 0 && at(i, j) === at(i - 1, j) + gapCost ? [1, 0] : [0, 1]
    same.push(swapped && first[i - 1] === second[j - 1])
    steps.push(step)
    i -= step[0]
    j -= step[1]
  }
  return stretches(same.reverse(), steps.reverse())
}

function stretches(same: readonly boolean[], steps: readonly (readonly [number, number])[]): readonly Stretch[] {
  const all: Stretch[] = []
  let [i, j] = [0, 0]
  steps.forEach(([di, dj], k) => {
    const last = all.at(-1)
    const from = last?.same === same[k] ? all.pop()! : { first: [i, i], second: [j, j] }
    i += di
    j += dj
    all.push({ same: same[k]!, first: [from.first[0]!, i], second: [from.second[0]!, j] })
  })
  return all
}

function swapCost(a: string, b: string): number {
  if (a === b) return 0
  return otherCost - 0.8 * spelling(a, b)
}

/** 0–1: the share of pairs of letters that two words have in common (Dice). */
export function spelling(a: string, b: string): number {
  const pairs = (word: string): string[] =>
    Array.from({ length: word.length + 1 }, (_, i) => ` ${word} `.slice(i, i + 2))
  const [left, right] = [pairs(a), pairs(b)]
  let shared = 0
  const rest = [...right]
  for (const pair of left) {
    const found = rest.indexOf(pair)
    if (found < 0) continue
    rest.splice(found, 1)
    shared++
  }
  return (2 * shared) / (left.length + right.length)
}
