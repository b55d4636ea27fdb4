import { z } from 'zod'
import type { CallEventRow, CallRow } from '../../store/calls.ts'
import type { StoredEnd, StoredReason } from '../../store/shapes.ts'
import { AddressShape, exampleId, iso, isoOrNull, showAddress, time } from '../shapes.ts'

export const idleSeconds = z
  .int()
  .min(10)
  .max(3600)
  .describe(
    'How long a call that is up may have nothing to do, on hold apart, until it is ended with the apology; 120 unless given',
  )

const reason = {
  at: time,
  code: z.string().describe('Stable: completed, busy, declined, no_answer, not_registered, …'),
  by: z.string().describe('caller, callee, service, network or operator'),
  q850: z.int().describe('ITU-T Q.850 cause'),
  sip: z.int().optional().describe('Final SIP status, where there was one'),
  sentence: z.string(),
}
const Reason = z.object({ ...reason, target: z.string().optional() })
export const EndShape = z.object({ ...reason, chain: z.array(Reason).describe('What led to it, oldest first') })
const exampleReasons = [
  {
    at: '2026-01-05T12:00:10.000Z',
    code: 'busy',
    target: '1001',
    by: 'callee',
    q850: 17,
    sip: 486,
    sentence: '1001 is busy.',
  },
  { at: '2026-01-05T12:00:41.000Z', code: 'completed', by: 'caller', q850: 16, sentence: 'The caller hung up.' },
]
const example = {
  id: exampleId('call'),
  direction: 'inbound' as const,
  state: 'ended' as const,
  from: { kind: 'number' as const, address: '+15550142', raw: '+15550142' },
  to: { kind: 'number' as const, address: '+15550100', raw: '15550100' },
  forward: exampleId('forward'),
  account: null,
  startedAt: '2026-01-05T12:00:00.000Z',
  answeredAt: '2026-01-05T12:00:00.200Z',
  endedAt: '2026-01-05T12:00:41.000Z',
  seconds: 41,
  end: {
    at: '2026-01-05T12:00:41.000Z',
    code: 'completed',
    by: 'caller',
    q850: 16,
    sentence: 'The caller hung up.',
    chain: exampleReasons,
  },
}
const fields = {
  id: z.string(),
  direction: z.enum(['inbound', 'outbound']),
  state: z.enum(['ringing', 'up', 'ended']),
  from: AddressShape,
  to: AddressShape,
  forward: z.string().nullable().describe('The forward that took it'),
  account: z.string().nullable().describe('Whom it is charged to'),
  startedAt: time,
  answeredAt: time.nullable(),
  endedAt: time.nullable(),
  seconds: z.int().nullable().describe('From answer to end; null before the end or when nobody answered'),
  end: EndShape.nullable().describe('How it ended'),
}
export const CallShape = z.object(fields).meta({ id: 'Call', examples: [example] })

const TimelineEvent = z
  .object({
    at: time,
    kind: z.string(),
    text: z.string(),
    data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
  })
  .meta({
    id: 'TimelineEvent',
    examples: [
      { at: '2026-01-05T12:00:00.000Z', kind: 'arrived', text: 'A call from +15550142 to +15550100 arrived.' },
    ],
  })
export const CallWithTimeline = z
  .object({ ...fields, timeline: z.array(TimelineEvent).describe('What happened, oldest first') })
  .meta({
    id: 'CallWithTimeline',
    examples: [
      {
        ...example,
        timeline: [
          { at: '2026-01-05T12:00:00.000Z', kind: 'arrived', text: 'A call from +15550142 to +15550100 arrived.' },
        ],
      },
    ],
  })

export function showCall(row: CallRow): z.infer<typeof CallShape> {
  const { startedAt, answeredAt, endedAt } = row
  const talked = answeredAt !== null && endedAt !== null
  return {
    id: row.id,
    direction: row.direction,
    state: row.state,
    from: showAddress(row.from),
    to: showAddress(row.to),
    forward: row.forwardId,
    account: row.account,
    startedAt: iso(startedAt),
    answeredAt: isoOrNull(answeredAt),
    endedAt: isoOrNull(endedAt),
    seconds: talked ? Math.max(0, Math.round((endedAt.getTime() - answeredAt.getTime()) / 1000)) : null,
    end: row.end === null ? null : showEnd(row.end),
  }
}

const showReason = ({ at, ...rest }: StoredReason): z.infer<typeof Reason> => ({ ...rest, at: iso(new Date(at)) })

export function showEnd({ at, chain, ...rest }: StoredEnd): z.infer<typeof EndShape> {
  return { ...rest, at: iso(new Date(at)), chain: chain.map(showReason) }
}

export const showEvent = ({ at, kind, text, data }: CallEventRow): z.infer<typeof TimelineEvent> => ({
  at: iso(at),
  kind,
  text,
  ...(data === null ? {} : { data: { ...data } }),
})
