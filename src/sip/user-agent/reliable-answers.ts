import type { Clock, Timer } from '../../base/clock.ts'
import {
  type Provisional,
  type ReliableEvent,
  type ReliableState,
  type ReliableTimer,
  reliable,
} from '../reliable/server.ts'
import type { Times } from '../transaction/timers.ts'

export interface ReliableHooks<R> {
  readonly clock: Clock
  readonly times: Times
  send(response: R, rseq: number): void
  /** The 2xx may go out. */
  accept(): void
  /** No PRACK came in 64*T1. */
  expire(): void
}

/** The provisional answers of one INVITE that are acknowledged (RFC 3262): owns their clock timers. */
export class ReliableAnswers<R> {
  readonly #hooks: ReliableHooks<R>
  readonly #timers = new Map<ReliableTimer, Timer>()
  #state: ReliableState<R>

  constructor(hooks: ReliableHooks<R>) {
    this.#hooks = hooks
    // §3: from 1 to 2^31 - 1, by chance, with room to count on.
    this.#state = { name: 'idle', next: 1 + Math.floor(Math.random() * 2 ** 30) }
  }

  /** Nothing waits for its PRACK. */
  get quiet(): boolean {
    return this.#state.name !== 'waiting'
  }

  provisional(provisional: Provisional<R>): void {
    this.#feed({ kind: 'provisional', provisional })
  }

  /** @param acknowledged answers the PRACK; called before what waits for it goes out. @returns false: it belongs to nothing */
  prack(rseq: number, acknowledged: () => void): boolean {
    return this.#feed({ kind: 'prack', rseq }, acknowledged)
  }

  accept(): void {
    this.#feed({ kind: 'accept' })
  }

  end(): void {
    this.#feed({ kind: 'end' })
  }

  #feed(event: ReliableEvent<R>, acknowledged?: () => void): boolean {
    const { clock, times } = this.#hooks
    const { state, effects } = reliable(this.#state, event, times)
    this.#state = state
    let known = true
    for (const effect of effects) {
      switch (effect.kind) {
        case 'send':
          this.#hooks.send(effect.response, effect.rseq)
          break
        case 'startTimer': {
          const { timer, ms } = effect
          this.#timers.set(
            timer,
            clock.after(ms, () => this.#feed({ kind: 'timer', timer })),
          )
          break
        }
        case 'stopTimer':
          this.#timers.get(effect.timer)?.stop()
          this.#timers.delete(effect.timer)
          break
        case 'unknown':
          known = false
          break
        case 'acknowledged':
          acknowledged?.()
          break
        case 'accept':
          this.#hooks.accept()
          break
        case 'expire':
          this.#hooks.expire()
          break
      }
    }
    return known
  }
}
