import type { TimerTerms } from './terms.ts'

/** RFC 4028 §10 as a pure machine. */
export type SessionTimerState =
  | { readonly name: 'off' }
  | { readonly name: 'waiting'; readonly terms: TimerTerms }
  /** A refresh of ours is on its way. */
  | { readonly name: 'refreshing'; readonly terms: TimerTerms }
  | { readonly name: 'over' }

export type SessionTimerEvent =
  /** A 2xx went out or came in; without terms the session does not expire any more. */
  | { readonly kind: 'agreed'; readonly terms: TimerTerms | undefined }
  /** The refresh got no 2xx, and the dialog lives. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'timer'; readonly timer: SessionTimerName }
  | { readonly kind: 'ended' }

export type SessionTimerName = 'refresh' | 'expiry'

export type SessionTimerEffect =
  | { readonly kind: 'startTimer'; readonly timer: SessionTimerName; readonly ms: number }
  | { readonly kind: 'stopTimer'; readonly timer: SessionTimerName }
  | { readonly kind: 'refresh' }
  /** Nobody refreshed: BYE. */
  | { readonly kind: 'expire' }

export interface SessionTimerStep {
  readonly state: SessionTimerState
  readonly effects: readonly SessionTimerEffect[]
}

const stopAll: readonly SessionTimerEffect[] = [
  { kind: 'stopTimer', timer: 'refresh' },
  { kind: 'stopTimer', timer: 'expiry' },
]

export function sessionTimer(state: SessionTimerState, event: SessionTimerEvent): SessionTimerStep {
  if (state.name === 'over') return { state, effects: [] }
  switch (event.kind) {
    case 'agreed':
      return agreed(event.terms)
    case 'refused':
      if (state.name !== 'refreshing') return { state, effects: [] }
      // It may have been glare or a server that was busy: there is time for a few more tries.
      return {
        state: { name: 'waiting', terms: state.terms },
        effects: [{ kind: 'startTimer', timer: 'refresh', ms: (state.terms.interval * 1000) / 8 }],
      }
    case 'timer':
      if (state.name === 'off') return { state, effects: [] }
      if (event.timer === 'expiry') return { state: { name: 'over' }, effects: [stopAll[0]!, { kind: 'expire' }] }
      if (state.name === 'refreshing') return { state, effects: [] }
      return { state: { name: 'refreshing', terms: state.terms }, effects: [{ kind: 'refresh' }] }
    case 'ended':
      return { state: { name: 'over' }, effects: stopAll }
  }
}

function agreed(terms: TimerTerms | undefined): SessionTimerStep {
  if (terms === undefined) return { state: { name: 'off' }, effects: stopAll }
  const { interval, refresher } = terms
  // §10: BYE a little before the end, by 32 s or a third of the interval.
  const expiry = (interval - Math.min(32, Math.floor(interval / 3))) * 1000
  const effects: SessionTimerEffect[] = [...stopAll, { kind: 'startTimer', timer: 'expiry', ms: expiry }]
  // §7.4: at half the interval.
  if (refresher === 'local') effects.push({ kind: 'startTimer', timer: 'refresh', ms: (interval * 1000) / 2 })
  return { state: { name: 'waiting', terms }, effects }
}
