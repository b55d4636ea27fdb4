import { z } from 'zod'
import { addressKey } from '../../phone/address.ts'
import type { CallId } from '../../phone/id.ts'
import { Problem } from '../../phone/problem.ts'
import { type CallRow, callEventsOf, getCall, listCalls } from '../../store/calls.ts'
import { allExtensions } from '../../store/extensions.ts'
import { reads, writes } from '../auth.ts'
import type { Api, ApiOptions } from '../options.ts'
import { addressText, body, filter, id, page, pageOf, parseAddress, problem, time, toPage } from '../shapes.ts'
import { refusal } from '../validation.ts'
import { CallShape, CallWithTimeline, showCall, showEvent } from './call-shape.ts'

const PlaceCall = body({
  app: z
    .enum(['connect', 'api'])
    .default('connect')
    .describe('`api`: only `to` is rung, and actions say what happens then'),
  from: addressText.describe('Rung first; with `api` only shown to `to` as its caller'),
  to: addressText.describe('Rung once `from` has answered; with `api` at once'),
  seconds: z.int().min(1).max(600).default(60).describe('How long each rings'),
}).meta({
  id: 'PlaceCall',
  examples: [
    { from: '1001', to: '+15550142', seconds: 30 },
    { app: 'api', from: '+15550100', to: '1001' },
  ],
})

export function registerCalls(app: Api, { store, phone, country }: ApiOptions): void {
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
          since: time.optional().describe('Started at or after'),
          until: time.optional().describe('Started at or before'),
        }),
        response: { 200: pageOf(CallShape), ...problem },
      },
    },
    async (request) => {
      const { state, from, to, code, since, until, direction, forward, ...at } = request.query
      const normal = (text: string | undefined): string | undefined => {
        const address = text === undefined ? undefined : parseAddress(text.replace(/^ /, '+'), country, new Set())
        return address === undefined ? text : addressKey(address)
      }
      const wanted = {
        direction,
        forward,
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
          'Rings `from`, and once that answers `to`, and joins them. With `"app": "api"` it rings `to`, and `POST /v1/calls/{id}/actions` drives it.',
        body: PlaceCall,
        response: { 201: CallShape, ...problem },
      },
    },
    async (request, reply) => {
      const usernames = new Set((await allExtensions(db)).map((extension) => extension.username))
      const [from, to] = (['from', 'to'] as const).map((field) => parseAddress(request.body[field], country, usernames))
      const faults = [
        ...(reachable(from, usernames) ? [] : [{ field: '/from', sentence: missing(request.body.from) }]),
        ...(reachable(to, usernames) ? [] : [{ field: '/to', sentence: missing(request.body.to) }]),
      ]
      if (from === undefined || to === undefined || faults.length > 0) throw refusal(faults)
      const { app: mode, seconds } = request.body
      const call = await (mode === 'api'
        ? phone.placeDriven({ from, to, seconds })
        : phone.place({ from, to, seconds }))
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

const reachable = (address: ReturnType<typeof parseAddress>, usernames: ReadonlySet<string>): boolean =>
  address !== undefined &&
  address.kind !== 'anonymous' &&
  (address.kind !== 'extension' || usernames.has(address.username))

const missing = (text: string): string => `names nobody: there is no extension ${text}, and it is no number or SIP URI`
