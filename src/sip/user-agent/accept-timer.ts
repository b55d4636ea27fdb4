import type { Clock, Timer } from '../../base/clock.ts'
import type { Times } from '../transaction/timers.ts'

/**
 * A 2xx of INVITE is sent again by the user agent itself, over every transport, until its ACK comes
 * (RFC 3261 §13.3.1.4): after T1, then twice as long each time up to T2; given up after 64*T1.
 */
export class AcceptTimer {
  readonly #clock: Clock
  readonly #timers: { again: Timer | undefined; over: Timer | undefined }

  constructor(clock: Clock, times: Times, sendAgain: () => void, giveUp: () => void) {
    this.#clock = clock
    this.#timers = {
      again: undefined,
      over: clock.after(64 * times.t1, () => {
        this.stop()
        giveUp()
      }),
    }
    this.#later(times.t1, times.t2, sendAgain)
  }

  get running(): boolean {
    return this.#timers.over !== undefined
  }

  stop(): void {
    this.#timers.again?.stop()
    this.#timers.over?.stop()
    this.#timers.again = undefined
    this.#timers.over = undefined
  }

  #later(ms: number, most: number, sendAgain: () => void): void {
    this.#timers.again = this.#clock.after(ms, () => {
      this.#later(Math.min(ms * 2, most), most, sendAgain)
      sendAgain()
    })
  }
}
