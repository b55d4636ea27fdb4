/** What FreeSWITCH's SIP answers with for a cause (RFC 4497 §8.4.1), and the cause that it has for an answer. */
const table: readonly (readonly [cause: string, q850: number, status: number])[] = [
  ['UNALLOCATED_NUMBER', 1, 404],
  ['NO_ROUTE_DESTINATION', 3, 404],
  ['USER_BUSY', 17, 486],
  ['NO_USER_RESPONSE', 18, 408],
  ['NO_ANSWER', 19, 480],
  ['CALL_REJECTED', 21, 603],
  ['CALL_REJECTED', 21, 403],
  ['NUMBER_CHANGED', 22, 410],
  ['LOSE_RACE', 26, 487],
  ['INVALID_NUMBER_FORMAT', 28, 484],
  ['NORMAL_TEMPORARY_FAILURE', 41, 503],
  ['OUTGOING_CALL_BARRED', 52, 403],
  ['INCOMPATIBLE_DESTINATION', 88, 488],
  ['ORIGINATOR_CANCEL', 16, 487],
  ['NORMAL_CLEARING', 16, 480],
]

export const causeOfStatus = (status: number): string =>
  table.find(([, , each]) => each === status)?.[0] ?? 'NORMAL_TEMPORARY_FAILURE'
export const statusOfCause = (cause: string): number => table.find(([each]) => each === cause)?.[2] ?? 480
export const q850OfCause = (cause: string): number => table.find(([each]) => each === cause)?.[1] ?? 16
