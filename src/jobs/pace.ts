import type { Clock } from '../base/clock.ts'

/** `go`: after so many milliseconds, in the order of those that are told so. `later`: not worth waiting for; ask again then. */
export type Turn = { readonly kind: 'go' | 'later'; readonly ms: number }

/** Whoever goes sooner may wait where it is. Jobs are looked for every two seconds. */
const nearMs = 2500

/** Spaces what is sent by each carrier. */
export class Pace {
  readonly #clock: Clock
  readonly #rate: (carrier: string) => number | undefined
  /** When the next may go, monotonic. */
  readonly #next = new Map<string, number>()
  /** When the next of those goes that were told to come later. */
  readonly #later = new Map<string, number>()
  /** Texts that were told so. */
  readonly #waiting = new Set<string>()

  /** @param rate sendings a second; `undefined`: as they come */
  constructor(clock: Clock, rate: (carrier: string) => number | undefined) {
    this.#clock = clock
    this.#rate = rate
  }

  /** The turn of this text. Who comes back goes before who is new. */
  turn(carrier: string, id: string): Turn {
    const now = this.#clock.now()
    const back = this.#waiting.delete(id)
    const free = Math.max(now, this.#next.get(carrier) ?? now)
    const behind = Math.max(free, back ? now : (this.#later.get(carrier) ?? now))
    if (behind - now <= nearMs) return { kind: 'go', ms: this.take(carrier) }
    const at = Math.max(behind, this.#later.get(carrier) ?? now)
    const rate = this.#rate(carrier)
    this.#later.set(carrier, rate === undefined ? at : at + 1000 / rate)
    this.#waiting.add(id)
    return { kind: 'later', ms: at - now }
  }

  /** How long the next of this carrier must wait. A turn that is taken is used up. */
  take(carrier: string): number {
    const now = this.#clock.now()
    const at = Math.max(now, this.#next.get(carrier) ?? now)
    const rate = this.#rate(carrier)
    if (rate !== undefined) this.#next.set(carrier, at + 1000 / rate)
    return at - now
  }

  wait(ms: number): Promise<void> {
    return ms <= 0 ? Promise.resolve() : new Promise((resolve) => void this.#clock.after(ms, resolve))
  }

  /** Nothing goes out by this carrier for so long. */
  hold(carrier: string, ms: number): void {
    this.#next.set(carrier, Math.max(this.#next.get(carrier) ?? 0, this.#clock.now() + ms))
  }
}
