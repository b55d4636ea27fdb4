import { z } from 'zod'
import { parseCron } from '../../apps/dialer/cron.ts'
import type { CallHours } from '../../apps/dialer/rules.ts'
import { isZone } from '../../phone/zone.ts'
import type { DialAttemptRow, PlannedCallRow } from '../../store/planned-calls.ts'
import { defined } from '../defined.ts'
import { AddressShape, body, exampleId, iso, isoOrNull, line, showAddress, time } from '../shapes.ts'

const clockTime = z.string().regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/, 'takes a time such as 09:00')
export const cron = line(1, 200).superRefine((text, context) => {
  const parsed = parseCron(text)
  if (typeof parsed === 'string') context.addIssue(parsed)
})
export const zone = line(1, 64).refine(isZone, 'takes a time zone such as America/New_York')
export const CallHoursShape = body({
  from: clockTime,
  to: clockTime.describe('Before `from`: over midnight'),
  days: z.array(z.int().min(1).max(7)).min(1).max(7).optional().describe('1 Monday to 7 Sunday; each day unless given'),
  zone: zone
    .optional()
    .describe('Unless given that of the callee: of the country of the number, and where it has several, all of them'),
}).meta({ id: 'CallHours', examples: [{ from: '09:00', to: '20:00', days: [1, 2, 3, 4, 5] }] })

export const hoursOf = ({ from, to, days, zone: where }: z.infer<typeof CallHoursShape>): CallHours => ({
  ...{ from, to },
  ...defined({ days, zone: where }),
})

const rule = body({
  times: z.int().min(0).max(100).describe('Attempts after the first'),
  seconds: z.int().min(1).max(604_800).describe('From the end of one attempt to the next'),
})
export const RetryShape = body({
  busy: rule.optional(),
  noAnswer: rule.optional(),
  failure: rule
    .optional()
    .describe('No phone signed in, no trunk, a server that refuses, or an attempt that the end of the service cut off'),
}).meta({
  id: 'Retry',
  examples: [{ busy: { times: 5, seconds: 60 }, noAnswer: { times: 2, seconds: 3600 } }],
})

/** What a planned call may say besides what every call says. */
export const planFields = {
  priority: z.int().min(-100).max(100).optional().describe('Higher ones go first; 0 unless given'),
  retry: RetryShape.optional().describe('No second attempt unless given'),
  hours: CallHoursShape.optional().describe('When it may be placed; it waits for them'),
}
export const account = line(1, 80).describe('Whom it is charged to; stands in the record of the call')

const example = {
  ...{ id: exampleId('planned'), state: 'waiting' as const, app: 'flow' as const },
  from: { kind: 'number' as const, address: '+15550100', raw: '+15550100' },
  to: { kind: 'number' as const, address: '+15550142', raw: '+15550142' },
  ...{ priority: 0, account: 'spring', schedule: null, at: '2026-12-01T09:00:00.000Z', until: null },
  ...{ nextAt: '2026-12-01T09:00:00.000Z', attempts: 0, call: null, code: null, sentence: null },
  ...{ createdAt: '2026-01-05T12:00:00.000Z', endedAt: null },
}
export const planApp = z
  .enum(['connect', 'api', 'flow', 'call_file', 'scan'])
  .describe('`call_file`: an attempt at a file of the spool; `scan`: a call of a scan')
export const PlannedShape = z
  .object({
    id: z.string(),
    state: z
      .enum(['waiting', 'calling', 'done', 'failed', 'canceled'])
      .describe('`done`: somebody answered, and the call is over'),
    from: AddressShape,
    to: AddressShape,
    app: planApp,
    priority: z.int(),
    account: z.string().nullable(),
    schedule: z.string().nullable(),
    at: time.describe('As it was asked for'),
    until: time.nullable(),
    nextAt: time.nullable().describe('Of the next attempt'),
    attempts: z.int(),
    call: z.string().nullable().describe('Of the last attempt'),
    code: z.string().nullable().describe('How the last attempt ended, or `expired`'),
    sentence: z.string().nullable().describe('What it waits for, or how it ended'),
    createdAt: time,
    endedAt: time.nullable(),
  })
  .meta({
    id: 'PlannedCall',
    examples: [example],
  })

const Attempt = z.object({
  number: z.int(),
  call: z.string(),
  state: z.enum(['claimed', 'placed', 'over']),
  code: z.string().nullable(),
  sentence: z.string().nullable(),
  placedAt: time.nullable().describe('Null: nothing was sent'),
  endedAt: time.nullable(),
})
export const PlannedWithTries = z
  .object({ ...PlannedShape.shape, tries: z.array(Attempt).describe('Each attempt, the first one first') })
  .meta({ id: 'PlannedCallWithTries', examples: [{ ...example, tries: [] }] })

export function showPlanned(row: PlannedCallRow): z.infer<typeof PlannedShape> {
  const { does } = row
  const [from, to] = does.kind === 'connect' ? [row.to, does.to] : [row.from, row.to]
  return {
    ...{ id: row.id, state: row.state, from: showAddress(from), to: showAddress(to) },
    app: does.kind === 'saved_flow' ? 'flow' : does.kind,
    ...{ priority: row.priority, account: row.account, schedule: row.scheduleId, at: iso(row.at) },
    ...{ until: isoOrNull(row.until), nextAt: isoOrNull(row.nextAt), attempts: row.attempts, call: row.callId },
    ...{ code: row.code, sentence: row.sentence, createdAt: iso(row.createdAt), endedAt: isoOrNull(row.endedAt) },
  }
}

export const showTry = ({ number, callId, state, code, sentence, placedAt, endedAt }: DialAttemptRow) => ({
  ...{ number, call: callId, state, code, sentence },
  ...{ placedAt: isoOrNull(placedAt), endedAt: isoOrNull(endedAt) },
})
