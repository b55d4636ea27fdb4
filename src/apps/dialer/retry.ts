import type { EndCode } from '../../phone/reason.ts'

export type RetryReason = 'busy' | 'noAnswer' | 'failure'

/** How often, and how many seconds after the end of the attempt that came to this. */
export interface RetryRule {
  /** 0–100. */
  readonly times: number
  /** 1–604,800. */
  readonly seconds: number
}

/** What is not given is not retried. */
export type RetryRules = { readonly [reason in RetryReason]?: RetryRule }

/** How often each reason was retried. */
export type Retried = { readonly [reason in RetryReason]?: number }

/** What an end counts as. `undefined`: final, whatever the rules say. */
export function reasonOf(code: EndCode): RetryReason | undefined {
  switch (code) {
    case 'busy':
      return 'busy'
    case 'no_answer':
      return 'noAnswer'
    case 'not_registered':
    case 'unreachable':
    case 'overloaded':
    case 'media_timeout':
    case 'interrupted':
    case 'failed':
      return 'failure'
    // Who says no, or does not exist, says the same the next time.
    case 'declined':
    case 'not_found':
    case 'not_allowed':
    case 'incompatible_media':
    case 'too_many_hops':
    case 'canceled':
    case 'completed':
      return undefined
  }
}

export type NextStep =
  | { readonly kind: 'again'; readonly at: number; readonly retried: Retried }
  | { readonly kind: 'over' }

/** What follows an attempt that nobody answered. @param now milliseconds since 1970 */
export function afterAttempt(code: EndCode, rules: RetryRules, retried: Retried, now: number): NextStep {
  const reason = reasonOf(code)
  const rule = reason === undefined ? undefined : rules[reason]
  if (reason === undefined || rule === undefined) return { kind: 'over' }
  const before = retried[reason] ?? 0
  if (before >= rule.times) return { kind: 'over' }
  return { kind: 'again', at: now + rule.seconds * 1000, retried: { ...retried, [reason]: before + 1 } }
}
