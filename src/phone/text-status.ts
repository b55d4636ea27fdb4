/**
 * - `queued`: to be sent; `waiting`: the receiver is away and gets it when a phone registers
 * - `sent`: a carrier has it
 * - `delivered`; `undelivered`: it did not reach the receiver, or nobody said that it did; `expired`: the network gave it up
 * - `failed`: it could not be sent; `rejected`: a carrier refused it, or the receiver wants none
 * - `received`: it came in
 */
export const textStates = [
  'queued',
  'waiting',
  'sent',
  'delivered',
  'undelivered',
  'failed',
  'rejected',
  'expired',
  'received',
] as const
export type TextState = (typeof textStates)[number]

/** What a carrier reports at the end. */
export type TextOutcome = 'delivered' | 'undelivered' | 'failed' | 'rejected' | 'expired'

export interface TextStanding {
  readonly state: TextState
  /** Whether `undelivered` only says that no report came in time. */
  readonly silent: boolean
}

export type TextNews =
  | { readonly kind: 'away' }
  | { readonly kind: 'back' }
  /** A carrier has it. */
  | { readonly kind: 'taken' }
  /** It will not be tried again. */
  | { readonly kind: 'given_up'; readonly as: 'failed' | 'rejected' }
  /** @property held whether it comes from the carrier that has the text now */
  | { readonly kind: 'report'; readonly outcome: TextOutcome; readonly held: boolean }
  /** No report came in time. */
  | { readonly kind: 'silence' }

const open: readonly TextState[] = ['queued', 'waiting', 'sent']

/**
 * Where news lead a text; `undefined` where they change nothing. Reports may come before the carrier's own answer, twice, in any order or
 * never: the first that says the end counts, and silence is none.
 */
export function nextText({ state, silent }: TextStanding, news: TextNews): TextStanding | undefined {
  const to = (next: TextState): TextStanding | undefined =>
    next === state ? undefined : { state: next, silent: false }
  const unsent = state === 'queued' || state === 'waiting'
  switch (news.kind) {
    case 'away':
      return state === 'queued' ? to('waiting') : undefined
    case 'back':
      return state === 'waiting' ? to('queued') : undefined
    case 'taken':
      return unsent ? to('sent') : undefined
    case 'given_up':
      return unsent ? to(news.as) : undefined
    case 'silence':
      return state === 'sent' ? { state: 'undelivered', silent: true } : undefined
    case 'report': {
      if (!open.includes(state) && !silent) return undefined
      // One that a former carrier could not deliver may still be delivered by the next.
      if (news.outcome !== 'delivered' && !news.held) return undefined
      return silent && news.outcome === 'undelivered' ? { state: 'undelivered', silent: false } : to(news.outcome)
    }
  }
}

/** A text of several parts is delivered when each of them is; `undefined`: not all have said their end, and none failed. */
export function outcomeOfParts(parts: readonly (TextOutcome | undefined)[]): TextOutcome | undefined {
  const failed = parts.find((part) => part !== undefined && part !== 'delivered')
  if (failed !== undefined) return failed
  return parts.length > 0 && parts.every((part) => part === 'delivered') ? 'delivered' : undefined
}
