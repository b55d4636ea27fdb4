/** The implicit subscription of a REFER (RFC 3515 §2.4.4, RFC 6665), from either side, as pure machines. */

/** How a REFER of ours went. */
export type ReferEnd =
  /** What the other side's call was answered, 200 to 699. */
  | { readonly kind: 'answered'; readonly status: number }
  /** The REFER itself was refused, or got no answer. */
  | { readonly kind: 'refused'; readonly status: number }
  /** It was taken; how it went was never told: the subscription or the session ended before. */
  | { readonly kind: 'untold' }

export type SubscriberState =
  | { readonly name: 'asked' }
  /** Taken, or told of before its answer came, which UDP allows. */
  | { readonly name: 'active' }
  | { readonly name: 'over' }

export type SubscriberEvent =
  /** The final answer to the REFER, or what its failure is taken for. */
  | { readonly kind: 'answered'; readonly status: number }
  /** `status` of the sipfrag; `terminated` of Subscription-State. */
  | { readonly kind: 'notified'; readonly status: number | undefined; readonly terminated: boolean }
  | { readonly kind: 'timer' }
  | { readonly kind: 'ended' }

export type SubscriberEffect =
  | { readonly kind: 'startTimer'; readonly ms: number }
  | { readonly kind: 'stopTimer' }
  | { readonly kind: 'progress'; readonly status: number }
  | { readonly kind: 'done'; readonly end: ReferEnd }

interface Step<S, E> {
  readonly state: S
  readonly effects: readonly E[]
}

/** How long a call of theirs may ring before we ask no more; Timer C of RFC 3261 is three minutes. */
const patienceMs = 200_000

export function subscriber(state: SubscriberState, event: SubscriberEvent): Step<SubscriberState, SubscriberEffect> {
  if (state.name === 'over') return { state, effects: [] }
  const over = (end: ReferEnd): Step<SubscriberState, SubscriberEffect> => ({
    state: { name: 'over' },
    effects: [{ kind: 'stopTimer' }, { kind: 'done', end }],
  })
  switch (event.kind) {
    case 'answered':
      if (state.name !== 'asked') return { state, effects: [] }
      if (event.status >= 300) return over({ kind: 'refused', status: event.status })
      return { state: { name: 'active' }, effects: [{ kind: 'startTimer', ms: patienceMs }] }
    case 'notified': {
      const { status, terminated } = event
      if (status !== undefined && status >= 200) return over({ kind: 'answered', status })
      const told: SubscriberEffect[] = status === undefined ? [] : [{ kind: 'progress', status }]
      if (terminated) {
        const end = over({ kind: 'untold' })
        return { ...end, effects: [...told, ...end.effects] }
      }
      const first: SubscriberEffect[] = state.name === 'asked' ? [{ kind: 'startTimer', ms: patienceMs }] : []
      return { state: { name: 'active' }, effects: [...first, ...told] }
    }
    case 'timer':
    case 'ended':
      return over({ kind: 'untold' })
  }
}

export type NotifierState =
  /** The REFER waits for its answer. */
  { readonly name: 'asked' } | { readonly name: 'active'; readonly last: number } | { readonly name: 'over' }

export type NotifierEvent =
  | { readonly kind: 'accept' }
  | { readonly kind: 'reject'; readonly status: number }
  /** How the call goes; 200 and more is the last word. */
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'timer' }
  /** The dialog is over, or the other side knows the subscription no more. */
  | { readonly kind: 'ended' }

export type NotifierEffect =
  | { readonly kind: 'respond'; readonly status: number }
  /** `subscription`: the value of Subscription-State. */
  | { readonly kind: 'notify'; readonly status: number; readonly subscription: string }
  | { readonly kind: 'startTimer'; readonly ms: number }
  | { readonly kind: 'stopTimer' }

/** Seconds for which we promise to tell. */
const promised = 300

export function notifier(state: NotifierState, event: NotifierEvent): Step<NotifierState, NotifierEffect> {
  const stay = { state, effects: [] }
  switch (state.name) {
    case 'asked':
      switch (event.kind) {
        case 'accept':
          return {
            state: { name: 'active', last: 100 },
            effects: [
              { kind: 'respond', status: 202 },
              // §2.4.4: a NOTIFY follows at once.
              { kind: 'notify', status: 100, subscription: `active;expires=${promised}` },
              { kind: 'startTimer', ms: promised * 1000 },
            ],
          }
        case 'reject':
          return { state: { name: 'over' }, effects: [{ kind: 'respond', status: event.status }] }
        case 'ended':
          return { state: { name: 'over' }, effects: [{ kind: 'respond', status: 481 }] }
        case 'status':
        case 'timer':
          return stay
      }
      return stay
    case 'active':
      switch (event.kind) {
        case 'status': {
          const { status } = event
          if (status < 200) {
            if (status === state.last) return stay
            const subscription = `active;expires=${promised}`
            return { state: { name: 'active', last: status }, effects: [{ kind: 'notify', status, subscription }] }
          }
          const last: NotifierEffect = { kind: 'notify', status, subscription: 'terminated;reason=noresource' }
          return { state: { name: 'over' }, effects: [{ kind: 'stopTimer' }, last] }
        }
        case 'timer': {
          const last: NotifierEffect = {
            kind: 'notify',
            status: state.last,
            subscription: 'terminated;reason=timeout',
          }
          return { state: { name: 'over' }, effects: [last] }
        }
        case 'ended':
          return { state: { name: 'over' }, effects: [{ kind: 'stopTimer' }] }
        case 'accept':
        case 'reject':
          return stay
      }
      return stay
    case 'over':
      return stay
  }
}
