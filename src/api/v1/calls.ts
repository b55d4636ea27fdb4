import { z } from 'zod'
import type { Action } from '../../phone/action.ts'
import { addressKey } from '../../phone/address.ts'
import type { Flow } from '../../phone/flow.ts'
import type { CallId } from '../../phone/id.ts'
import { Problem } from '../../phone/problem.ts'
import { type CallRow, callEventsOf, getCall, listCalls } from '../../store/calls.ts'
import { allExtensions } from '../../store/extensions.ts'
import { getFlow } from '../../store/flows.ts'
import { reads, writes } from '../auth.ts'
import type { Api, ApiOptions } from '../options.ts'
import type { DrivenBy } from '../ports.ts'
import {
  addressText,
  body,
  exampleId,
  filter,
  id,
  page,
  pageOf,
  parseAddress,
  problem,
  time,
  toPage,
} from '../shapes.ts'
import { refusal } from '../validation.ts'
import { ActionShape } from './action-shape.ts'
import { CallShape, CallWithTimeline, showCall, showEvent } from './call-shape.ts'
import { InlineFlow } from './flow-shape.ts'
import { actionReader } from './read-action.ts'
import { readFlow } from './read-flow.ts'

const PlaceCall = body({
  app: z
    .enum(['connect', 'api', 'flow'])
    .optional()
    .describe(
      '`connect`: rings `from`, then `to`. `api`: only `to` is rung, and actions say what happens then. `flow`: only `to` is rung, and the flow says it. What `flow` or `actions` ask for unless given, else `connect`',
    ),
  from: addressText.describe('Rung first; with `api` and `flow` only shown to `to` as its caller'),
  to: addressText.describe('Rung once `from` has answered; with `api` and `flow` at once'),
  seconds: z.int().min(1).max(600).default(60).describe('How long each rings'),
  flow: z
    .union([id('flow'), InlineFlow])
    .optional()
    .describe('A saved one by its id, or one of this call'),
  actions: z
    .array(ActionShape)
    .min(1)
    .max(100)
    .optional()
    .describe('Done one after the other once it is answered, up to one that fails; then others are taken'),
}).meta({
  id: 'PlaceCall',
  examples: [
    { from: '1001', to: '+15550142', seconds: 30 },
    { app: 'api', from: '+15550100', to: '1001' },
    { from: '+15550100', to: '1001', flow: exampleId('flow') },
    { from: '+15550100', to: '1001', actions: [{ block: 'play', prompt: 'Your lunch is here' }, { block: 'hangup' }] },
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
          'Rings `from`, and once that answers `to`, and joins them. With `"app": "api"` or `actions` it rings `to`, and `POST /v1/calls/{id}/actions` drives it; with `flow` it rings `to` and runs the flow.',
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
      const { seconds } = request.body
      const by = await drivenBy(request.body, usernames)
      const call = await (by === undefined
        ? phone.place({ from, to, seconds })
        : phone.placeDriven({ from, to, seconds, by }))
      const row = await find(call.id)
      return reply.code(201).header('Location', `/v1/calls/${row.id}`).send(showCall(row))
    },
  )

  /** `undefined`: the two are connected. */
  async function drivenBy(
    { app: mode, flow, actions }: z.infer<typeof PlaceCall>,
    usernames: ReadonlySet<string>,
  ): Promise<DrivenBy | undefined> {
    const asked = flow !== undefined ? 'flow' : actions !== undefined ? 'api' : undefined
    if (flow !== undefined && actions !== undefined)
      throw refusal([{ field: '/actions', sentence: 'cannot stand beside a flow: make them its steps' }])
    if (mode === 'flow' && flow === undefined)
      throw refusal([{ field: '/flow', sentence: 'is missing; it takes the id of a flow, or a flow with its steps' }])
    if (mode !== undefined && asked !== undefined && mode !== asked)
      throw refusal([{ field: '/app', sentence: `takes "${asked}" beside ${asked === 'flow' ? 'a flow' : 'actions'}` }])
    switch (mode ?? asked ?? 'connect') {
      case 'connect':
        return undefined
      case 'api':
        return { kind: 'api', actions: await readActions(actions ?? [], usernames) }
      case 'flow':
        return { kind: 'flow', flow: await flowOf(flow) }
    }
  }

  async function readActions(
    written: readonly z.infer<typeof ActionShape>[],
    usernames: ReadonlySet<string>,
  ): Promise<readonly Action[]> {
    const reader = actionReader(country, usernames)
    const planned = written.map((action, i) => ({
      action: reader.read(action, `/actions/${i}`),
      field: `/actions/${i}`,
    }))
    const faults = [...reader.faults, ...(await phone.checkPlan(planned))]
    if (faults.length > 0) throw refusal(faults)
    return planned.map(({ action }) => action)
  }

  async function flowOf(flow: z.infer<typeof PlaceCall>['flow']): Promise<Flow> {
    if (typeof flow === 'object') return readFlow(flow.steps, { db, country, phone }, '/flow')
    const row = flow === undefined ? undefined : await getFlow(db, flow)
    // What was checked when it was saved.
    if (row !== undefined) return row.flow as Flow
    throw refusal([{ field: '/flow', sentence: `names no flow: there is no ${flow}` }])
  }

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
