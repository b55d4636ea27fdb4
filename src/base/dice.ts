/** Dice's coefficient of two bags, 0–1: what they have in common of what both have. */
export function dice(left: readonly string[], right: readonly string[]): number {
  const rest = new Map<string, number>()
  for (const each of right) rest.set(each, (rest.get(each) ?? 0) + 1)
  let shared = 0
  for (const each of left) {
    const n = rest.get(each) ?? 0
    if (n === 0) continue
    rest.set(each, n - 1)
    shared++
  }
  return shared === 0 ? 0 : (2 * shared) / (left.length + right.length)
}
