import { z } from 'zod'
import { nextOf, parseCron } from '../../apps/dialer/cron.ts'
import { newId } from '../../phone/id.ts'
import { Problem } from '../../phone/problem.ts'
import {
  changeSchedule,
  deleteSchedule,
  getSchedule,
  insertSchedule,
  listSchedules,
  type ScheduleRow,
} from '../../store/schedules.ts'
import type { StoredScheduledCall } from '../../store/shapes.ts'
import { reads, writes } from '../auth.ts'
import { defined } from '../defined.ts'
import type { Api, ApiOptions } from '../options.ts'
import type { DialerDesk } from '../ports.ts'
import {
  AddressShape,
  body,
  exampleId,
  id,
  iso,
  isoOrNull,
  line,
  page,
  pageOf,
  problem,
  showAddress,
  time,
  toPage,
} from '../shapes.ts'
import { refusal } from '../validation.ts'
import { account, cron, planApp, planFields, zone } from './planned-shape.ts'
import { callFields, plannedWork, readCall } from './read-call.ts'

const ScheduledCall = body({
  ...callFields,
  account: account.optional(),
  ...planFields,
  withinSeconds: z
    .int()
    .min(1)
    .max(604_800)
    .optional()
    .describe('No attempt begins later than so long after its time; unless given, attempts end with their retries'),
}).meta({ id: 'ScheduledCall', examples: [{ from: '+15550100', to: '1001', flow: exampleId('flow') }] })
const fields = {
  name: line(1, 100),
  cron: cron.describe('Minute, hour, day of the month, month, day of the week, as cron has them'),
  zone: zone.describe('The time zone of its times'),
  enabled: z.boolean(),
  missed: z
    .enum(['skip', 'once'])
    .describe(
      'What becomes of a time that is more than a minute ago when the service runs again: it is skipped, or the call is placed once, late',
    ),
  call: ScheduledCall,
}
const example = { name: 'Wake-up', cron: '0 7 * * 1-5', zone: 'Europe/Berlin' }
const CreateSchedule = body({
  ...fields,
  enabled: fields.enabled.default(true),
  missed: fields.missed.default('skip'),
}).meta({
  id: 'CreateSchedule',
  examples: [{ ...example, call: { from: '+15550100', to: '1001', flow: exampleId('flow') } }],
})
const ChangeSchedule = body(fields)
  .partial()
  .meta({ id: 'ChangeSchedule', examples: [{ enabled: false }] })

const ScheduleShape = z
  .object({
    id: z.string(),
    name: z.string(),
    cron: z.string(),
    zone: z.string(),
    enabled: z.boolean(),
    missed: z.enum(['skip', 'once']),
    from: AddressShape,
    to: AddressShape,
    app: planApp,
    account: z.string().nullable(),
    priority: z.int(),
    nextAt: time.nullable(),
    lastAt: time.nullable().describe('The last time for which a call was planned'),
    createdAt: time,
    updatedAt: time,
  })
  .meta({
    id: 'Schedule',
    examples: [
      {
        ...{ id: exampleId('schedule'), ...example, enabled: true, missed: 'skip' as const, app: 'flow' as const },
        from: { kind: 'number' as const, address: '+15550100', raw: '+15550100' },
        to: { kind: 'extension' as const, address: '1001', raw: '1001' },
        ...{ account: null, priority: 0, nextAt: '2026-01-06T06:00:00.000Z', lastAt: null },
        ...{ createdAt: '2026-01-05T12:00:00.000Z', updatedAt: '2026-01-05T12:00:00.000Z' },
      },
    ],
  })

function show(row: ScheduleRow): z.infer<typeof ScheduleShape> {
  const { id: key, name, cron: text, zone: where, enabled, missed, call, nextAt, lastAt, createdAt, updatedAt } = row
  const { does } = call
  const [from, to] = does.kind === 'connect' ? [call.to, does.to] : [call.from, call.to]
  return {
    ...{ id: key, name, cron: text, zone: where, enabled, missed, from: showAddress(from), to: showAddress(to) },
    app: does.kind === 'saved_flow' ? 'flow' : does.kind,
    ...{ account: call.account, priority: call.priority, nextAt: isoOrNull(nextAt), lastAt: isoOrNull(lastAt) },
    ...{ createdAt: iso(createdAt), updatedAt: iso(updatedAt) },
  }
}

/** Calls that are planned again and again, by cron. */
export function registerSchedules(app: Api, options: ApiOptions, dialer: DialerDesk): void {
  const { store, clock } = options
  const { db } = store
  const tags = ['schedules']
  const params = z.object({ id: id('schedule') })
  const unknown = (key: string): Problem => new Problem('not_found', `There is no schedule ${key}.`)

  async function read(written: z.infer<typeof ScheduledCall>): Promise<StoredScheduledCall> {
    try {
      const { from, to, by } = await readCall(written, options)
      const call = await dialer.check({ from, to, ...plannedWork(written, by) })
      return { ...call, withinSeconds: written.withinSeconds ?? null }
    } catch (error) {
      if (!(error instanceof Problem) || error.fields.length === 0) throw error
      const faults = error.fields.map(({ field, sentence }) => ({ field: `/call${field}`, sentence }))
      if (error.code === 'invalid_request') throw refusal(faults)
      throw new Problem(error.code, error.message, faults)
    }
  }
  function nextRun(text: string, where: string): Date | null {
    const parsed = parseCron(text)
    const at = typeof parsed === 'string' ? undefined : nextOf(parsed, where, clock.wall())
    return at === undefined ? null : new Date(at)
  }

  app.post(
    '/v1/schedules',
    {
      config: writes('calls'),
      schema: {
        tags,
        summary: 'Plan calls by cron',
        description: 'At each of its times a call is planned, once, as `POST /v1/calls` with `at` plans one.',
        body: CreateSchedule,
        response: { 201: ScheduleShape, ...problem },
      },
    },
    async (request, reply) => {
      const { call, ...rest } = request.body
      const now = new Date(clock.wall())
      const row = await insertSchedule(db, {
        ...{ id: newId('schedule', now.getTime()), ...rest, call: await read(call) },
        ...{ nextAt: nextRun(rest.cron, rest.zone), lastAt: null, createdAt: now, updatedAt: now },
      })
      dialer.wake()
      return reply.code(201).header('Location', `/v1/schedules/${row.id}`).send(show(row))
    },
  )

  app.get(
    '/v1/schedules',
    {
      config: reads('calls'),
      schema: {
        tags,
        summary: 'List schedules, newest first',
        querystring: z.strictObject(page),
        response: { 200: pageOf(ScheduleShape), ...problem },
      },
    },
    async (request) => toPage(await listSchedules(db, request.query), show),
  )

  app.get(
    '/v1/schedules/:id',
    {
      config: reads('calls'),
      schema: { tags, summary: 'One schedule', params, response: { 200: ScheduleShape, ...problem } },
    },
    async (request) => {
      const row = await getSchedule(db, request.params.id)
      if (row === undefined) throw unknown(request.params.id)
      return show(row)
    },
  )

  app.patch(
    '/v1/schedules/:id',
    {
      config: writes('calls'),
      schema: {
        tags,
        summary: 'Change a schedule',
        description: 'Calls that it planned before are not changed. A `call` is given as a whole.',
        params,
        body: ChangeSchedule,
        response: { 200: ScheduleShape, ...problem },
      },
    },
    async (request) => {
      const before = await getSchedule(db, request.params.id)
      if (before === undefined) throw unknown(request.params.id)
      const { call, ...rest } = request.body
      const change = defined({ ...rest, call: call === undefined ? undefined : await read(call) })
      // Times that passed while it was switched off were not missed.
      const nextAt = nextRun(rest.cron ?? before.cron, rest.zone ?? before.zone)
      const row = await changeSchedule(db, before.id, { ...change, nextAt, updatedAt: new Date(clock.wall()) })
      if (row === undefined) throw unknown(before.id)
      dialer.wake()
      return show(row)
    },
  )

  app.delete(
    '/v1/schedules/:id',
    {
      config: writes('calls'),
      schema: {
        tags,
        summary: 'Delete a schedule; calls that it planned stay',
        params,
        response: { 204: z.null(), ...problem },
      },
    },
    async (request, reply) => {
      if (!(await deleteSchedule(db, request.params.id))) throw unknown(request.params.id)
      return reply.code(204).send(null)
    },
  )
}
