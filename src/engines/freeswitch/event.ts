import { Fields } from './fields.ts'
import { type Frame, FramingError, lengthOf } from './framing.ts'

/** How a channel ended. */
export interface Hangup {
  /** Name of its cause, such as `USER_BUSY`. */
  readonly cause: string
  /** What the far end said by SIP; 0 where it said nothing, or ended otherwise. */
  readonly status: number
}

/** What a channel says of itself with each of its events. */
export interface Heard {
  readonly channel: string
  /** Whether the far end takes telephone-event; absent before it has said what it takes. */
  readonly telephoneEvent: boolean | undefined
}

export type EslEvent =
  | ({ readonly kind: 'made' | 'rings' | 'early' | 'answered' | 'held' | 'unheld' } & Heard)
  | ({ readonly kind: 'ended'; readonly hangup: Hangup } & Heard)
  | { readonly kind: 'job'; readonly id: string; readonly result: string }

const kinds = {
  CHANNEL_CREATE: 'made',
  CHANNEL_PROGRESS: 'rings',
  CHANNEL_PROGRESS_MEDIA: 'early',
  CHANNEL_ANSWER: 'answered',
  CHANNEL_HOLD: 'held',
  CHANNEL_UNHOLD: 'unheld',
} as const

/** Events that are of use to us. */
export const eventNames: readonly string[] = [...Object.keys(kinds), 'CHANNEL_HANGUP_COMPLETE', 'BACKGROUND_JOB']

/**
 * One message of type `text/event-plain`; `undefined` for those that are of no use to us.
 * @throws FramingError where a field is missing
 */
export function readEvent({ body: text }: Frame): EslEvent | undefined {
  // An event may have a body of its own, behind an empty line; its length is in octets, and it is the last thing.
  const end = text.indexOf('\n\n')
  const raw = Fields.read(end < 0 ? text : text.slice(0, end))
  const fields = raw.decoded()
  const name = need(fields, 'Event-Name')
  if (name === 'BACKGROUND_JOB') {
    const rest = Buffer.from(end < 0 ? '' : text.slice(end + 2), 'utf8')
    return {
      kind: 'job',
      id: need(fields, 'Job-UUID'),
      result: rest.subarray(0, lengthOf(raw)).toString('utf8').trim(),
    }
  }
  if (name === 'CHANNEL_HANGUP_COMPLETE') {
    const hangup = { cause: need(fields, 'Hangup-Cause'), status: statusOf(fields) }
    return { kind: 'ended', hangup, ...heard(fields) }
  }
  return isChannelEvent(name) ? { kind: kinds[name], ...heard(fields) } : undefined
}

const isChannelEvent = (name: string): name is keyof typeof kinds => Object.hasOwn(kinds, name)

const heard = (fields: Fields): Heard => ({
  channel: need(fields, 'Unique-ID'),
  telephoneEvent: takesTelephoneEvent(fields),
})

/** By the SDP of the far end. @param fields of a channel, decoded */
export function takesTelephoneEvent(fields: Fields): boolean | undefined {
  const sdp = fields.get('variable_switch_r_sdp')
  return sdp === undefined ? undefined : /telephone-event\/8000/i.test(sdp)
}

function statusOf(fields: Fields): number {
  const said = /^sip:([3-6][0-9]{2})$/i.exec(fields.get('variable_proto_specific_hangup_cause') ?? '')
  return Number(said?.[1] ?? 0)
}

function need(fields: Fields, name: string): string {
  const value = fields.get(name)
  if (value === undefined || value === '') throw new FramingError(`an event has no ${name}`)
  return value
}
