import type { Clock, Timer } from '../../src/base/clock.ts'

interface Pending {
  readonly at: number
  readonly order: number
  readonly fire: () => void
}

/** A clock that stands still until `advance`. Timers fire in the order of their times; those of one time in the order of their start. */
export class FakeClock implements Clock {
  #now = 0
  #order = 0
  readonly #wallAtStart: number
  readonly #pending = new Set<Pending>()

  /** @param wallAtStart milliseconds since 1970 */
  constructor(wallAtStart = Date.UTC(2026, 0, 1)) {
    this.#wallAtStart = wallAtStart
  }

  now(): number {
    return this.#now
  }

  wall(): number {
    return this.#wallAtStart + this.#now
  }

  after(ms: number, fire: () => void): Timer {
    const pending: Pending = { at: this.#now + Math.max(0, ms), order: this.#order++, fire }
    this.#pending.add(pending)
    return { stop: () => this.#pending.delete(pending) }
  }

  /** Timers that have not fired. */
  get waiting(): number {
    return this.#pending.size
  }

  /** Moves on by `ms` and fires what falls due on the way, also timers that were started meanwhile. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const next = this.#next(end)
      if (next === undefined) break
      this.#pending.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.fire()
    }
    this.#now = end
  }

  #next(end: number): Pending | undefined {
    let first: Pending | undefined
    for (const pending of this.#pending) {
      if (pending.at > end) continue
      if (first === undefined || pending.at < first.at || (pending.at === first.at && pending.order < first.order)) {
        first = pending
      }
    }
    return first
  }
}
