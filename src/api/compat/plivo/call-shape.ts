import { hangupCause } from '../../../apps/document/cause.ts'
import { partyParam } from '../../../apps/document/params.ts'
import { type CallEnd, endCodes } from '../../../phone/reason.ts'
import type { CallRecord } from '../../../store/document-calls.ts'
import type { StoredEnd } from '../../../store/shapes.ts'
import { timeOf } from './times.ts'

const free = '0.00000'

/** A call that is over, as it is accounted for. */
export function showRecord({ call, made }: CallRecord, uri: string) {
  const { answeredAt, endedAt } = call
  const talk =
    answeredAt === null || endedAt === null ? 0 : Math.round((endedAt.getTime() - answeredAt.getTime()) / 1000)
  const cause = call.end !== null && isEnd(call.end) ? hangupCause(call.end, undefined) : undefined
  return {
    call_uuid: call.id,
    call_direction: call.direction,
    call_state: stateOf(call.answeredAt, call.endCode),
    from_number: partyParam(call.from),
    to_number: partyParam(call.to),
    initiation_time: timeOf(call.startedAt),
    answer_time: answeredAt === null ? null : timeOf(answeredAt),
    end_time: endedAt === null ? null : timeOf(endedAt),
    call_duration: talk,
    bill_duration: talk,
    billed_duration: Math.ceil(talk / 60) * 60,
    total_amount: free,
    total_rate: free,
    hangup_cause_name: made?.causeName ?? cause?.name ?? null,
    hangup_cause_code: made?.causeCode ?? cause?.code ?? null,
    hangup_source: made?.causeSource ?? cause?.source ?? null,
    parent_call_uuid: made?.parentCallId ?? null,
    conference_uuid: null,
    resource_uri: uri,
  }
}

/** The store keeps words; those of a newer version may be none of ours. */
const isEnd = (end: StoredEnd): end is StoredEnd & CallEnd => end.code in endCodes

const stateOf = (answeredAt: Date | null, code: string | null): string => {
  if (answeredAt !== null) return 'ANSWER'
  return code === 'busy' || code === 'declined' ? 'BUSY' : code === 'no_answer' ? 'NO_ANSWER' : 'FAILED'
}

/** A call that is up or rings. */
export const showLive = ({ call }: CallRecord, answered: boolean) => ({
  call_status: answered || call.state === 'up' ? 'in-progress' : 'ringing',
  call_uuid: call.id,
  caller_name: call.from.kind === 'anonymous' ? '' : (call.from.name ?? partyParam(call.from)),
  direction: call.direction,
  from: partyParam(call.from),
  to: partyParam(call.to),
  request_uuid: call.id,
  session_start: timeOf(call.startedAt),
})
