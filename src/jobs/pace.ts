import type { Clock } from '../base/clock.ts'

/** Spaces what is sent by each carrier. */
export class Pace {
  readonly #clock: Clock
  readonly #rate: (carrier: string) => number | undefined
  /** When the next may go, monotonic. */
  readonly #next = new Map<string, number>()

  /** @param rate sendings a second; `undefined`: as they come */
  constructor(clock: Clock, rate: (carrier: string) => number | undefined) {
    this.#clock = clock
    this.#rate = rate
  }

  /** How long the next of this carrier must wait. A turn that is taken is used up. */
  take(carrier: string): number {
    const now = this.#clock.now()
    const at = Math.max(now, this.#next.get(carrier) ?? now)
    const rate = this.#rate(carrier)
    if (rate !== undefined) this.#next.set(carrier, at + 1000 / rate)
    return at - now
  }

  /** Resolves when it is the turn of the next. */
  turn(carrier: string): Promise<void> {
    const ms = this.take(carrier)
    return ms <= 0 ? Promise.resolve() : new Promise((resolve) => void this.#clock.after(ms, resolve))
  }

  /** Nothing goes out by this carrier for so long. */
  hold(carrier: string, ms: number): void {
    this.#next.set(carrier, Math.max(this.#next.get(carrier) ?? 0, this.#clock.now() + ms))
  }
}
