import { type ClientEffect, type ClientEvent, type Step, start, startFirst, stop, type Wire } from './effect.ts'
import { timerMs } from './timers.ts'

/** RFC 3261 figure 5 with the Accepted state of RFC 6026 §8.4 (figure 5 there). */
export type ClientInviteState =
  | { readonly name: 'initial' }
  /** `interval`: timer A's next length. `cancelled`: CANCEL waits for a provisional answer (§9.1). */
  | { readonly name: 'calling'; readonly interval: number; readonly cancelled: boolean }
  | { readonly name: 'proceeding'; readonly cancelled: boolean }
  | { readonly name: 'completed' }
  | { readonly name: 'accepted' }
  | { readonly name: 'terminated' }

type ClientInviteStep = Step<ClientInviteState, ClientEffect>

const stay = (state: ClientInviteState, ...effects: ClientEffect[]): ClientInviteStep => ({ state, effects })
const end = (...effects: ClientEffect[]): ClientInviteStep => ({
  state: { name: 'terminated' },
  effects: [...effects, { kind: 'end' }],
})

export function clientInvite(state: ClientInviteState, event: ClientEvent, wire: Wire): ClientInviteStep {
  switch (state.name) {
    case 'initial':
      return event.kind === 'start' ? begin(wire) : stay(state)
    case 'calling':
      return calling(state, event, wire)
    case 'proceeding':
      return proceeding(state, event, wire)
    case 'completed':
      return completed(state, event)
    case 'accepted':
      return accepted(state, event)
    case 'terminated':
      return stay(state)
  }
}

function begin(wire: Wire): ClientInviteStep {
  return stay(
    { name: 'calling', interval: wire.times.t1, cancelled: false },
    { kind: 'send', what: 'request' },
    ...startFirst('A', wire),
    ...startFirst('B', wire),
  )
}

function calling(state: ClientInviteState & { name: 'calling' }, event: ClientEvent, wire: Wire): ClientInviteStep {
  switch (event.kind) {
    case 'timer':
      if (event.timer === 'A') {
        const interval = state.interval * 2
        return stay({ ...state, interval }, { kind: 'send', what: 'request' }, start('A', interval))
      }
      if (event.timer === 'B')
        return end(stop('A'), { kind: 'deliver', what: state.cancelled ? 'cancelled' : 'timeout' })
      return stay(state)
    case 'response':
      return onResponse(state.cancelled, true, [stop('A'), stop('B')], event, wire)
    case 'transportError':
      return end(stop('A'), stop('B'), { kind: 'deliver', what: 'transport', error: event.error })
    case 'cancel':
      return stay({ ...state, cancelled: true })
    case 'start':
      return stay(state)
  }
}

function proceeding(
  state: ClientInviteState & { name: 'proceeding' },
  event: ClientEvent,
  wire: Wire,
): ClientInviteStep {
  switch (event.kind) {
    case 'response':
      return onResponse(state.cancelled, false, state.cancelled ? [stop('cancel')] : [], event, wire)
    case 'cancel':
      return state.cancelled ? stay(state) : stay({ ...state, cancelled: true }, ...sendCancel(wire))
    case 'timer':
      return event.timer === 'cancel' ? end({ kind: 'deliver', what: 'cancelled' }) : stay(state)
    case 'transportError':
    // Nothing of the INVITE is being sent any more, and its answer may come on another connection (§18.2.2).
    case 'start':
      return stay(state)
  }
}

const sendCancel = (wire: Wire): ClientEffect[] => [{ kind: 'send', what: 'cancel' }, ...startFirst('cancel', wire)]

/** `running`: what stops when the state is left; the first provisional leaves Calling, later ones change nothing. */
function onResponse(
  cancelled: boolean,
  first: boolean,
  running: readonly ClientEffect[],
  { response }: ClientEvent & { kind: 'response' },
  wire: Wire,
): ClientInviteStep {
  const deliver: ClientEffect = { kind: 'deliver', what: 'response', response }
  if (response.status < 200) {
    const cancel = first && cancelled ? sendCancel(wire) : []
    return stay({ name: 'proceeding', cancelled }, ...(first ? running : []), deliver, ...cancel)
  }
  if (response.status < 300) return stay({ name: 'accepted' }, ...running, deliver, ...startFirst('M', wire))
  const ack: ClientEffect = { kind: 'send', what: 'ack', response }
  return timerMs('D', wire.reliable, wire.times) === 0
    ? end(...running, deliver, ack)
    : stay({ name: 'completed' }, ...running, deliver, ack, ...startFirst('D', wire))
}

function completed(state: ClientInviteState, event: ClientEvent): ClientInviteStep {
  switch (event.kind) {
    case 'response':
      return event.response.status >= 300
        ? stay(state, { kind: 'send', what: 'ack', response: event.response })
        : stay(state)
    case 'timer':
      return event.timer === 'D' ? end() : stay(state)
    case 'transportError':
      return end(stop('D'), { kind: 'deliver', what: 'transport', error: event.error })
    case 'cancel':
    case 'start':
      return stay(state)
  }
}

function accepted(state: ClientInviteState, event: ClientEvent): ClientInviteStep {
  switch (event.kind) {
    case 'response': {
      const { response } = event
      const success = response.status >= 200 && response.status < 300
      return success ? stay(state, { kind: 'deliver', what: 'response', response }) : stay(state)
    }
    case 'timer':
      return event.timer === 'M' ? end() : stay(state)
    case 'transportError':
    case 'cancel':
    case 'start':
      return stay(state)
  }
}
