export type CallState = 'ringing' | 'ongoing' | 'ended'
export type LegStatus = 'answered' | 'unanswered' | 'busy' | 'failed' | 'ongoing'

/** What the service posted to a notify URL. */
export interface Notification {
  /** The block that it is about: `answer`, `dial`, `play`, … */
  readonly block: string
  /** To be looked at first: `ended` may come at any block. */
  readonly callState: CallState
  readonly session: string
  readonly txnRef: string
  readonly tag?: string
  readonly from?: string
  readonly to?: string
  readonly dest?: string
  readonly dialStatus?: LegStatus
  readonly transferStatus?: LegStatus
  readonly digits?: string
  readonly recordUrl?: string
  readonly room?: string
  /** Only of a call that has ended. `YYYY-MM-DD HH:MM:SS`, UTC. */
  readonly date?: string
  /** Minutes, each that was begun. */
  readonly duration?: number
  readonly currency?: string
  /** By the minute. */
  readonly rate?: number
  /** In all. */
  readonly debit?: number
}

const states: readonly CallState[] = ['ringing', 'ongoing', 'ended']
const statuses: readonly LegStatus[] = ['answered', 'unanswered', 'busy', 'failed', 'ongoing']

/**
 * Reads the body of a notification.
 * @param body the form as it came, or its fields
 * @throws TypeError when it is no notification
 */
export function parseNotification(body: string | URLSearchParams | Readonly<Record<string, unknown>>): Notification {
  const fields = fieldsOf(body)
  const callState = oneOf(states, fields, 'call_state')
  const { session, txn_ref: txnRef, ivr_block: block = '' } = fields
  if (callState === undefined || !session || !txnRef) {
    throw new TypeError('This is no notification: it lacks call_state, session or txn_ref.')
  }
  const found = {
    tag: fields.tag,
    from: fields.from,
    to: fields.to,
    dest: fields.dest,
    dialStatus: oneOf(statuses, fields, 'dial_status'),
    transferStatus: oneOf(statuses, fields, 'transfer_status'),
    digits: fields.digits,
    recordUrl: fields.record_url,
    room: fields.room,
    date: fields.date,
    duration: numberOf(fields, 'duration'),
    currency: fields.currency,
    rate: numberOf(fields, 'rate'),
    debit: numberOf(fields, 'debit'),
  }
  const given = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
  return { block, callState, session, txnRef, ...given }
}

type Fields = Readonly<Record<string, string | undefined>>

function fieldsOf(body: string | URLSearchParams | Readonly<Record<string, unknown>>): Fields {
  if (typeof body === 'string') return Object.fromEntries(new URLSearchParams(body))
  if (body instanceof URLSearchParams) return Object.fromEntries(body)
  return Object.fromEntries(Object.entries(body).flatMap(([k, v]) => (typeof v === 'string' ? [[k, v]] : [])))
}

function oneOf<T extends string>(known: readonly T[], fields: Fields, name: string): T | undefined {
  const value = fields[name]
  if (value === undefined) return undefined
  const found = known.find((one) => one === value)
  if (found === undefined) throw new TypeError(`${name} is ${JSON.stringify(value)}, not one of ${known.join(', ')}.`)
  return found
}

function numberOf(fields: Fields, name: string): number | undefined {
  const value = fields[name]
  if (value === undefined) return undefined
  const number = value.trim() === '' ? Number.NaN : Number(value)
  if (!Number.isFinite(number)) throw new TypeError(`${name} is ${JSON.stringify(value)}, not a number.`)
  return number
}
