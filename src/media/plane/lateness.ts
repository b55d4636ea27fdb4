import type { Lateness } from '../plane.ts'

/** Bins of 0.1 ms up to 100 ms; the last takes everything later. */
const BINS = 1000
const BIN_MS = 0.1
const SECONDS = 5

/** How late packets went out over the last five seconds, one histogram per second, the oldest is emptied and used again; and since the start, in one. */
export class LatenessMeter {
  readonly #seconds = Array.from({ length: SECONDS }, () => new Uint32Array(BINS))
  readonly #max = new Float64Array(SECONDS)
  readonly #sum = new Uint32Array(BINS)
  /** A service that runs for weeks sends more than 32 bits can count. */
  readonly #since = new Float64Array(BINS)
  #now = 0
  #rolledAt = 0

  add(lateMs: number): void {
    const late = Math.max(0, lateMs)
    const bin = Math.min(BINS - 1, Math.floor(late / BIN_MS))
    this.#seconds[this.#now]![bin]!++
    this.#since[bin]!++
    if (late > this.#max[this.#now]!) this.#max[this.#now] = late
  }

  /** @returns true when a new second began */
  roll(now: number): boolean {
    if (now - this.#rolledAt < 1000) return false
    this.#rolledAt = now
    this.#now = (this.#now + 1) % SECONDS
    this.#seconds[this.#now]!.fill(0)
    this.#max[this.#now] = 0
    return true
  }

  /** p99 of the second that ended with the last `roll`. */
  lastSecondP99(): number {
    const bins = this.#seconds[(this.#now + SECONDS - 1) % SECONDS]!
    let total = 0
    for (let i = 0; i < BINS; i++) total += bins[i]!
    return percentile(bins, total, 0.99)
  }

  /** Packets since the start by how late they were, in steps of 0.1 ms, up to the latest. */
  counts(): readonly number[] {
    return [...this.#since.subarray(0, this.#since.findLastIndex((count) => count > 0) + 1)]
  }

  read(): Lateness {
    const sum = this.#sum.fill(0)
    let total = 0
    for (const second of this.#seconds) {
      for (let i = 0; i < BINS; i++) {
        sum[i]! += second[i]!
        total += second[i]!
      }
    }
    return {
      p50Ms: percentile(sum, total, 0.5),
      p99Ms: percentile(sum, total, 0.99),
      maxMs: Math.max(...this.#max),
    }
  }
}

/** p99 of all packets of several threads, by the counts of each. Pure. */
export function p99Of(counts: readonly (readonly number[])[]): number {
  const sum = Array.from({ length: BINS }, (_, bin) => counts.reduce((all, one) => all + (one[bin] ?? 0), 0))
  return percentile(
    sum,
    sum.reduce((all, one) => all + one, 0),
    0.99,
  )
}

/** Upper edge of the bin in which it lies. */
function percentile(bins: ArrayLike<number>, total: number, share: number): number {
  if (total === 0) return 0
  let seen = 0
  for (let i = 0; i < bins.length; i++) {
    seen += bins[i]!
    if (seen >= total * share) return Math.round((i + 1) * BIN_MS * 10) / 10
  }
  return bins.length * BIN_MS
}
