/** Repeatable numbers: the same seed gives the same recordings. */
export interface Random {
  /** 0 to 1. */
  next(): number
  between(low: number, high: number): number
  of<T>(all: readonly T[]): T
}

export function random(seed: number): Random {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bf03635) >>> 0
  // Mulberry32.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    between: (low, high) => low + next() * (high - low),
    of: (all) => all[Math.floor(next() * all.length)]!,
  }
}
