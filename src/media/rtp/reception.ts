import { sequenceDistance } from './packet.ts'

// RFC 3550 A.1, A.3 and A.8: what a receiver counts for its reports.
const MAX_DROPOUT = 3000
const MAX_MISORDER = 100
const CLOCK_RATE = 8 // per millisecond

/** Counts of one received stream. A new SSRC starts a new count; totals go on. */
export class Reception {
  ssrc = 0
  started = false
  packets = 0
  bytes = 0
  /** In timestamp units. */
  jitter = 0
  #lostBefore = 0
  #base = 0
  #highest = 0
  #cycles = 0
  #received = 0
  #badNext = -1
  #transit = 0
  #hasTransit = false
  #expectedPrior = 0
  #receivedPrior = 0

  /**
   * @param at arrival, monotonic milliseconds
   * @param audio false for telephone-events: their timestamps stand still and say nothing about jitter
   * @returns 'start' for the first of a source or a restart, 'ok', or 'odd' for one far off the sequence (RFC 3550 A.1)
   */
  packet(
    ssrc: number,
    sequence: number,
    timestamp: number,
    length: number,
    at: number,
    audio: boolean,
  ): 'start' | 'ok' | 'odd' {
    let verdict: 'start' | 'ok' = 'ok'
    if (!this.started || ssrc !== this.ssrc) {
      this.#restart(ssrc, sequence)
      verdict = 'start'
    } else {
      const ahead = (sequence - this.#highest) & 0xffff
      if (ahead < MAX_DROPOUT) {
        if (sequence < this.#highest) this.#cycles += 65536
        this.#highest = sequence
      } else if (ahead <= 65536 - MAX_MISORDER) {
        if (sequence !== this.#badNext) {
          this.#badNext = (sequence + 1) & 0xffff
          return 'odd'
        }
        this.#restart(ssrc, sequence)
        verdict = 'start'
      }
    }
    this.#received++
    this.packets++
    this.bytes += length
    if (audio) this.#measureJitter(timestamp, at)
    return verdict
  }

  /** A talk spurt or another payload type: the pause before it is not jitter. */
  forgetTransit(): void {
    this.#hasTransit = false
  }

  get lost(): number {
    return Math.max(0, this.#lostBefore + this.#expected() - this.#received)
  }

  /** Highest sequence number with its cycles, as reports carry it. */
  get extendedHighest(): number {
    return (this.#cycles + this.#highest) >>> 0
  }

  /** Share of packets lost since the last call, 0–255 (RFC 3550 A.3). */
  takeFractionLost(): number {
    const expected = this.#expected()
    const inInterval = expected - this.#expectedPrior
    const lost = inInterval - (this.#received - this.#receivedPrior)
    this.#expectedPrior = expected
    this.#receivedPrior = this.#received
    return inInterval <= 0 || lost <= 0 ? 0 : Math.min(255, Math.floor((lost * 256) / inInterval))
  }

  #expected(): number {
    return this.started ? this.#cycles + this.#highest - this.#base + 1 : 0
  }

  #restart(ssrc: number, sequence: number): void {
    if (this.started) this.#lostBefore += Math.max(0, this.#expected() - this.#received)
    this.started = true
    this.ssrc = ssrc
    this.#base = sequence
    this.#highest = sequence
    this.#cycles = 0
    this.#received = 0
    this.#badNext = -1
    this.#expectedPrior = 0
    this.#receivedPrior = 0
    this.#hasTransit = false
  }

  #measureJitter(timestamp: number, at: number): void {
    const transit = (Math.round(at * CLOCK_RATE) - timestamp) | 0
    if (this.#hasTransit) {
      const d = Math.abs((transit - this.#transit) | 0)
      this.jitter += (d - this.jitter) / 16
    }
    this.#transit = transit
    this.#hasTransit = true
  }
}

/** True when `sequence` comes after `last` on the circle. */
export const isNewer = (sequence: number, last: number): boolean => sequenceDistance(sequence, last) > 0
