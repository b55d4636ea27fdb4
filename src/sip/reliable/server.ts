import type { Times } from '../transaction/timers.ts'

/** RFC 3262 §3 as a pure machine: one provisional answer after the other, each sent again until its PRACK comes. */
export type ReliableState<R> =
  /** `next`: RSeq of the answer that comes next. */
  | { readonly name: 'idle'; readonly next: number }
  | {
      readonly name: 'waiting'
      readonly next: number
      readonly sent: Provisional<R>
      /** The next length of `again`. */
      readonly interval: number
      /** Wait for this one's PRACK. */
      readonly queue: readonly Provisional<R>[]
      /** The 2xx is wanted as soon as it may go out. */
      readonly accepting: boolean
    }
  /** A final answer went out, or the call is gone. The PRACK of `unacked` may still come, and is right. */
  | { readonly name: 'over'; readonly unacked?: number }

export interface Provisional<R> {
  readonly response: R
  /** It carries an offer or an answer, which the 2xx has to wait for. */
  readonly description: boolean
}

export type ReliableTimer = 'again' | 'expiry'

export type ReliableEvent<R> =
  | { readonly kind: 'provisional'; readonly provisional: Provisional<R> }
  | { readonly kind: 'prack'; readonly rseq: number }
  /** The user wants to send a 2xx. */
  | { readonly kind: 'accept' }
  /** A refusal goes out, or the call is over. */
  | { readonly kind: 'end' }
  | { readonly kind: 'timer'; readonly timer: ReliableTimer }

export type ReliableEffect<R> =
  | { readonly kind: 'send'; readonly response: R; readonly rseq: number }
  | { readonly kind: 'startTimer'; readonly timer: ReliableTimer; readonly ms: number }
  | { readonly kind: 'stopTimer'; readonly timer: ReliableTimer }
  /** The PRACK belongs to nothing that waits: 481. */
  | { readonly kind: 'unknown' }
  /** The PRACK is to be answered 200. */
  | { readonly kind: 'acknowledged' }
  | { readonly kind: 'accept' }
  /** No PRACK came: the INVITE is to be refused. */
  | { readonly kind: 'expire' }

export interface ReliableStep<R> {
  readonly state: ReliableState<R>
  readonly effects: readonly ReliableEffect<R>[]
}

const stopAll = [
  { kind: 'stopTimer', timer: 'again' },
  { kind: 'stopTimer', timer: 'expiry' },
] as const

export function reliable<R>(state: ReliableState<R>, event: ReliableEvent<R>, times: Times): ReliableStep<R> {
  switch (state.name) {
    case 'idle':
      return idle(state, event, times)
    case 'waiting':
      return waiting(state, event, times)
    case 'over':
      if (event.kind !== 'prack') return { state, effects: [] }
      return state.unacked === event.rseq
        ? { state: { name: 'over' }, effects: [{ kind: 'acknowledged' }] }
        : { state, effects: [{ kind: 'unknown' }] }
  }
}

type Of<R, N extends ReliableState<R>['name']> = Extract<ReliableState<R>, { readonly name: N }>

function idle<R>(state: Of<R, 'idle'>, event: ReliableEvent<R>, times: Times): ReliableStep<R> {
  switch (event.kind) {
    case 'provisional':
      return begin(state.next, event.provisional, [], false, times)
    case 'prack':
      return { state, effects: [{ kind: 'unknown' }] }
    case 'accept':
      return { state: { name: 'over' }, effects: [{ kind: 'accept' }] }
    case 'end':
      return { state: { name: 'over' }, effects: [] }
    case 'timer':
      return { state, effects: [] }
  }
}

function begin<R>(
  rseq: number,
  sent: Provisional<R>,
  queue: readonly Provisional<R>[],
  accepting: boolean,
  { t1 }: Times,
): ReliableStep<R> {
  return {
    state: { name: 'waiting', next: rseq + 1, sent, interval: t1 * 2, queue, accepting },
    effects: [
      { kind: 'send', response: sent.response, rseq },
      { kind: 'startTimer', timer: 'again', ms: t1 },
      { kind: 'startTimer', timer: 'expiry', ms: 64 * t1 },
    ],
  }
}

function waiting<R>(state: Of<R, 'waiting'>, event: ReliableEvent<R>, times: Times): ReliableStep<R> {
  switch (event.kind) {
    case 'provisional':
      return { state: { ...state, queue: [...state.queue, event.provisional] }, effects: [] }
    case 'prack':
      return event.rseq === state.next - 1 ? acknowledged(state, times) : { state, effects: [{ kind: 'unknown' }] }
    case 'accept': {
      // What waits without a description is made void by the 2xx.
      const queue = state.queue.filter(({ description }) => description)
      if (!state.sent.description && queue.length === 0)
        return { state: { name: 'over', unacked: state.next - 1 }, effects: [...stopAll, { kind: 'accept' }] }
      return { state: { ...state, queue, accepting: true }, effects: [] }
    }
    case 'end':
      return { state: { name: 'over', unacked: state.next - 1 }, effects: stopAll }
    case 'timer': {
      if (event.timer === 'expiry') return { state: { name: 'over' }, effects: [stopAll[0], { kind: 'expire' }] }
      const { sent, next, interval } = state
      return {
        // Doubled without a limit, unlike timer G (§3).
        state: { ...state, interval: interval * 2 },
        effects: [
          { kind: 'send', response: sent.response, rseq: next - 1 },
          { kind: 'startTimer', timer: 'again', ms: interval },
        ],
      }
    }
  }
}

function acknowledged<R>(state: Of<R, 'waiting'>, times: Times): ReliableStep<R> {
  const { next, queue, accepting } = state
  const [first, ...rest] = queue
  const done: readonly ReliableEffect<R>[] = [...stopAll, { kind: 'acknowledged' }]
  if (first !== undefined) {
    const step = begin(next, first, rest, accepting, times)
    return { state: step.state, effects: [...done, ...step.effects] }
  }
  return accepting
    ? { state: { name: 'over' }, effects: [...done, { kind: 'accept' }] }
    : { state: { name: 'idle', next }, effects: done }
}
