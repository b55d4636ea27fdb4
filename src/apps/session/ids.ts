import type { CallId } from '../../phone/id.ts'

const prefix = 'call_'

/** A session is a call under another name: `S` and the call's own characters. */
export const sessionOf = (call: CallId): string => `S${call.slice(prefix.length)}`

/** The transaction that a call is in the history: `TX-` and the call's own characters. */
export const txnRefOf = (call: CallId): string => `TX-${call.slice(prefix.length)}`
