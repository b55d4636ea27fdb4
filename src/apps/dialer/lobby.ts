import type { Clock, Timer } from '../../base/clock.ts'
import type { Gate, Limit, Ticket } from './gate.ts'

interface Guest {
  readonly limits: () => readonly Limit[]
  readonly signal: AbortSignal
  come(ticket: Ticket | undefined): void
}

/** Where calls that nobody planned wait until the gate has room for them, first come, first served. */
export class Lobby {
  readonly #gate: Pick<Gate, 'wait' | 'enter'>
  readonly #clock: Clock
  readonly #guests = new Set<Guest>()
  #timer: Timer | undefined

  constructor(gate: Pick<Gate, 'wait' | 'enter'>, clock: Clock) {
    this.#gate = gate
    this.#clock = clock
  }

  /**
   * Resolves once there is room. `undefined`: it was given up before.
   * @param limits asked again whenever there may be room, since they may change while it waits
   */
  enter(limits: () => readonly Limit[], signal: AbortSignal): Promise<Ticket | undefined> {
    return new Promise((resolve) => {
      const leave = (): void => guest.come(undefined)
      const guest: Guest = {
        ...{ limits, signal },
        come: (ticket) => {
          signal.removeEventListener('abort', leave)
          this.#guests.delete(guest)
          resolve(ticket)
        },
      }
      signal.addEventListener('abort', leave)
      this.#guests.add(guest)
      if (signal.aborted) leave()
      else this.look()
    })
  }

  /** To be called when there may be room. Nobody overtakes another one who waits for the same. */
  look(): void {
    this.#timer?.stop()
    const full = new Set<string>()
    let next = Number.POSITIVE_INFINITY
    for (const guest of [...this.#guests]) {
      const limits = guest.limits()
      const wait = limits.some(({ key }) => full.has(key)) ? Number.POSITIVE_INFINITY : this.#gate.wait(limits)
      if (wait === 0) guest.come(this.#gate.enter(limits))
      // Who waits for one destination holds nobody up who calls another by the same trunk.
      else for (const limit of limits) if (this.#gate.wait([limit]) > 0) full.add(limit.key)
      next = Math.min(next, wait)
    }
    // Room that others make is told; that of a rate comes with time.
    if (next < Number.POSITIVE_INFINITY) this.#timer = this.#clock.after(next, () => this.look())
  }

  close(): void {
    this.#timer?.stop()
    for (const guest of [...this.#guests]) guest.come(undefined)
  }
}
