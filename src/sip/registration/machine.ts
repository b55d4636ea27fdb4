/** A registration of ours at somebody else's registrar (RFC 3261 §10.2), as data. */
export type RegistrationState =
  | { readonly kind: 'idle' }
  /** A REGISTER is under way. */
  | ({ readonly kind: 'registering' } & Course)
  /** The refresh timer runs. */
  | ({ readonly kind: 'registered' } & Course)
  /** After a failure; the retry timer runs. What was registered before may still hold. */
  | ({ readonly kind: 'waiting' } & Course)
  /** REGISTER with 0 seconds is under way. */
  | { readonly kind: 'unregistering' }
  | { readonly kind: 'stopped' }

interface Course {
  /** What we ask for. */
  readonly seconds: number
  readonly failures: number
  /** Milliseconds as of the events' `now`; absent while nothing is registered. */
  readonly until?: number
}

export type RegistrationEvent =
  | { readonly kind: 'start'; readonly seconds: number }
  | {
      readonly kind: 'answered'
      readonly now: number
      readonly status: number
      /** Of our Contact in a 2xx, else of Expires. */
      readonly expires?: number
      /** Of a 423. */
      readonly minExpires?: number
      readonly retryAfter?: number
      /** 0 to 1. */
      readonly random: number
    }
  /** No answer: time-out, transport error, name that does not resolve. */
  | { readonly kind: 'failed'; readonly now: number; readonly sentence: string; readonly random: number }
  /** The refresh or retry timer fired. */
  | { readonly kind: 'timer' }
  | { readonly kind: 'stop'; readonly now: number }

export type RegistrationEffect =
  | { readonly kind: 'send'; readonly seconds: number }
  | { readonly kind: 'startTimer'; readonly ms: number }
  | { readonly kind: 'stopTimer' }
  | { readonly kind: 'report'; readonly report: RegistrationReport }

export type RegistrationReport =
  | { readonly kind: 'registered'; readonly until: number }
  /** `registered`: an earlier registration still holds. */
  | {
      readonly kind: 'failed'
      readonly status?: number
      readonly sentence: string
      readonly retryMs: number
      readonly registered: boolean
    }
  | { readonly kind: 'unregistered' }

export interface RegistrationStep {
  readonly state: RegistrationState
  readonly effects: readonly RegistrationEffect[]
}

// RFC 5626 §4.5: 30 s doubled by each failure up to half an hour, of which half to the whole is waited.
const baseMs = 30_000
const mostMs = 1_800_000
const longestSeconds = 86_400

export function transition(state: RegistrationState, event: RegistrationEvent): RegistrationStep {
  switch (event.kind) {
    case 'start':
      if (state.kind !== 'idle' && state.kind !== 'stopped') return { state, effects: [] }
      return send({ seconds: event.seconds, failures: 0 })
    case 'answered':
      return answered(state, event)
    case 'failed':
      if (state.kind === 'unregistering') return unregistered()
      if (state.kind !== 'registering') return { state, effects: [] }
      return failed(state, event, { sentence: event.sentence })
    case 'timer':
      if (state.kind !== 'registered' && state.kind !== 'waiting') return { state, effects: [] }
      return send(state)
    case 'stop':
      return stop(state, event.now)
  }
}

function answered(state: RegistrationState, event: Extract<RegistrationEvent, { kind: 'answered' }>): RegistrationStep {
  const { status, now } = event
  if (status < 200) return { state, effects: [] }
  if (state.kind === 'unregistering') return unregistered()
  if (state.kind !== 'registering') return { state, effects: [] }
  if (status < 300) {
    const granted = Math.min(event.expires ?? state.seconds, longestSeconds)
    if (granted === 0)
      return failed(state, event, { status, sentence: 'The registrar took the registration away at once.' })
    const until = now + granted * 1000
    // Not all phones of a site at one moment; at the latest 10 % before the end.
    const refreshMs = Math.max(1000, Math.floor(granted * 1000 * (0.75 + 0.15 * event.random)))
    return {
      state: { kind: 'registered', seconds: state.seconds, failures: 0, until },
      effects: [
        { kind: 'startTimer', ms: refreshMs },
        { kind: 'report', report: { kind: 'registered', until } },
      ],
    }
  }
  if (status === 423 && event.minExpires !== undefined) {
    // The same answer again would be a loop; then it is a failure like others.
    if (event.minExpires > state.seconds && event.minExpires <= longestSeconds) {
      return send({ ...state, seconds: event.minExpires })
    }
  }
  return failed(state, event, { status, sentence: `The registrar answered ${status}.` })
}

function failed(
  state: Course,
  event: { readonly now: number; readonly random: number; readonly retryAfter?: number },
  fault: { readonly status?: number; readonly sentence: string },
): RegistrationStep {
  const failures = state.failures + 1
  const backoff = Math.min(mostMs, baseMs * 2 ** Math.min(state.failures, 16)) * (0.5 + 0.5 * event.random)
  const wanted = (event.retryAfter ?? 0) * 1000
  const retryMs = Math.floor(Math.max(backoff, Math.min(wanted, longestSeconds * 1000)))
  const { until } = state
  const registered = until !== undefined && until > event.now
  return {
    state: { kind: 'waiting', seconds: state.seconds, failures, ...(registered ? { until } : {}) },
    effects: [
      { kind: 'startTimer', ms: retryMs },
      { kind: 'report', report: { kind: 'failed', ...fault, retryMs, registered } },
    ],
  }
}

function stop(state: RegistrationState, now: number): RegistrationStep {
  switch (state.kind) {
    case 'idle':
    case 'stopped':
      return { state: { kind: 'stopped' }, effects: [] }
    case 'unregistering':
      return { state, effects: [] }
    case 'waiting':
      if (state.until === undefined || state.until <= now) {
        return {
          state: { kind: 'stopped' },
          effects: [{ kind: 'stopTimer' }, { kind: 'report', report: { kind: 'unregistered' } }],
        }
      }
      return { state: { kind: 'unregistering' }, effects: [{ kind: 'stopTimer' }, { kind: 'send', seconds: 0 }] }
    // Also while the first REGISTER is under way: it may have been accepted already.
    case 'registering':
    case 'registered':
      return { state: { kind: 'unregistering' }, effects: [{ kind: 'stopTimer' }, { kind: 'send', seconds: 0 }] }
  }
}

function send({ seconds, failures, until }: Course): RegistrationStep {
  return {
    state: { kind: 'registering', seconds, failures, ...(until === undefined ? {} : { until }) },
    effects: [{ kind: 'send', seconds }],
  }
}

const unregistered = (): RegistrationStep => ({
  state: { kind: 'stopped' },
  effects: [{ kind: 'report', report: { kind: 'unregistered' } }],
})
