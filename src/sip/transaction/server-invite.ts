import { type ServerEffect, type ServerEvent, type Step, start, startFirst, stop, type Wire } from './effect.ts'
import { timerMs } from './timers.ts'

/** RFC 3261 figure 7 with the Accepted state of RFC 6026 §8.7: a transport error no longer ends the transaction. */
export type ServerInviteState =
  | { readonly name: 'initial' }
  /** `answered`: something was sent, so that a retransmitted INVITE is answered with it. */
  | { readonly name: 'proceeding'; readonly answered: boolean }
  /** `interval`: timer G's next length. */
  | { readonly name: 'completed'; readonly interval: number }
  | { readonly name: 'accepted' }
  | { readonly name: 'confirmed' }
  | { readonly name: 'terminated' }

type ServerInviteStep = Step<ServerInviteState, ServerEffect>

const stay = (state: ServerInviteState, ...effects: ServerEffect[]): ServerInviteStep => ({ state, effects })
const end = (...effects: ServerEffect[]): ServerInviteStep => ({
  state: { name: 'terminated' },
  effects: [...effects, { kind: 'end' }],
})
const inform = (error: unknown): ServerEffect => ({ kind: 'deliver', what: 'transport', error })

export function serverInvite(state: ServerInviteState, event: ServerEvent, wire: Wire): ServerInviteStep {
  switch (state.name) {
    case 'initial':
      if (event.kind !== 'start') return stay(state)
      return stay({ name: 'proceeding', answered: false }, ...startFirst('trying', wire), {
        kind: 'deliver',
        what: 'request',
      })
    case 'proceeding':
      return proceeding(state, event, wire)
    case 'completed':
      return completed(state, event, wire)
    case 'accepted':
      return accepted(state, event)
    case 'confirmed':
      return event.kind === 'timer' && event.timer === 'I' ? end() : stay(state)
    case 'terminated':
      return stay(state)
  }
}

function proceeding(
  state: ServerInviteState & { name: 'proceeding' },
  event: ServerEvent,
  wire: Wire,
): ServerInviteStep {
  switch (event.kind) {
    case 'respond': {
      const { response } = event
      const send: ServerEffect = { kind: 'send', what: 'response', response }
      const running = state.answered ? [] : [stop('trying')]
      if (response.status < 200) return stay({ name: 'proceeding', answered: true }, ...running, send)
      if (response.status < 300) return stay({ name: 'accepted' }, ...running, send, ...startFirst('L', wire))
      const next: ServerInviteState = { name: 'completed', interval: wire.times.t1 }
      return stay(next, ...running, send, ...startFirst('G', wire), ...startFirst('H', wire))
    }
    case 'again':
      return state.answered ? stay(state, { kind: 'send', what: 'last' }) : stay(state)
    case 'timer':
      if (event.timer !== 'trying' || state.answered) return stay(state)
      return stay({ name: 'proceeding', answered: true }, { kind: 'send', what: 'trying' })
    case 'transportError':
      return stay(state, inform(event.error))
    case 'ack':
    case 'start':
      return stay(state)
  }
}

function completed(state: ServerInviteState & { name: 'completed' }, event: ServerEvent, wire: Wire): ServerInviteStep {
  const retransmitting = wire.reliable ? [] : [stop('G')]
  switch (event.kind) {
    case 'again':
      return stay(state, { kind: 'send', what: 'last' })
    case 'timer':
      if (event.timer === 'G') {
        const interval = Math.min(state.interval * 2, wire.times.t2)
        return stay({ ...state, interval }, { kind: 'send', what: 'last' }, start('G', interval))
      }
      return event.timer === 'H' ? end(...retransmitting, { kind: 'deliver', what: 'no-ack' }) : stay(state)
    case 'ack':
      return timerMs('I', wire.reliable, wire.times) === 0
        ? end(...retransmitting, stop('H'))
        : stay({ name: 'confirmed' }, ...retransmitting, stop('H'), ...startFirst('I', wire))
    case 'transportError':
      return stay(state, inform(event.error))
    case 'respond':
    case 'start':
      return stay(state)
  }
}

function accepted(state: ServerInviteState, event: ServerEvent): ServerInviteStep {
  switch (event.kind) {
    case 'respond': {
      const { response } = event
      const success = response.status >= 200 && response.status < 300
      return success ? stay(state, { kind: 'send', what: 'response', response }) : stay(state)
    }
    case 'ack':
      return stay(state, { kind: 'deliver', what: 'ack', ack: event.ack })
    case 'timer':
      return event.timer === 'L' ? end() : stay(state)
    case 'transportError':
      return stay(state, inform(event.error))
    case 'again':
    case 'start':
      return stay(state)
  }
}
