import { type ServerEffect, type ServerEvent, type Step, startFirst, stop, type Wire } from './effect.ts'
import { timerMs } from './timers.ts'

/** RFC 3261 figure 8. */
export type ServerNonInviteState =
  | { readonly name: 'initial' }
  | { readonly name: 'trying' }
  | { readonly name: 'proceeding' }
  | { readonly name: 'completed' }
  | { readonly name: 'terminated' }

type ServerNonInviteStep = Step<ServerNonInviteState, ServerEffect>

const stay = (state: ServerNonInviteState, ...effects: ServerEffect[]): ServerNonInviteStep => ({ state, effects })
const end = (...effects: ServerEffect[]): ServerNonInviteStep => ({
  state: { name: 'terminated' },
  effects: [...effects, { kind: 'end' }],
})

export function serverNonInvite(state: ServerNonInviteState, event: ServerEvent, wire: Wire): ServerNonInviteStep {
  switch (state.name) {
    case 'initial':
      if (event.kind !== 'start') return stay(state)
      return stay({ name: 'trying' }, ...startFirst('answer', wire), { kind: 'deliver', what: 'request' })
    case 'trying':
    case 'proceeding':
      return waiting(state, event, wire)
    case 'completed':
      return completed(state, event)
    case 'terminated':
      return stay(state)
  }
}

function waiting(
  state: ServerNonInviteState & { name: 'trying' | 'proceeding' },
  event: ServerEvent,
  wire: Wire,
): ServerNonInviteStep {
  switch (event.kind) {
    case 'respond': {
      const send: ServerEffect = { kind: 'send', what: 'response', response: event.response }
      if (event.response.status < 200) return stay({ name: 'proceeding' }, send)
      return timerMs('J', wire.reliable, wire.times) === 0
        ? end(stop('answer'), send)
        : stay({ name: 'completed' }, stop('answer'), send, ...startFirst('J', wire))
    }
    case 'again':
      return state.name === 'proceeding' ? stay(state, { kind: 'send', what: 'last' }) : stay(state)
    case 'timer':
      return event.timer === 'answer' ? end({ kind: 'deliver', what: 'no-answer' }) : stay(state)
    case 'transportError':
      // In Trying nothing was sent that could fail.
      if (state.name === 'trying') return stay(state)
      return end(stop('answer'), { kind: 'deliver', what: 'transport', error: event.error })
    case 'ack':
    case 'start':
      return stay(state)
  }
}

function completed(state: ServerNonInviteState, event: ServerEvent): ServerNonInviteStep {
  switch (event.kind) {
    case 'again':
      return stay(state, { kind: 'send', what: 'last' })
    case 'timer':
      return event.timer === 'J' ? end() : stay(state)
    case 'transportError':
      return end(stop('J'), { kind: 'deliver', what: 'transport', error: event.error })
    case 'respond':
    case 'ack':
    case 'start':
      return stay(state)
  }
}
