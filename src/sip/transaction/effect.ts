import type { SipRequest, SipResponse } from '../message/message.ts'
import { type TimerName, type Times, timerMs } from './timers.ts'

export type TimerEffect =
  | { readonly kind: 'startTimer'; readonly timer: TimerName; readonly ms: number }
  | { readonly kind: 'stopTimer'; readonly timer: TimerName }

export type ClientEffect =
  | TimerEffect
  | { readonly kind: 'send'; readonly what: 'request' | 'cancel' }
  | { readonly kind: 'send'; readonly what: 'ack'; readonly response: SipResponse }
  | { readonly kind: 'deliver'; readonly what: 'response'; readonly response: SipResponse }
  | { readonly kind: 'deliver'; readonly what: 'timeout' | 'cancelled' }
  | { readonly kind: 'deliver'; readonly what: 'transport'; readonly error: unknown }
  | { readonly kind: 'end' }

export type ClientEvent =
  | { readonly kind: 'start' }
  | { readonly kind: 'response'; readonly response: SipResponse }
  | { readonly kind: 'timer'; readonly timer: TimerName }
  | { readonly kind: 'transportError'; readonly error: unknown }
  | { readonly kind: 'cancel' }

export type ServerEffect =
  | TimerEffect
  /** `last`: what was sent last, again. `trying`: a 100 of our own. */
  | { readonly kind: 'send'; readonly what: 'last' | 'trying' }
  | { readonly kind: 'send'; readonly what: 'response'; readonly response: SipResponse }
  | { readonly kind: 'deliver'; readonly what: 'request' | 'no-ack' | 'no-answer' }
  | { readonly kind: 'deliver'; readonly what: 'ack'; readonly ack: SipRequest }
  | { readonly kind: 'deliver'; readonly what: 'transport'; readonly error: unknown }
  | { readonly kind: 'end' }

export type ServerEvent =
  | { readonly kind: 'start' }
  /** The request came again. */
  | { readonly kind: 'again' }
  | { readonly kind: 'ack'; readonly ack: SipRequest }
  | { readonly kind: 'respond'; readonly response: SipResponse }
  | { readonly kind: 'timer'; readonly timer: TimerName }
  | { readonly kind: 'transportError'; readonly error: unknown }

export interface Step<State, Effect> {
  readonly state: State
  readonly effects: readonly Effect[]
}

/** What all four machines know from the start. */
export interface Wire {
  readonly reliable: boolean
  readonly times: Times
}

export const start = (timer: TimerName, ms: number): TimerEffect => ({ kind: 'startTimer', timer, ms })
export const stop = (timer: TimerName): TimerEffect => ({ kind: 'stopTimer', timer })

/** The timer at its first length; nothing where that is 0. */
export function startFirst(timer: TimerName, wire: Wire): TimerEffect[] {
  const ms = timerMs(timer, wire.reliable, wire.times)
  return ms === 0 ? [] : [start(timer, ms)]
}
