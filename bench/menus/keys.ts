import type { Chance } from './draw.ts'

/**
 * How a menu gives its keys: 1, 2, 3 …; with holes; counted and said in another order; of two digits; counted, with two keys for one label.
 */
export type KeyForm = 'counting' | 'gaps' | 'shuffled' | 'codes' | 'doubled'

/** Half of all menus count. */
const shares: readonly KeyForm[] = [
  ...(['counting', 'counting', 'counting', 'counting', 'counting'] as const),
  ...(['gaps', 'gaps', 'shuffled', 'codes', 'doubled'] as const),
]

export const drawForm = (chance: Chance): KeyForm => chance.oneOf(shares)

const last = 9

/** The keys of each option, in the order in which they are said. @param count of options, 2 to 7 */
export function drawKeys(chance: Chance, form: KeyForm, count: number): readonly (readonly string[])[] {
  const counted = Array.from({ length: count }, (_, i) => String(i + 1))
  switch (form) {
    case 'counting':
      return counted.map((key) => [key])
    case 'gaps':
      return withHoles(chance, counted).map((key) => [key])
    case 'shuffled':
      return shuffled(chance, counted).map((key) => [key])
    case 'codes':
      return codes(chance, count).map((key) => [key])
    case 'doubled': {
      const twice = chance.below(count)
      return counted.map((key, i) => (i === twice ? [key, String(i + 2)] : [i < twice ? key : String(i + 2)]))
    }
  }
}

/** At least one key is left out, none behind the 9. */
function withHoles(chance: Chance, counted: readonly string[]): readonly string[] {
  const holes = 1 + chance.below(Math.min(2, last - counted.length))
  const left = new Set<number>()
  while (left.size < holes) left.add(1 + chance.below(counted.length + holes - 1))
  return Array.from({ length: counted.length + holes }, (_, i) => i + 1)
    .filter((digit) => !left.has(digit))
    .map(String)
}

/** Fisher–Yates. */
function shuffled(chance: Chance, keys: readonly string[]): readonly string[] {
  const all = [...keys]
  for (let i = all.length - 1; i > 0; i--) {
    const k = chance.below(i + 1)
    const [a, b] = [all[i]!, all[k]!]
    all[i] = b
    all[k] = a
  }
  return all
}

/** None of them is the beginning of another, nor begins with the zero of an operator. */
function codes(chance: Chance, count: number): readonly string[] {
  const all = new Set<string>()
  while (all.size < count) all.add(`${1 + chance.below(last)}${1 + chance.below(last)}`)
  return [...all].sort()
}
