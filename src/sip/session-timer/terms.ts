import type { Headers } from '../message/message.ts'
import { formatSessionExpires, readMinSe, readSessionExpires, supportsTimer } from './header.ts'

/** What this side wants. Seconds. */
export interface TimerPolicy {
  readonly interval: number
  /** Shorter ones are refused with 422; RFC 4028 §4 sets 90 as the least. */
  readonly min: number
}

export const defaultTimerPolicy: TimerPolicy = { interval: 1800, min: 90 }

/** What both sides hold to until the next refresh. */
export interface TimerTerms {
  /** Seconds. */
  readonly interval: number
  readonly refresher: 'local' | 'remote'
}

type Entry = readonly [name: string, value: string]

export type TimerAnswer =
  | { readonly kind: 'too_small'; readonly headers: readonly Entry[] }
  | { readonly kind: 'ok'; readonly headers: readonly Entry[]; readonly terms?: TimerTerms }

// Less would be a refresh every few seconds, whatever a peer says.
const shortest = 30

/**
 * Header fields of a request that makes or refreshes a session (§7.1, §7.4).
 * @param minSe the largest Min-SE that was heard in a 422; @param terms those that hold
 */
export function proposeTimer(policy: TimerPolicy, minSe: number | undefined, terms: TimerTerms | undefined): Entry[] {
  const seconds = Math.max(terms?.interval ?? policy.interval, minSe ?? 0, policy.min)
  const role = terms && (terms.refresher === 'local' ? ('uac' as const) : ('uas' as const))
  return [
    ['Session-Expires', formatSessionExpires(role === undefined ? { seconds } : { seconds, refresher: role })],
    ['Min-SE', String(Math.max(minSe ?? 0, policy.min))],
  ]
}

/** What a 2xx to a request of theirs says, or that the request is refused (§9, table 2). */
export function answerTimer(policy: TimerPolicy, request: Headers): TimerAnswer {
  const asked = readSessionExpires(request)
  const able = supportsTimer(request)
  if (asked !== undefined && able && asked.seconds < policy.min) {
    return { kind: 'too_small', headers: [['Min-SE', String(policy.min)]] }
  }
  if (asked === undefined && !able) return { kind: 'ok', headers: [] }
  const least = Math.max(readMinSe(request) ?? 0, policy.min)
  // It may be made shorter, down to Min-SE, and never longer; where a caller that cannot do it is concerned, a proxy asked.
  const interval =
    asked === undefined ? Math.max(policy.interval, least) : Math.min(asked.seconds, Math.max(policy.interval, least))
  const refresher = able ? (asked?.refresher ?? 'uas') : 'uas'
  const headers: Entry[] = [['Session-Expires', formatSessionExpires({ seconds: interval, refresher })]]
  if (refresher === 'uac') headers.push(['Require', 'timer'])
  return {
    kind: 'ok',
    headers,
    terms: { interval: Math.max(interval, shortest), refresher: refresher === 'uas' ? 'local' : 'remote' },
  }
}

/** What a 2xx to a request of ours settles (§7.2); `undefined`: the session does not expire. */
export function settleTimer(response: Headers): TimerTerms | undefined {
  const answered = readSessionExpires(response)
  if (answered === undefined) return undefined
  // §7.2 wants the parameter there; where it is missing, whoever asked does the work.
  const refresher = answered.refresher === 'uas' ? 'remote' : 'local'
  return { interval: Math.max(answered.seconds, shortest), refresher }
}
