import { afterAttempt } from '../apps/dialer/retry.ts'
import type { EndCode } from '../phone/reason.ts'
import type { AttemptEnd, PlannedCallRow } from '../store/planned-calls.ts'

/** What an attempt that is over comes to, and what becomes of its call. Pure. @param now milliseconds since 1970 */
export function attemptEnd(
  row: Pick<PlannedCallRow, 'retry' | 'retried' | 'until'>,
  { callId, answered, code, now }: { callId: string; answered: boolean; code: EndCode; now: number },
): Omit<AttemptEnd, 'sentence'> {
  const end = { callId, code, at: new Date(now) }
  if (answered) return { ...end, becomes: { state: 'done' } }
  const next = afterAttempt(code, row.retry, row.retried, now)
  if (next.kind === 'over' || (row.until !== null && next.at > row.until.getTime()))
    return { ...end, becomes: { state: 'failed' } }
  return { ...end, becomes: { state: 'waiting', nextAt: new Date(next.at), retried: next.retried } }
}
