import type { Call } from '../../phone/call.ts'
import type { CallEnd, EndCode, EndedBy } from '../../phone/reason.ts'

/** How the dialect says why a call ended: Q.850's name as switches write it, and a name and code of its own. */
export interface HangupCause {
  readonly cause: string
  readonly name: string
  readonly code: number
  readonly source: 'Caller' | 'Callee' | 'Plivo' | 'Carrier' | 'API Request' | 'Answer XML' | 'Error' | 'Unknown'
}

const causes: Readonly<Record<EndCode, Omit<HangupCause, 'source'>>> = {
  completed: { cause: 'NORMAL_CLEARING', name: 'Normal Hangup', code: 4000 },
  busy: { cause: 'USER_BUSY', name: 'Busy Line', code: 3010 },
  declined: { cause: 'CALL_REJECTED', name: 'Rejected', code: 3020 },
  no_answer: { cause: 'NO_ANSWER', name: 'No Answer', code: 3000 },
  not_registered: { cause: 'USER_NOT_REGISTERED', name: 'Endpoint Not Registered', code: 2020 },
  not_found: { cause: 'UNALLOCATED_NUMBER', name: 'Invalid Destination Address', code: 2000 },
  not_allowed: { cause: 'CALL_REJECTED', name: 'Destination Number Barred', code: 2040 },
  canceled: { cause: 'ORIGINATOR_CANCEL', name: 'Canceled', code: 1000 },
  unreachable: { cause: 'NO_ROUTE_DESTINATION', name: 'Destination Out Of Service', code: 2010 },
  incompatible_media: { cause: 'INCOMPATIBLE_DESTINATION', name: 'Unknown', code: 0 },
  media_timeout: { cause: 'MEDIA_TIMEOUT', name: 'Unknown', code: 0 },
  overloaded: { cause: 'SWITCH_CONGESTION', name: 'Unknown', code: 0 },
  too_many_hops: { cause: 'EXCHANGE_ROUTING_ERROR', name: 'Loop Detected', code: 2060 },
  interrupted: { cause: 'NORMAL_TEMPORARY_FAILURE', name: 'Unknown', code: 0 },
  failed: { cause: 'NORMAL_TEMPORARY_FAILURE', name: 'Unknown', code: 0 },
}

const sources: Readonly<Record<EndedBy, HangupCause['source']>> = {
  caller: 'Caller',
  callee: 'Callee',
  service: 'Plivo',
  network: 'Carrier',
  operator: 'API Request',
}

/** @param known what the document itself made of the end, which its code alone does not tell */
export function hangupCause(end: CallEnd, known: Partial<HangupCause> | undefined): HangupCause {
  return { ...causes[end.code], source: sources[end.by], ...known }
}

/** Ends of ours that have this code of the dialect. */
export const causeCodes = (code: number): readonly string[] =>
  Object.entries(causes).flatMap(([end, cause]) => (cause.code === code ? [end] : []))

/** Who of ours is called so. */
export const causeSources = (source: string): readonly string[] =>
  Object.entries(sources).flatMap(([by, name]) => (name === source ? [by] : []))

export const causeName = (code: EndCode): string => causes[code].cause

/** How a talk ended that somebody hung up. */
export const talkCause = (by: EndedBy): HangupCause => ({ ...causes.completed, source: sources[by] })

export type DialStatus = 'completed' | 'busy' | 'failed' | 'cancel' | 'timeout' | 'no-answer'

/** The cloud's own mapping is not documented; `timeout` is kept for a ring time that the document set. */
export function dialStatus(code: EndCode, timed: boolean): DialStatus {
  switch (code) {
    case 'completed':
      return 'completed'
    case 'busy':
    case 'declined':
      return 'busy'
    case 'no_answer':
      return timed ? 'timeout' : 'no-answer'
    case 'canceled':
      return 'cancel'
    case 'not_registered':
    case 'not_found':
    case 'not_allowed':
    case 'unreachable':
    case 'incompatible_media':
    case 'media_timeout':
    case 'overloaded':
    case 'too_many_hops':
    case 'interrupted':
    case 'failed':
      return 'failed'
  }
}

/** As the CallStatus of a call that is over; the dialect knows further words for calls that it placed only. */
export function endStatus(end: CallEnd, answered: boolean, direction: Call['direction']): string {
  if (answered || direction === 'inbound') return 'completed'
  const status = dialStatus(end.code, false)
  return status === 'completed' || status === 'cancel' ? 'no-answer' : status
}
