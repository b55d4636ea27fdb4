const CIRCLE = 65_536

/**
 * The 48 bit index that a sequence number most likely stands for, next to the highest one so far (RFC 3711 §3.3.1).
 * @param highest -1 before the first
 */
export function packetIndex(sequence: number, highest: number): number {
  if (highest < 0) return sequence
  const rounds = Math.floor(highest / CIRCLE)
  const last = highest % CIRCLE
  if (last < CIRCLE / 2) {
    const before = sequence - last > CIRCLE / 2 && rounds > 0
    return (before ? rounds - 1 : rounds) * CIRCLE + sequence
  }
  return (last - CIRCLE / 2 > sequence ? rounds + 1 : rounds) * CIRCLE + sequence
}

/** The rollover counter of an index. */
export const roundsOf = (index: number): number => Math.floor(index / CIRCLE)
