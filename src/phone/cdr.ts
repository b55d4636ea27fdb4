import { type Address, addressKey } from './address.ts'
import type { TimelineEvent } from './call.ts'
import type { CallEnd } from './reason.ts'

export const dispositions = ['answered', 'busy', 'no_answer', 'congestion', 'failed'] as const
export type Disposition = (typeof dispositions)[number]

/** What was heard of one party, and how. Figures are of the audio that came from it. */
export interface CdrLeg {
  /** `a`: the one who called, or who was called first by us; `b`: each one that was put through. */
  readonly leg: 'a' | 'b'
  /** Normal form of its address. */
  readonly party: string
  /** What carried it: `sip`, or the scheme of the trunk, as `asterisk` or `plivo`. Absent in records of old. */
  readonly by?: string
  readonly codec: string | null
  /** Null, as the three after it: its audio stayed at a company, which tells nothing of it. */
  readonly packetsReceived: number | null
  readonly packetsSent: number | null
  readonly lost: number | null
  /** 0–100, of what was to come. */
  readonly lossPercent: number | null
  readonly jitterMs: number | null
  /** Null: it never reported. */
  readonly roundTripMs: number | null
  /** 1–4.5, null where nothing came. */
  readonly mos: number | null
}

/** What a call was, once it is over. Times are milliseconds since 1970. */
export interface Cdr {
  readonly call: string
  readonly direction: 'inbound' | 'outbound'
  readonly account: string | null
  readonly from: Address
  readonly to: Address
  readonly startedAt: number
  readonly answeredAt: number | null
  readonly endedAt: number
  /** From the start, and from the answer; whole seconds, rounded up as bills are. */
  readonly seconds: number
  readonly billedSeconds: number
  readonly disposition: Disposition
  /**
   * From the INVITE to the first sign that it rings; of the first one that was sent. Of a call that another switch sends, from when we
   * began to place it. Null: none was, or none came.
   */
  readonly postDialDelayMs: number | null
  /** Who answered, where that was found out. */
  readonly answeredBy: string | null
  /** What a call file wrote into `CDR(userfield)`, the last time that it did. */
  readonly userField?: string
  readonly legs: readonly CdrLeg[]
  /** The last block that was done on it; null: none was. */
  readonly lastBlock: string | null
  readonly end: CallEnd
}

interface EndedCall
  extends Pick<Cdr, 'call' | 'direction' | 'account' | 'from' | 'to' | 'startedAt' | 'answeredAt' | 'end'> {
  readonly story: readonly TimelineEvent[]
}

/** Pure. */
export function cdrOf({ story, ...call }: EndedCall): Cdr {
  const { startedAt, answeredAt, end } = call
  const heard = story.find(({ data }) => typeof data?.answeredBy === 'string')?.data?.answeredBy
  const written = story.findLast(({ data }) => typeof data?.userField === 'string')?.data?.userField
  return {
    ...call,
    endedAt: end.at,
    seconds: wholeSeconds(startedAt, end.at),
    billedSeconds: answeredAt === null ? 0 : wholeSeconds(answeredAt, end.at),
    disposition: dispositionOf(answeredAt !== null, end),
    postDialDelayMs: postDialDelay(story),
    answeredBy: typeof heard === 'string' ? heard : null,
    ...(typeof written === 'string' ? { userField: written } : {}),
    legs: story.flatMap((event) => legOf(event, call)),
    lastBlock: story.findLast((event) => blocks.has(event.kind) && !isPlacing(event))?.kind ?? null,
  }
}

const blocks: ReadonlySet<string> = new Set(['play', 'gather', 'record', 'dial', 'hold', 'transfer', 'listen', 'room'])

const wholeSeconds = (from: number, to: number): number => Math.max(0, Math.ceil((to - from) / 1000))

function dispositionOf(answered: boolean, { code }: CallEnd): Disposition {
  if (answered) return 'answered'
  switch (code) {
    case 'busy':
      return 'busy'
    case 'no_answer':
    case 'canceled':
    case 'completed':
    case 'declined':
    case 'not_registered':
      return 'no_answer'
    case 'overloaded':
      return 'congestion'
    default:
      return 'failed'
  }
}

/** A 100 says nothing of the far end (RFC 3261 §8.2.6.1). */
function postDialDelay(story: readonly TimelineEvent[]): number | null {
  const sent = story.find(({ kind, text }) => kind === 'sip_out' && text.startsWith('INVITE '))
  if (sent === undefined) return ringsAfter(story)
  const dialog = sent.data?.sipCallId
  const rang = story.find(
    ({ kind, text, data }) =>
      kind === 'sip_in' && data?.sipCallId === dialog && /^(?:18\d|2\d\d) /.test(text) && isInvite(data?.cseq),
  )
  return rang === undefined ? null : Math.max(0, rang.at - sent.at)
}

/** Of calls that we place and that another switch sends, which tells no SIP. */
function ringsAfter(story: readonly TimelineEvent[]): number | null {
  const begun = story.findIndex(isPlacing)
  const from = story[begun]
  const rang = story.find(({ kind }, i) => i > begun && (kind === 'ringing' || kind === 'answered'))
  return from === undefined || rang === undefined ? null : Math.max(0, rang.at - from.at)
}

/** How the story of a call that we place begins; no block was done on it yet. */
const isPlacing = ({ kind, text }: TimelineEvent): boolean => kind === 'dial' && text.startsWith('calling ')

const isInvite = (cseq: unknown): boolean => typeof cseq === 'string' && cseq.endsWith(' INVITE')

function legOf({ kind, data }: TimelineEvent, call: Pick<EndedCall, 'direction' | 'from' | 'to'>): readonly CdrLeg[] {
  if (kind !== 'media' || data === undefined) return []
  const maybe = (name: string): number | null => (typeof data[name] === 'number' ? data[name] : null)
  const isHere = maybe('packetsReceived') !== null
  const number = (name: string): number | null => maybe(name) ?? (isHere ? 0 : null)
  const own = addressKey(call.direction === 'inbound' ? call.from : call.to)
  const leg = data.leg === 'b' ? 'b' : 'a'
  return [
    {
      leg,
      party: typeof data.party === 'string' ? data.party : own,
      by: typeof data.by === 'string' ? data.by : 'sip',
      codec: typeof data.codec === 'string' ? data.codec : null,
      ...{ packetsReceived: number('packetsReceived'), packetsSent: number('packetsSent') },
      ...{ lost: number('lost'), lossPercent: number('lossPercent'), jitterMs: number('jitterMs') },
      ...{ roundTripMs: maybe('roundTripMs'), mos: maybe('mos') },
    },
  ]
}
