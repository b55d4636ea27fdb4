import type { Clock } from '../../base/clock.ts'
import type { Destination } from '../transport/transport.ts'

/** How long a destination that did not take TCP is not asked again. */
const believedMs = 600_000
const most = 1000

/** The destinations that take no TCP, so that not every large request waits for a refusal first. */
export class Refusals {
  readonly #clock: Clock
  readonly #until = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  has(destination: Destination): boolean {
    const until = this.#until.get(keyOf(destination))
    return until !== undefined && until > this.#clock.now()
  }

  add(destination: Destination): void {
    if (this.#until.size >= most) this.#until.clear()
    this.#until.set(keyOf(destination), this.#clock.now() + believedMs)
  }
}

const keyOf = ({ address, port }: Destination): string => `${address} ${port}`
