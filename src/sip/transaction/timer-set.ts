import type { Clock, Timer } from '../../base/clock.ts'
import type { TimerName } from './timers.ts'

/** The running timers of one transaction. */
export class TimerSet {
  readonly #clock: Clock
  readonly #running = new Map<TimerName, Timer>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#running.size
  }

  start(name: TimerName, ms: number, fire: () => void): void {
    this.stop(name)
    const timer = this.#clock.after(ms, () => {
      this.#running.delete(name)
      fire()
    })
    this.#running.set(name, timer)
  }

  stop(name: TimerName): void {
    this.#running.get(name)?.stop()
    this.#running.delete(name)
  }

  stopAll(): void {
    for (const timer of this.#running.values()) timer.stop()
    this.#running.clear()
  }
}
