import { z } from 'zod'
import type { TargetRow } from '../../store/broadcast-targets.ts'
import { type BroadcastRow, countTargets } from '../../store/broadcasts.ts'
import type { Db } from '../../store/store.ts'
import { addressText, body, exampleId, id, iso, isoOrNull, key, line, time } from '../shapes.ts'
import { PromptShape } from './action-shape.ts'
import { contactStatus, group } from './contacts.ts'
import { account, CallHoursShape, cron, zone } from './planned-shape.ts'

const way = z
  .enum(['text', 'call', 'text_then_call', 'cycle'])
  .describe(
    '`text_then_call`: a text, and a call where no report says within `reportMinutes` that it was delivered. `cycle`: a call to whom the last text did not reach (`inactive`), a text to all others',
  )
const words = z
  .string()
  .min(1)
  .max(1600)
  .regex(/^[^\0\p{Cs}]*$/u, 'takes no NUL character and no half of a surrogate pair')
const Text = body({
  body: words,
  from: key.optional().describe('A rented number or a sender of the text rules; by the rules unless given'),
  reportMinutes: z
    .number()
    .min(0.1)
    .max(10_080)
    .default(60)
    .describe('After so long without a report it did not reach'),
})
const Call = body({
  from: addressText.describe('A number that is rented here, as the caller that is shown'),
  message: PromptShape.optional().describe('The words of the text unless given'),
  confirm: body({
    key: z
      .string()
      .regex(/^[0-9]$/, 'takes one digit')
      .default('1'),
    ask: PromptShape.optional().describe('After the message; “Press 1 to confirm.” unless given'),
    thanks: PromptShape.optional().describe('Once it was pressed'),
  })
    .optional()
    .describe('Only who presses the key counts as reached'),
  voicemail: z
    .enum(['leave', 'hang_up', 'speak'])
    .default('leave')
    .describe(
      'Where a machine answers: the message is left after its beep; or it counts as not answered. `speak`: nobody is told apart from a machine',
    ),
  seconds: z.int().min(1).max(600).default(45).describe('How long it rings'),
  attempts: z.int().min(1).max(20).default(2).describe('At most so many calls to each contact'),
  againMinutes: z.int().min(1).max(10_080).default(60).describe('From the end of one call to the next'),
  priority: z.int().min(-100).max(100).default(0).describe('Among planned calls; higher ones go first'),
})
const exampleBroadcast = {
  ...{ name: 'Clinic hours', way: 'text_then_call' as const, to: { groups: ['clinic'] } },
  text: { body: 'The clinic is closed on Monday.', reportMinutes: 60 },
  call: { from: '+15550100', confirm: { key: '1' }, attempts: 2 },
  hours: { from: '09:00', to: '20:00' },
}
export const CreateBroadcast = body({
  name: line(1, 100),
  way,
  to: body({
    groups: z.array(group).min(1).max(50).optional().describe('Contacts in any of them'),
    status: contactStatus.optional(),
    contacts: z.array(id('contact')).min(1).max(1000).optional(),
  })
    .default({})
    .describe('Whom it is for, as they are now; all contacts unless narrowed'),
  text: Text.optional(),
  call: Call.optional(),
  hours: CallHoursShape.optional().describe(
    'When contacts are texted and called, by the clock of each: of its `zone`, else of the country of its number',
  ),
  startAt: time.optional(),
  account: account.optional(),
  repeat: body({
    cron: cron.describe('When further rounds begin: minute, hour, day of the month, month, day of the week'),
    zone: zone.describe('The time zone of its times'),
  })
    .optional()
    .describe(
      'Further rounds, each a broadcast of its own for whom `to` names by then, once the round before it is over',
    ),
  dryRun: z.boolean().default(false).describe('Only says what it would be; the answer is 200 with the estimate'),
  prices: body({ segment: z.number().min(0).max(1000), minute: z.number().min(0).max(1000) })
    .optional()
    .describe('For the estimate: of a message of the network and of a minute of a call, in any one currency'),
}).meta({ id: 'CreateBroadcast', examples: [exampleBroadcast] })
export type WrittenBroadcast = z.infer<typeof CreateBroadcast>

export const EstimateShape = z
  .object({
    contacts: z.int(),
    texts: z.int(),
    segmentsPerText: z.int().describe('Messages of the network that each text takes'),
    calls: z.object({ likely: z.int(), most: z.int() }).describe('First calls; `most`: where no text arrives'),
    skipped: z.record(z.string(), z.int()).describe('Why → how many'),
    cost: z.object({ likely: z.number(), most: z.number() }).optional(),
  })
  .meta({
    id: 'BroadcastEstimate',
    examples: [
      {
        ...{ contacts: 1000, texts: 990, segmentsPerText: 1, calls: { likely: 120, most: 990 } },
        ...{ skipped: { opted_out: 10 }, cost: { likely: 13.5, most: 39.6 } },
      },
    ],
  })

const progress = {
  contacts: z.int(),
  open: z.int().describe('Not over yet'),
  states: z.record(z.string(), z.int()).describe('State of the contact in it → how many'),
  reached: z.object({ text: z.int(), call: z.int(), voicemail: z.int() }),
  codes: z.record(z.string(), z.int()).describe('How it ended → how many'),
  texts: z.int(),
  calls: z.int().describe('Attempts'),
}
export const BroadcastShape = z
  .object({
    id: z.string(),
    name: z.string(),
    state: z
      .enum(['running', 'paused', 'canceled', 'done'])
      .describe('`canceled`: what was under way comes to its end'),
    way,
    account: z.string().nullable(),
    startAt: time,
    repeat: z
      .object({
        ...{ cron: z.string(), zone: z.string(), round: z.int().describe('From 1') },
        nextAt: time.nullable().describe('When the next round is due; null once it was begun or called off'),
      })
      .nullable(),
    createdAt: time,
    endedAt: time.nullable().describe('When everybody was over'),
    progress: z.object(progress),
  })
  .meta({
    id: 'Broadcast',
    examples: [
      {
        ...{ id: exampleId('broadcast'), name: 'Clinic hours', state: 'running', way: 'text_then_call' },
        ...{
          account: null,
          repeat: null,
          startAt: '2026-01-05T12:00:00.000Z',
          createdAt: '2026-01-05T12:00:00.000Z',
          endedAt: null,
        },
        progress: {
          ...{ contacts: 1000, open: 210, states: { reached: 780, texting: 200, calling: 10, skipped: 10 } },
          ...{
            reached: { text: 760, call: 15, voicemail: 5 },
            codes: { delivered: 760, heard: 15, left: 5, opted_out: 10 },
          },
          ...{ texts: 990, calls: 30 },
        },
      },
    ],
  })

export async function showBroadcast(row: BroadcastRow, db: Db): Promise<z.infer<typeof BroadcastShape>> {
  const counted = await countTargets(db, row.id)
  const sum = (of: (one: (typeof counted)[number]) => number): number => counted.reduce((all, one) => all + of(one), 0)
  const by = (wanted: string): number => sum((one) => (one.by === wanted ? one.contacts : 0))
  const tally = (word: (one: (typeof counted)[number]) => string | null): Record<string, number> => {
    const found: Record<string, number> = {}
    for (const one of counted) {
      const name = word(one)
      if (name !== null) found[name] = (found[name] ?? 0) + one.contacts
    }
    return found
  }
  const { id: which, name, state, way: how, account: whose, startAt, createdAt, endedAt, repeat, nextAt } = row
  return {
    ...{ id: which, name, state, way: how, account: whose, startAt: iso(startAt), createdAt: iso(createdAt) },
    endedAt: isoOrNull(endedAt),
    repeat:
      repeat === null ? null : { cron: repeat.cron, zone: repeat.zone, round: repeat.round, nextAt: isoOrNull(nextAt) },
    progress: {
      contacts: sum((one) => one.contacts),
      open: sum((one) => (openStates.has(one.state) ? one.contacts : 0)),
      states: tally((one) => one.state),
      reached: { text: by('text'), call: by('call'), voicemail: by('voicemail') },
      codes: tally((one) => (openStates.has(one.state) ? null : one.code)),
      texts: sum((one) => one.texts),
      calls: sum((one) => one.calls),
    },
  }
}

const openStates: ReadonlySet<string> = new Set(['text_due', 'texting', 'call_due', 'calling'])

export const targetState = z.enum([
  'text_due',
  'texting',
  'call_due',
  'calling',
  'reached',
  'unreached',
  'skipped',
  'canceled',
])
export const TargetShape = z
  .object({
    contact: z.string(),
    phone: z.string(),
    name: z.string().nullable(),
    state: targetState,
    by: z.enum(['text', 'call', 'voicemail']).nullable().describe('What reached it'),
    code: z
      .string()
      .nullable()
      .describe(
        '`delivered`, `heard`, `confirmed`, `left`; `unconfirmed`, `cut`, `machine`, `busy`, `no_report`, `opted_out` …',
      ),
    sentence: z.string().nullable(),
    nextAt: time.nullable(),
    texts: z.int(),
    calls: z.int(),
    message: z.string().nullable(),
    planned: z.string().nullable().describe('Its last call'),
    endedAt: time.nullable(),
  })
  .meta({
    id: 'BroadcastContact',
    examples: [
      {
        ...{ contact: exampleId('contact'), phone: '+254722000001', name: 'Amina', state: 'reached', by: 'call' },
        ...{ code: 'confirmed', sentence: '1 was pressed', nextAt: null, texts: 1, calls: 1 },
        ...{ message: exampleId('message'), planned: exampleId('planned'), endedAt: '2026-01-05T12:02:00.000Z' },
      },
    ],
  })

export const showTarget = (row: TargetRow): z.infer<typeof TargetShape> => ({
  ...{ contact: row.contactId, phone: row.phone, name: row.name, state: row.state, by: row.by, code: row.code },
  ...{ sentence: row.sentence, nextAt: isoOrNull(row.nextAt), texts: row.texts, calls: row.calls },
  ...{ message: row.messageId, planned: row.plannedId, endedAt: isoOrNull(row.endedAt) },
})
