import type { Clock, Timer } from '../../base/clock.ts'
import type { Headers } from '../message/message.ts'
import { readMinSe } from './header.ts'
import { type SessionTimerEvent, type SessionTimerName, type SessionTimerState, sessionTimer } from './machine.ts'
import { answerTimer, proposeTimer, settleTimer, type TimerAnswer, type TimerPolicy } from './terms.ts'

export interface SessionTimerHooks {
  readonly clock: Clock
  readonly policy: TimerPolicy
  /** Sends UPDATE or re-INVITE; `refused` is to be called where it gets no 2xx. */
  refresh(): void
  /** Nobody refreshed in time: the call is to be ended. */
  expire(): void
}

/** The session timer of one session: owns its clock timers. */
export class SessionTimer {
  readonly #hooks: SessionTimerHooks
  readonly #timers = new Map<SessionTimerName, Timer>()
  #state: SessionTimerState = { name: 'off' }
  #minSe: number | undefined

  constructor(hooks: SessionTimerHooks) {
    this.#hooks = hooks
  }

  /** Header fields of an INVITE or UPDATE of ours. */
  proposal(): readonly (readonly [string, string])[] {
    const terms = 'terms' in this.#state ? this.#state.terms : undefined
    return proposeTimer(this.#hooks.policy, this.#minSe, terms)
  }

  /** A 422 came. @returns whether the request is worth sending again with the longer interval */
  tooSmall(response: Headers): boolean {
    const wanted = readMinSe(response)
    if (wanted === undefined || wanted <= (this.#minSe ?? this.#hooks.policy.min)) return false
    this.#minSe = wanted
    return true
  }

  /** A 2xx to an INVITE or UPDATE of ours came. */
  answered(response: Headers): void {
    this.#feed({ kind: 'agreed', terms: settleTimer(response) })
  }

  /** What is to be answered to an INVITE or UPDATE of theirs; nothing changes yet. */
  answer(request: Headers): TimerAnswer {
    return answerTimer(this.#hooks.policy, request)
  }

  /** That answer goes out with a 2xx. */
  agree(answer: TimerAnswer): void {
    if (answer.kind === 'ok') this.#feed({ kind: 'agreed', terms: answer.terms })
  }

  refused(): void {
    this.#feed({ kind: 'refused' })
  }

  close(): void {
    this.#feed({ kind: 'ended' })
  }

  #feed(event: SessionTimerEvent): void {
    const { state, effects } = sessionTimer(this.#state, event)
    this.#state = state
    for (const effect of effects) {
      switch (effect.kind) {
        case 'startTimer': {
          const { timer, ms } = effect
          this.#timers.set(
            timer,
            this.#hooks.clock.after(ms, () => {
              this.#timers.delete(timer)
              this.#feed({ kind: 'timer', timer })
            }),
          )
          break
        }
        case 'stopTimer':
          this.#timers.get(effect.timer)?.stop()
          this.#timers.delete(effect.timer)
          break
        case 'refresh':
          this.#hooks.refresh()
          break
        case 'expire':
          this.#hooks.expire()
          break
      }
    }
  }
}
