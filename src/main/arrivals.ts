import { setImmediate as otherWork } from 'node:timers/promises'
import { handleCall, type InboundApp } from '../apps/inbound.ts'
import { atMost } from '../base/at-most.ts'
import type { Clock } from '../base/clock.ts'
import type { Call } from '../phone/call.ts'
import type { CallJournal } from './journal.ts'
import type { Webhooks } from './webhooks.ts'

/** A database that is slow or away makes nobody wait for an answer. */
const toldFirstMs = 5

export interface ArrivalsOptions {
  readonly journal: CallJournal
  readonly webhooks: Pick<Webhooks, 'endpoints'>
  readonly app: InboundApp
  readonly clock: Clock
}

/** Calls that come in: written, told of, and handed to what they are for. */
export class Arrivals {
  readonly #options: ArrivalsOptions
  readonly #running = new Set<Promise<void>>()

  constructor(options: ArrivalsOptions) {
    this.#options = options
  }

  take(call: Call): void {
    const { journal, app } = this.#options
    journal.arrived(call)
    const work = this.#told(call).then(() => handleCall(call, app))
    this.#running.add(work)
    void work.then(() => this.#running.delete(work))
  }

  async settled(): Promise<void> {
    await Promise.all(this.#running)
  }

  /** What is told of a call goes out before the call is taken: one thread does both, and taking it is the longer work. */
  async #told({ id }: Call): Promise<void> {
    const { journal, webhooks, clock } = this.#options
    await otherWork()
    if (webhooks.endpoints.any) await atMost(toldFirstMs, journal.writing(id), clock)
    await otherWork()
  }
}
