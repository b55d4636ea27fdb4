/** A key as it was heard, in the order of the prompt; '' where it was not understood. */
export interface OrderedKey {
  readonly keys: string
  /** 0–1. */
  readonly confidence: number
  /** A key that it also sounds like. */
  readonly sounds?: string
  /** It leads back or says the menu again, as star and pound mostly do. */
  readonly returns?: boolean
  /** It was recognised, not read: it may be mistaken however sure it sounds. */
  readonly recognised?: boolean
}

/** Taken for each other most often where a line hisses: nine and five for one, five and nine. */
const mistaken = new Set(['1 9', '1 5', '1 4', '5 9'])
const mistakes = (a: string, b: string): boolean => mistaken.has([a, b].sort().join(' '))
/** What star and pound are heard as. */
const signsBehind: Readonly<Record<string, string>> = { '4': '*', '1': '#' }

/**
 * Menus count 1, 2, 3 … mostly. A key that was lost is filled in from its neighbours, and one that stands twice, or falls out of a row
 * on both sides, is put right where it was not heard well. What cannot be filled in stays ''.
 */
export function orderKeys(heard: readonly OrderedKey[]): readonly OrderedKey[] {
  const keys = heard.map((key) => ({ ...key }))
  const digit = (i: number): number | undefined => {
    const key = keys[i]?.keys
    return key !== undefined && /^[1-9]$/.test(key) ? Number(key) : undefined
  }
  const taken = (key: string, except: number): boolean => keys.some((other, i) => i !== except && other.keys === key)
  keys.forEach((key, i) => {
    const fits = expected(
      digit(i - 1),
      digit(i + 1),
      i === 0,
      i === keys.length - 1,
      i - 1 > 0 ? digit(i - 2) : undefined,
    )
    const twice = key.keys !== '' && keys.findIndex((other) => other.keys === key.keys) < i
    // Behind zero, star or pound the count is over.
    const outside = key.recognised === true && /^[0*#]$/.test(keys[i - 1]?.keys ?? '')
    const sign = key.returns === true && (twice || outside) ? signsBehind[key.keys] : undefined
    if (sign !== undefined && !taken(sign, i)) {
      keys[i] = { ...key, keys: sign, confidence: 0.5 }
      return
    }
    // Who has the key further on is mistaken as well, then: it comes before those that it follows.
    const counts = i > 0 || keys.length === 2 || digit(2) === 3
    const swapped = key.recognised === true && fits?.sure === true && counts && mistakes(key.keys, fits.key)
    if (fits === undefined || keys.some((other, k) => (swapped ? k < i : k !== i) && other.keys === fits.key)) {
      // Nothing speaks for what it sounds like but the sound.
      if (key.keys === '' && key.sounds !== undefined && !taken(key.sounds, i))
        keys[i] = { ...key, keys: key.sounds, confidence: 0.3 }
      return
    }
    if (key.keys === '') {
      const confidence = key.sounds === fits.key ? 0.85 : fits.sure ? 0.6 : 0.45
      keys[i] = { ...key, keys: fits.key, confidence }
      return
    }
    if (key.keys === fits.key) {
      keys[i] = { ...key, confidence: key.confidence + (1 - key.confidence) * (fits.sure ? 0.5 : 0.25) }
      return
    }
    const misheard = twice
      ? key.confidence < 0.95 || fits.sure
      : fits.sure && (swapped || key.confidence < (key.recognised === true ? 0.75 : 0.6))
    if (misheard && /^[1-9]$/.test(key.keys)) keys[i] = { ...key, keys: fits.key, confidence: twice ? 0.5 : 0.4 }
  })
  return keys
}

/** What stands between its neighbours when the prompt counts. */
function expected(
  left: number | undefined,
  right: number | undefined,
  first: boolean,
  last: boolean,
  farLeft: number | undefined,
): { readonly key: string; readonly sure: boolean } | undefined {
  if (left !== undefined && right === left + 2) return { key: String(left + 1), sure: true }
  if (first && right === 2) return { key: '1', sure: true }
  const counting = left !== undefined && left < 9 && (left === 1 || farLeft === left - 1)
  if (counting && (last || right === undefined)) return { key: String(left + 1), sure: false }
  return undefined
}
