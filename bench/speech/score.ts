/** What was recognised against what was said. */
export interface Score {
  /** Words that were said. */
  readonly words: number
  /** Substituted, left out and put in. */
  readonly errors: number
  /** Keys that were to be pressed or dialled, those heard in their place, and keys that were heard beside them. */
  readonly keys: number
  readonly keysHeard: number
  readonly keysInvented: number
}

export const nothing: Score = { words: 0, errors: 0, keys: 0, keysHeard: 0, keysInvented: 0 }

export function add(a: Score, b: Score): Score {
  return {
    words: a.words + b.words,
    errors: a.errors + b.errors,
    keys: a.keys + b.keys,
    keysHeard: a.keysHeard + b.keysHeard,
    keysInvented: a.keysInvented + b.keysInvented,
  }
}

const keys = new Set('zero one two three four five six seven eight nine star pound'.split(' '))
const verbs = new Set(['press', 'dial', 'select'])

/** Places of keys that follow a verb, or another such key (`four one`). */
function keyPlaces(words: readonly string[]): Set<number> {
  const places = new Set<number>()
  words.forEach((word, i) => {
    const before = words[i - 1] ?? ''
    if (keys.has(word) && (verbs.has(before) || places.has(i - 1))) places.add(i)
  })
  return places
}

export function score(said: readonly string[], heard: readonly string[]): Score {
  const { errors, matches } = align(said, heard)
  const wanted = keyPlaces(said)
  const found = keyPlaces(heard)
  let keysHeard = 0
  for (const [i, j] of matches) if (wanted.has(i) && said[i] === heard[j]) keysHeard++
  const matched = new Map(matches.map(([i, j]) => [j, i]))
  let keysInvented = 0
  for (const j of found) {
    const i = matched.get(j)
    if (i === undefined || said[i] !== heard[j]) keysInvented++
  }
  return { words: said.length, errors, keys: wanted.size, keysHeard, keysInvented }
}

/** The cheapest way to make one of the other (Levenshtein over words). */
function align(said: readonly string[], heard: readonly string[]) {
  const cost = Array.from({ length: said.length + 1 }, () => new Array<number>(heard.length + 1).fill(0))
  const at = (i: number, j: number): number => cost[i]?.[j] ?? 0
  for (let i = 0; i <= said.length; i++) {
    for (let j = 0; j <= heard.length; j++) {
      const row = cost[i] as number[]
      if (i === 0 || j === 0) row[j] = i + j
      else
        row[j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (said[i - 1] === heard[j - 1] ? 0 : 1))
    }
  }
  const matches: [number, number][] = []
  let [i, j] = [said.length, heard.length]
  while (i > 0 && j > 0) {
    const same = said[i - 1] === heard[j - 1] ? 0 : 1
    if (at(i, j) === at(i - 1, j - 1) + same) matches.push([--i, --j])
    else if (at(i, j) === at(i - 1, j) + 1) i--
    else j--
  }
  return { errors: at(said.length, heard.length), matches }
}
