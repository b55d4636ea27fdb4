/** RFC 2782, as node:dns gives it. */
export interface SrvRecord {
  readonly name: string
  readonly port: number
  readonly priority: number
  readonly weight: number
}

/**
 * The order in which targets are tried: lower priorities first, and among equals by chance in proportion to their
 * weight (RFC 2782, "Usage rules").
 * @param random 0 to 1, 1 excluded
 */
export function orderSrv(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  const priorities = [...new Set(records.map(({ priority }) => priority))].sort((a, b) => a - b)
  return priorities.flatMap((priority) =>
    byWeight(
      records.filter((record) => record.priority === priority),
      random,
    ),
  )
}

function byWeight(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  // Those of weight 0 come first in the running sum, so that they have a small chance of being chosen.
  const left = [...records].sort((a, b) => Number(a.weight !== 0) - Number(b.weight !== 0))
  const ordered: SrvRecord[] = []
  while (left.length > 0) {
    const chosen = Math.floor(random() * (left.reduce((sum, { weight }) => sum + weight, 0) + 1))
    let sum = 0
    const at = left.findIndex(({ weight }) => {
      sum += weight
      return sum >= chosen
    })
    ordered.push(...left.splice(Math.max(at, 0), 1))
  }
  return ordered
}
