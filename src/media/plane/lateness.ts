import type { Lateness } from '../plane.ts'

/** Bins of 0.1 ms up to 100 ms; the last takes everything later. */
const BINS = 1000
const BIN_MS = 0.1
const SECONDS = 5

/** How late packets went out over the last five seconds: one histogram per second, the oldest is emptied and used again. */
export class LatenessMeter {
  readonly #seconds = Array.from({ length: SECONDS }, () => new Uint32Array(BINS))
  readonly #max = new Float64Array(SECONDS)
  readonly #sum = new Uint32Array(BINS)
  #now = 0
  #rolledAt = 0

  add(lateMs: number): void {
    const late = Math.max(0, lateMs)
    this.#seconds[this.#now]![Math.min(BINS - 1, Math.floor(late / BIN_MS))]!++
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

/** Upper edge of the bin in which it lies. */
function percentile(bins: Uint32Array, total: number, share: number): number {
  if (total === 0) return 0
  let seen = 0
  for (let i = 0; i < bins.length; i++) {
    seen += bins[i]!
    if (seen >= total * share) return Math.round((i + 1) * BIN_MS * 10) / 10
  }
  return bins.length * BIN_MS
}
