import { z } from 'zod'
import { addressKey } from '../../phone/address.ts'
import type { CallId } from '../../phone/id.ts'
import { Problem } from '../../phone/problem.ts'
import { type CallRow, callEventsOf, getCall, listCalls } from '../../store/calls.ts'
import { reads, writes } from '../auth.ts'
import type { Api, ApiOptions } from '../options.ts'
import type { DrivenBy, PlanCall } from '../ports.ts'
import { body, exampleId, filter, id, page, pageOf, parseAddress, problem, time, toPage } from '../shapes.ts'
import { refusal } from '../validation.ts'
import { CallShape, CallWithTimeline, showCall, showEvent } from './call-shape.ts'
import { account, PlannedShape, planFields, showPlanned } from './planned-shape.ts'
import { callFields, plannedWork, readCall } from './read-call.ts'

const PlaceCall = body({
  ...callFields,
  account: account.optional(),
  at: z.iso
    .datetime({ offset: true })
    .optional()
    .describe(
      'Plans the call, as does each of the fields that follow: it is placed at this time, or as soon after as it may',
    ),
  until: z.iso.datetime({ offset: true }).optional().describe('No attempt begins after it'),
  ...planFields,
}).meta({
  id: 'PlaceCall',
  examples: [
    { from: '1001', to: '+15550142', seconds: 30 },
    { app: 'api', from: '+15550100', to: '1001' },
    { from: '+15550100', to: '1001', flow: exampleId('flow') },
    {
      ...{ from: '+15550100', to: '+15550142', flow: exampleId('flow'), at: '2026-12-01T09:00:00Z' },
      retry: { busy: { times: 3, seconds: 60 } },
    },
    {
      ...{ from: '+15550100', to: '+15550142', actions: [{ block: 'play' as const, prompt: 'Hello' }] },
      detect: { machine: { message: 'Please call us back' } },
    },
    { from: '+15550100', to: '1001', actions: [{ block: 'play', prompt: 'Your lunch is here' }, { block: 'hangup' }] },
  ],
})

export function registerCalls(app: Api, options: ApiOptions): void {
  const { store, phone, country, dialer } = options
  const { db } = store
  const tags = ['calls']
  const params = z.object({ id: id('call') })

  async function find(key: string): Promise<CallRow> {
    const row = await getCall(db, key)
    if (row === undefined) throw new Problem('not_found', `There is no call ${key}.`)
    return row
  }

  app.get(
    '/v1/calls',
    {
      config: reads('calls'),
      schema: {
        tags,
        summary: 'List calls, newest first',
        querystring: z.strictObject({
          ...page,
          direction: z.enum(['inbound', 'outbound']).optional(),
          state: z.enum(['ringing', 'up', 'ended', 'live']).optional().describe('`live`: ringing or up'),
          from: filter.describe('E.164, extension or URI'),
          to: filter,
          forward: id('forward').optional(),
          code: filter.describe('How it ended, e.g. `busy`'),
          account: filter,
          since: time.optional().describe('Started at or after'),
          until: time.optional().describe('Started at or before'),
        }),
        response: { 200: pageOf(CallShape), ...problem },
      },
    },
    async (request) => {
      const { state, from, to, code, since, until, direction, forward, account, ...at } = request.query
      const normal = (text: string | undefined): string | undefined => {
        const address = text === undefined ? undefined : parseAddress(text.replace(/^ /, '+'), country, new Set())
        return address === undefined ? text : addressKey(address)
      }
      const wanted = {
        direction,
        forward,
        account,
        endCode: code,
        state: state === undefined ? undefined : state === 'live' ? (['ringing', 'up'] as const) : [state],
        from: normal(from),
        to: normal(to),
        since: since === undefined ? undefined : new Date(since),
        until: until === undefined ? undefined : new Date(until),
      }
      return toPage(await listCalls(db, wanted, at), showCall)
    },
  )

  app.post(
    '/v1/calls',
    {
      config: writes('calls'),
      schema: {
        tags,
        summary: 'Place a call',
        description:
          'Rings `from`, and once that answers `to`, and joins them. With `"app": "api"` or `actions` it rings `to`, and `POST /v1/calls/{id}/actions` drives it; with `flow` it rings `to` and runs the flow. With `at`, `until`, `retry`, `hours` or `priority` it is planned: answered 202, and found under `/v1/planned-calls`.',
        body: PlaceCall,
        response: { 201: CallShape, 202: PlannedShape, ...problem },
      },
    },
    async (request, reply) => {
      const { from, to, by } = await readCall(request.body, options)
      const { seconds, account } = request.body
      if (dialer !== undefined && isPlanned(request.body)) {
        const row = await dialer.plan({ from, to, ...plannedCall(request.body, by) })
        return reply.code(202).header('Location', `/v1/planned-calls/${row.id}`).send(showPlanned(row))
      }
      for (const [who, deed] of Object.entries(request.body.detect ?? {}))
        if (deed === 'again')
          throw refusal([{ field: `/detect/${who}`, sentence: 'takes "again" only of a planned call, with `retry`' }])
      await dialer?.checkListed(to, '/to')
      // Of two that are connected, the first is rung as well.
      if (by === undefined) await dialer?.checkListed(from, '/from')
      const call = await (by === undefined
        ? phone.place({ from, to, seconds, account })
        : phone.placeDriven({ from, to, seconds, by, account }))
      const row = await find(call.id)
      return reply.code(201).header('Location', `/v1/calls/${row.id}`).send(showCall(row))
    },
  )

  app.get(
    '/v1/calls/:id',
    {
      config: reads('calls'),
      schema: {
        tags,
        summary: 'One call, with its reason chain and timeline',
        params,
        response: { 200: CallWithTimeline, ...problem },
      },
    },
    async (request) => {
      const row = await find(request.params.id)
      const events = await callEventsOf(db, row.id)
      return { ...showCall(row), timeline: events.map(showEvent) }
    },
  )

  async function hangUp(key: string): Promise<CallRow> {
    const row = await find(key)
    const ended = new Problem('call_ended', `The call ${key} has ended: ${row.end?.sentence ?? 'no process holds it'}`)
    if (row.state === 'ended' || !(await phone.hangUp(row.id as CallId))) throw ended
    return find(key)
  }

  app.post(
    '/v1/calls/:id/hangup',
    {
      config: writes('calls'),
      schema: { tags, summary: 'Hang up', params, response: { 200: CallShape, ...problem } },
    },
    async (request) => showCall(await hangUp(request.params.id)),
  )

  app.delete(
    '/v1/calls/:id',
    {
      config: writes('calls'),
      schema: { tags, summary: 'Hang up; the record stays', params, response: { 204: z.null(), ...problem } },
    },
    async (request, reply) => {
      await hangUp(request.params.id)
      return reply.code(204).send(null)
    },
  )
}

const isPlanned = ({ at, until, retry, hours, priority }: z.infer<typeof PlaceCall>): boolean =>
  [at, until, retry, hours, priority].some((field) => field !== undefined)

/** What a request says of a planned call besides its parties. */
function plannedCall(body: z.infer<typeof PlaceCall>, by: DrivenBy | undefined): Omit<PlanCall, 'from' | 'to'> {
  const { at, until } = body
  if (at !== undefined && until !== undefined && Date.parse(until) < Date.parse(at))
    throw refusal([{ field: '/until', sentence: 'is before `at`' }])
  if (at !== undefined && Date.parse(at) > latest)
    throw refusal([{ field: '/at', sentence: 'is too far away: it takes times up to the year 2099' }])
  return {
    ...plannedWork(body, by),
    at: at === undefined ? undefined : new Date(at),
    until: until === undefined ? undefined : new Date(until),
  }
}
const latest = Date.UTC(2100, 0, 1) - 1
