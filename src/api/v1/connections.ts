import { z } from 'zod'
import { keyPattern } from '../../menu/model.ts'
import type { CallId } from '../../phone/id.ts'
import { Problem } from '../../phone/problem.ts'
import { type ConnectionRow, getConnection, listConnections } from '../../store/connections.ts'
import { allExtensions } from '../../store/extensions.ts'
import { reads, writes } from '../auth.ts'
import type { Api, ApiOptions } from '../options.ts'
import { firstNumber, isOwnCaller } from '../own-caller.ts'
import type { ConnectionDesk } from '../ports.ts'
import {
  addressText,
  body,
  exampleId,
  id,
  iso,
  isoOrNull,
  line,
  page,
  pageOf,
  parseAddress,
  problem,
  time,
  toPage,
} from '../shapes.ts'
import { refusal } from '../validation.ts'
import { callable, readParty, readWay } from './connection-way.ts'

const Step = z
  .strictObject({
    press: z.string().regex(keyPattern, "takes 1 to 8 of the keys 0-9, * and #, as text: '1', '*'"),
    hear: line(1, 4000)
      .optional()
      .describe(
        'What the menu says, with the option. The key is pressed once it is offered; a menu that offers the same by another key is followed. Absent: pressed at the first pause',
      ),
  })
  .meta({ id: 'ConnectionStep', examples: [{ press: '1', hear: 'For sales, press 1. For support, press 2.' }] })
const states = ['calling', 'travelling', 'ringing', 'connected', 'done', 'failed'] as const
const Connection = z
  .object({
    id: z.string(),
    number: z.string().describe('Whose menu'),
    to: z.string().describe('Who is put through'),
    from: z.string().describe('What both see as their caller'),
    way: z.array(z.object({ press: z.string(), hear: z.string().optional() })),
    state: z
      .enum(states)
      .describe('`calling` the number, `travelling` through its menu, `ringing` who is put through, `connected`'),
    pressed: z.number().describe('Keys of the way that are behind it'),
    seconds: z.number().nullable().describe('Of talk'),
    failure: z
      .object({ code: z.string(), sentence: z.string() })
      .nullable()
      .describe(
        '`changed`: the menu is another one. `silent`, `busy`, `hung_up`, `lost`: on the way. `unanswered`: by who was to be put through. `interrupted`: the service ended. Else how the call to the number ended',
      ),
    call: z.string().nullable(),
    recording: z.string().nullable(),
    createdAt: time,
    updatedAt: time,
    endedAt: time.nullable(),
  })
  .meta({
    id: 'Connection',
    examples: [
      {
        ...{ id: exampleId('connection'), number: '+15550142', to: '1001', from: '+15550100' },
        way: [{ press: '1', hear: 'For sales, press 1.' }],
        ...{ state: 'travelling', pressed: 0, seconds: null, failure: null, call: exampleId('call'), recording: null },
        ...{ createdAt: '2026-01-05T12:00:00.000Z', updatedAt: '2026-01-05T12:00:04.000Z', endedAt: null },
      },
    ],
  })
const Connect = body({
  number: addressText.optional().describe('Called first: whose menu it is, unless a scan is named'),
  way: z
    .array(Step)
    .max(20)
    .optional()
    .describe(
      'What is pressed, in order. Absent or empty: nothing is pressed, and `to` is rung once the number answers',
    ),
  scan: id('scan').optional().describe('Which scan knows the menu: its number is called; with `node`'),
  node: z
    .string()
    .regex(/^(?:[0-9*#]{1,8}(?:,[0-9*#]{1,8}){0,19})?$/, "takes the id of a node: its keys with commas, such as '1,3'")
    .optional()
    .describe('A place in that scan, by its id: the keys that lead there with commas between, empty for the start'),
  to: addressText.describe('Put through then: an extension or a number'),
  from: addressText
    .optional()
    .describe('A rented number or an extension that both see; the first rented number unless given'),
  seconds: z.int().min(1).max(600).default(60).describe('How long `to` rings'),
  record: z
    .boolean()
    .default(false)
    .describe('From the answer of the number to the end, each side in a channel of its own'),
}).meta({
  id: 'StartConnection',
  examples: [
    { number: '+15550142', way: [{ press: '1', hear: 'For sales, press 1. For support, press 2.' }], to: '1001' },
    { scan: exampleId('scan'), node: '1,3', to: '1001' },
  ],
})

export const showConnection = (row: ConnectionRow): z.infer<typeof Connection> => ({
  id: row.id,
  number: row.number,
  to: row.to,
  from: row.caller,
  way: [...row.way],
  state: row.state,
  pressed: row.pressed,
  seconds: row.talkSeconds,
  failure: row.failure,
  call: row.callId,
  recording: row.recordingId,
  createdAt: iso(row.createdAt),
  updatedAt: iso(row.updatedAt),
  endedAt: isoOrNull(row.endedAt),
})

/** Calls through somebody's phone menu to a branch of it, to be put through there. */
export function registerConnections(
  app: Api,
  { store, phone, country, scans }: ApiOptions,
  desk: ConnectionDesk,
): void {
  const { db } = store
  const tags = ['connections']
  const params = z.object({ id: id('connection') })

  async function find(key: string): Promise<ConnectionRow> {
    const row = await getConnection(db, key)
    if (row === undefined) throw new Problem('not_found', `There is no connection ${key}.`)
    return row
  }

  app.post(
    '/v1/connections',
    {
      config: writes('calls'),
      schema: {
        tags,
        summary: 'Connect somebody to a branch of a phone menu',
        description:
          'Calls the number, listens, presses the way, each key once its menu offers it, and rings `to`. Answers at once; `GET /v1/connections/{id}` tells how it goes.',
        body: Connect,
        response: { 201: Connection, ...problem },
      },
    },
    async (request, reply) => {
      const { seconds, record, from: wanted, to: target, ...given } = request.body
      const usernames = new Set((await allExtensions(db)).map(({ username }) => username))
      const way = await readWay(given, { db, desk: scans, country, usernames })
      const to = callable('/to', readParty(target, country, usernames))
      const from = wanted === undefined ? ((await firstNumber(db)) ?? to) : parseAddress(wanted, country, usernames)
      if (from === undefined || (wanted !== undefined && !(await isOwnCaller(db, from, usernames))))
        throw refusal([{ field: '/from', sentence: 'takes an extension or a number that is rented here' }])
      const made = await desk.start({ ...way, to, from, seconds, record })
      return reply
        .code(201)
        .header('Location', `/v1/connections/${made}`)
        .send(showConnection(await find(made)))
    },
  )

  app.get(
    '/v1/connections',
    {
      config: reads('calls'),
      schema: {
        tags,
        summary: 'List connections, newest first',
        querystring: z.strictObject(page),
        response: { 200: pageOf(Connection), ...problem },
      },
    },
    async (request) => toPage(await listConnections(db, request.query), showConnection),
  )

  app.get(
    '/v1/connections/:id',
    {
      config: reads('calls'),
      schema: { tags, summary: 'One connection', params, response: { 200: Connection, ...problem } },
    },
    async (request) => showConnection(await find(request.params.id)),
  )

  app.delete(
    '/v1/connections/:id',
    {
      config: writes('calls'),
      schema: { tags, summary: 'Hang up; the record stays', params, response: { 204: z.null(), ...problem } },
    },
    async (request, reply) => {
      const { callId, endedAt } = await find(request.params.id)
      const alive = endedAt === null && callId !== null && (await phone.hangUp(callId as CallId))
      if (!alive) throw new Problem('call_ended', `The connection ${request.params.id} is over.`)
      return reply.code(204).send(null)
    },
  )
}
