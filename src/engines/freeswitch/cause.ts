import type { Hangup } from './event.ts'

/**
 * Causes of FreeSWITCH with their number of Q.850, and the status that its SIP answers with for each (RFC 4497 §8.4.1 and what it adds).
 * Causes above 127 are its own; they have the number of the nearest of Q.850.
 */
const causes = {
  UNALLOCATED_NUMBER: [1, 404],
  NO_ROUTE_TRANSIT_NET: [2, 404],
  NO_ROUTE_DESTINATION: [3, 404],
  NORMAL_CLEARING: [16, 480],
  USER_BUSY: [17, 486],
  NO_USER_RESPONSE: [18, 408],
  NO_ANSWER: [19, 480],
  SUBSCRIBER_ABSENT: [20, 480],
  CALL_REJECTED: [21, 603],
  NUMBER_CHANGED: [22, 410],
  REDIRECTION_TO_NEW_DESTINATION: [23, 410],
  EXCHANGE_ROUTING_ERROR: [25, 483],
  DESTINATION_OUT_OF_ORDER: [27, 502],
  INVALID_NUMBER_FORMAT: [28, 484],
  FACILITY_REJECTED: [29, 501],
  NORMAL_UNSPECIFIED: [31, 480],
  NORMAL_CIRCUIT_CONGESTION: [34, 503],
  NETWORK_OUT_OF_ORDER: [38, 503],
  NORMAL_TEMPORARY_FAILURE: [41, 503],
  SWITCH_CONGESTION: [42, 503],
  REQUESTED_CHAN_UNAVAIL: [44, 503],
  OUTGOING_CALL_BARRED: [52, 403],
  INCOMING_CALL_BARRED: [54, 403],
  BEARERCAPABILITY_NOTAUTH: [57, 403],
  BEARERCAPABILITY_NOTAVAIL: [58, 488],
  BEARERCAPABILITY_NOTIMPL: [65, 488],
  CHAN_NOT_IMPLEMENTED: [66, 488],
  FACILITY_NOT_IMPLEMENTED: [69, 501],
  SERVICE_NOT_IMPLEMENTED: [79, 501],
  INCOMPATIBLE_DESTINATION: [88, 488],
  RECOVERY_ON_TIMER_EXPIRE: [102, 504],
  ORIGINATOR_CANCEL: [16, 487],
  LOSE_RACE: [26, 487],
  USER_NOT_REGISTERED: [20, 480],
  PROGRESS_TIMEOUT: [18, 408],
  ALLOTTED_TIMEOUT: [19, 480],
  INVALID_GATEWAY: [3, 503],
  GATEWAY_DOWN: [38, 503],
  INVALID_PROFILE: [38, 503],
  INVALID_URL: [28, 484],
  MEDIA_TIMEOUT: [102, 504],
} as const satisfies Readonly<Record<string, readonly [q850: number, status: number]>>

export type CauseName = keyof typeof causes

const isCause = (name: string): name is CauseName => Object.hasOwn(causes, name)

/** The final status for a call that was not taken. */
export function statusOf({ cause, status }: Hangup): number {
  if (status >= 300 && status <= 699) return status
  return isCause(cause) ? causes[cause][1] : 500
}

/** Q.850; 31 (normal, unspecified) for causes that stand here for none. */
export const q850Of = (cause: string): number => (isCause(cause) ? causes[cause][0] : 31)

/** That makes FreeSWITCH answer with this status, or the one nearest to it. */
const refusals: Readonly<Record<number, CauseName>> = {
  401: 'OUTGOING_CALL_BARRED',
  403: 'OUTGOING_CALL_BARRED',
  404: 'UNALLOCATED_NUMBER',
  407: 'OUTGOING_CALL_BARRED',
  408: 'NO_USER_RESPONSE',
  410: 'NUMBER_CHANGED',
  480: 'NO_ANSWER',
  483: 'EXCHANGE_ROUTING_ERROR',
  484: 'INVALID_NUMBER_FORMAT',
  486: 'USER_BUSY',
  487: 'ORIGINATOR_CANCEL',
  488: 'INCOMPATIBLE_DESTINATION',
  501: 'FACILITY_REJECTED',
  502: 'DESTINATION_OUT_OF_ORDER',
  503: 'NORMAL_TEMPORARY_FAILURE',
  504: 'RECOVERY_ON_TIMER_EXPIRE',
  600: 'USER_BUSY',
  603: 'CALL_REJECTED',
  606: 'INCOMPATIBLE_DESTINATION',
}

export const refusalOf = (status: number): CauseName =>
  refusals[status] ?? (status < 500 ? 'CALL_REJECTED' : 'NORMAL_TEMPORARY_FAILURE')

/** The first cause of that number. */
export function causeOf(q850: number): CauseName {
  const [name] = Object.entries(causes).find(([, [number]]) => number === q850) ?? ['NORMAL_CLEARING']
  return isCause(name) ? name : 'NORMAL_CLEARING'
}

/** The name in `-ERR USER_BUSY`; `undefined` where the text says something else. */
export const causeIn = (text: string): string | undefined => /^-ERR ([A-Z][A-Z0-9_]+)$/.exec(text.trim())?.[1]
