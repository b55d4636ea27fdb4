import type { Clock, Timer } from '../base/clock.ts'
import type { HangupReason } from '../phone/call.ts'

export interface Limit {
  readonly ms: number
  readonly reason: HangupReason
}

/** The first try of a notice takes up to 20 s, and so does its fallback. */
const untold: Limit = {
  ms: 60_000,
  reason: { code: 'failed', sentence: 'the application could not be told what came of its last block' },
}
/** After a try that failed; the next one comes after about 5 s. */
const deafMs = 15_000

/** How long a call waits for whoever drives it. */
export class Patience {
  readonly #clock: Clock
  readonly #giveUp: (reason: HangupReason) => void
  #timer: Timer | undefined
  /** What is heard late, of a wait that is over, means nothing. */
  #turn = 0

  constructor(clock: Clock, giveUp: (reason: HangupReason) => void) {
    this.#clock = clock
    this.#giveUp = giveUp
  }

  /** In the place of what was awaited; for ever where there is no limit. */
  wait(limit: Limit | undefined): void {
    this.stop()
    if (limit !== undefined) this.#start(limit)
  }

  /**
   * Waits for a notice to arrive, and from then on as `wait` does.
   * @returns to be told how each try came out; true while it wants to hear of the next one
   */
  tell(limit: Limit | undefined): (delivered: boolean) => boolean {
    this.wait(untold)
    const turn = this.#turn
    let failed = false
    return (delivered) => {
      if (turn !== this.#turn) return false
      if (delivered) this.wait(limit)
      else if (!failed) this.#start({ ...untold, ms: deafMs })
      failed = true
      return !delivered
    }
  }

  stop(): void {
    this.#turn++
    this.#timer?.stop()
  }

  #start({ ms, reason }: Limit): void {
    this.#timer?.stop()
    this.#timer = this.#clock.after(ms, () => {
      this.stop()
      this.#giveUp(reason)
    })
  }
}
