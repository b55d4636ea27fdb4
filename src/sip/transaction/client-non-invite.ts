import { type ClientEffect, type ClientEvent, type Step, start, startFirst, stop, type Wire } from './effect.ts'
import { timerMs } from './timers.ts'

/** RFC 3261 figure 6. `interval`: timer E's next length. */
export type ClientNonInviteState =
  | { readonly name: 'initial' }
  | { readonly name: 'trying'; readonly interval: number }
  | { readonly name: 'proceeding' }
  | { readonly name: 'completed' }
  | { readonly name: 'terminated' }

type ClientNonInviteStep = Step<ClientNonInviteState, ClientEffect>

const stay = (state: ClientNonInviteState, ...effects: ClientEffect[]): ClientNonInviteStep => ({ state, effects })
const end = (...effects: ClientEffect[]): ClientNonInviteStep => ({
  state: { name: 'terminated' },
  effects: [...effects, { kind: 'end' }],
})

export function clientNonInvite(state: ClientNonInviteState, event: ClientEvent, wire: Wire): ClientNonInviteStep {
  switch (state.name) {
    case 'initial':
      return event.kind === 'start' ? begin(wire) : stay(state)
    case 'trying':
    case 'proceeding':
      return waiting(state, event, wire)
    case 'completed':
      return completed(state, event)
    case 'terminated':
      return stay(state)
  }
}

function begin(wire: Wire): ClientNonInviteStep {
  return stay(
    { name: 'trying', interval: wire.times.t1 },
    { kind: 'send', what: 'request' },
    ...startFirst('E', wire),
    ...startFirst('F', wire),
  )
}

function waiting(
  state: ClientNonInviteState & { name: 'trying' | 'proceeding' },
  event: ClientEvent,
  wire: Wire,
): ClientNonInviteStep {
  const running = wire.reliable ? [stop('F')] : [stop('E'), stop('F')]
  switch (event.kind) {
    case 'timer':
      if (event.timer === 'E') return retransmit(state, wire)
      if (event.timer !== 'F') return stay(state)
      return end(...(wire.reliable ? [] : [stop('E')]), { kind: 'deliver', what: 'timeout' })
    case 'response': {
      const deliver: ClientEffect = { kind: 'deliver', what: 'response', response: event.response }
      // Timer E goes on running; from here on it is T2 long.
      if (event.response.status < 200) return stay({ name: 'proceeding' }, deliver)
      return timerMs('K', wire.reliable, wire.times) === 0
        ? end(...running, deliver)
        : stay({ name: 'completed' }, ...running, deliver, ...startFirst('K', wire))
    }
    case 'transportError':
      return end(...running, { kind: 'deliver', what: 'transport', error: event.error })
    case 'cancel':
    case 'start':
      return stay(state)
  }
}

function retransmit(
  state: ClientNonInviteState & { name: 'trying' | 'proceeding' },
  { times }: Wire,
): ClientNonInviteStep {
  const interval = state.name === 'trying' ? Math.min(state.interval * 2, times.t2) : times.t2
  const next = state.name === 'trying' ? { ...state, interval } : state
  return stay(next, { kind: 'send', what: 'request' }, start('E', interval))
}

function completed(state: ClientNonInviteState, event: ClientEvent): ClientNonInviteStep {
  return event.kind === 'timer' && event.timer === 'K' ? end() : stay(state)
}
