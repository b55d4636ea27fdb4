import { isIP } from 'node:net'
import { z } from 'zod'
import { newId } from '../../phone/id.ts'
import { Problem } from '../../phone/problem.ts'
import { switchOf, switchUriFault } from '../../phone/switch-uri.ts'
import { parseUri } from '../../sip/message/uri.ts'
import { conflictOf } from '../../store/conflict.ts'
import { deleteTrunk, getTrunk, insertTrunk, listTrunks, type TrunkRow, updateTrunk } from '../../store/trunks.ts'
import { reads, writes } from '../auth.ts'
import { defined } from '../defined.ts'
import type { Api, ApiOptions } from '../options.ts'
import type { TrunkState } from '../ports.ts'
import { body, e164, exampleId, id, iso, line, Offer, page, pageOf, problem, Srtp, time, toPage } from '../shapes.ts'
import { refusal } from '../validation.ts'

const example = {
  id: exampleId('trunk'),
  name: 'pstn',
  uri: 'sip:127.0.0.1:5080;transport=udp',
  username: null,
  hasPassword: false,
  register: false,
  default: true,
  addresses: [],
  maxCalls: 20,
  callsPerSecond: null,
  srtp: 'allowed' as const,
  callerId: null,
  offer: 'early' as const,
  registration: { state: 'static' as const, sentence: 'Calls go to its address; it does not register.' },
  createdAt: '2026-01-05T12:00:00.000Z',
  updatedAt: '2026-01-05T12:00:00.000Z',
}
const Trunk = z
  .object({
    id: z.string(),
    name: z.string(),
    uri: z.string(),
    username: z.string().nullable(),
    hasPassword: z.boolean().describe('The password itself is never shown'),
    register: z.boolean(),
    default: z.boolean().describe('Takes the calls of numbers that have no trunk of their own'),
    addresses: z.array(z.string()).describe('Further addresses or networks that its calls come from'),
    maxCalls: z.int(),
    callsPerSecond: z
      .number()
      .nullable()
      .describe('Calls, planned or placed by the API, that it is sent in any second'),
    srtp: Srtp,
    callerId: z
      .string()
      .nullable()
      .describe(
        'What others see of an extension without a number; null: the lowest number that goes out by it, or the username',
      ),
    offer: Offer,
    registration: z.object({
      state: z.enum(['static', 'registering', 'registered', 'failed']),
      sentence: z.string(),
      since: time.optional(),
      expiresAt: time.optional(),
    }),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Trunk', examples: [example] })

const trunkTransports = ['udp', 'tcp', 'tls']
const uri = line(1, 256).superRefine((text, context) => {
  const by = switchOf(text)
  if (by !== undefined) {
    const fault = switchUriFault(text, by)
    if (fault !== undefined) context.addIssue(fault)
    return
  }
  const parsed = parseUri(text)
  const known = parsed?.scheme === 'sip' || parsed?.scheme === 'sips'
  const transport = known ? parsed.params.get('transport')?.toLowerCase() : undefined
  if (!known || parsed.headers !== undefined || parsed.password !== undefined) {
    context.addIssue('takes a SIP URI such as sip:sip.example.com;transport=udp')
  } else if (transport !== undefined && !trunkTransports.includes(transport)) {
    context.addIssue('takes the transport udp, tcp or tls')
  }
})
const network = z.string().refine((text) => {
  const [address = '', bits, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^[0-9]{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}, 'takes an address or a network such as 198.51.100.0/24')
/** Planned calls that may leave in any second. */
export const perSecond = z
  .number()
  .min(0.01)
  .max(1000)
  .refine((value) => value < 1 || Number.isInteger(value), 'takes a whole number, or one below 1')
  .describe('A whole number, or one below 1: 0.1 is one in ten seconds')
// Both go into the quoted strings of digest headers.
const login = line(1, 128).regex(/^[^"\\]*$/, 'takes no quotes or backslashes')
const fields = {
  name: line(1, 64),
  uri,
  username: login.nullable(),
  password: line(1, 128).nullable(),
  register: z.boolean(),
  default: z.boolean(),
  addresses: z.array(network).max(50),
  maxCalls: z.int().min(1).max(10_000),
  callsPerSecond: perSecond.nullable(),
  srtp: Srtp,
  callerId: e164.nullable(),
  offer: Offer,
}
const CreateTrunk = body({
  name: fields.name,
  uri,
  username: fields.username.default(null),
  password: fields.password.default(null),
  register: fields.register.default(false),
  default: fields.default.default(false),
  addresses: fields.addresses.default([]),
  maxCalls: fields.maxCalls.default(20),
  callsPerSecond: fields.callsPerSecond.default(null),
  srtp: fields.srtp.default('allowed'),
  callerId: fields.callerId.default(null),
  offer: fields.offer.default('early'),
}).meta({ id: 'CreateTrunk', examples: [{ name: 'pstn', uri: example.uri, default: true }] })
const ChangeTrunk = body(fields)
  .partial()
  .meta({ id: 'ChangeTrunk', examples: [{ password: 'a new one' }] })

export function registerTrunks(app: Api, { store, phone, clock }: ApiOptions): void {
  const { db, keys } = store
  const tags = ['trunks']
  const params = z.object({ id: id('trunk') })

  const show = (row: TrunkRow): z.infer<typeof Trunk> => {
    const { isDefault, createdAt, updatedAt, ...rest } = row
    const registration = showState(phone.trunkState(row.id))
    return { ...rest, default: isDefault, registration, createdAt: iso(createdAt), updatedAt: iso(updatedAt) }
  }
  const unknown = (trunk: string): Problem => new Problem('not_found', `There is no trunk ${trunk}.`)

  app.post(
    '/v1/trunks',
    {
      config: writes('trunks'),
      schema: { tags, summary: 'Add a trunk', body: CreateTrunk, response: { 201: Trunk, ...problem } },
    },
    async (request, reply) => {
      const { default: isDefault, ...rest } = request.body
      checkLogin(rest)
      checkSwitch(rest)
      const now = new Date(clock.wall())
      const row = { ...rest, isDefault, id: newId('trunk', now.getTime()), createdAt: now, updatedAt: now }
      const made = await named(rest.name, insertTrunk(db, keys, row))
      await phone.reload('trunks')
      return reply.code(201).header('Location', `/v1/trunks/${made.id}`).send(show(made))
    },
  )

  app.get(
    '/v1/trunks',
    {
      config: reads('trunks'),
      schema: {
        tags,
        summary: 'List trunks',
        querystring: z.strictObject(page),
        response: { 200: pageOf(Trunk), ...problem },
      },
    },
    async (request) => toPage(await listTrunks(db, request.query), show),
  )

  app.get(
    '/v1/trunks/:id',
    { config: reads('trunks'), schema: { tags, summary: 'One trunk', params, response: { 200: Trunk, ...problem } } },
    async (request) => {
      const row = await getTrunk(db, request.params.id)
      if (row === undefined) throw unknown(request.params.id)
      return show(row)
    },
  )

  app.patch(
    '/v1/trunks/:id',
    {
      config: writes('trunks'),
      schema: { tags, summary: 'Change a trunk', params, body: ChangeTrunk, response: { 200: Trunk, ...problem } },
    },
    async (request) => {
      const row = await getTrunk(db, request.params.id)
      if (row === undefined) throw unknown(request.params.id)
      const { default: isDefault, ...given } = request.body
      const password = given.password === undefined && row.hasPassword ? 'kept' : (given.password ?? null)
      const become = { uri: row.uri, username: row.username, register: row.register, ...given, password }
      checkLogin(become)
      checkSwitch(become)
      const change = { ...given, ...(isDefault === undefined ? {} : { isDefault }), updatedAt: new Date(clock.wall()) }
      const changed = await named(given.name ?? row.name, updateTrunk(db, keys, row.id, defined(change)))
      if (changed === undefined) throw unknown(request.params.id)
      await phone.reload('trunks')
      return show(changed)
    },
  )

  app.delete(
    '/v1/trunks/:id',
    {
      config: writes('trunks'),
      schema: { tags, summary: 'Delete a trunk', params, response: { 204: z.null(), ...problem } },
    },
    async (request, reply) => {
      if (!(await deleteTrunk(db, request.params.id))) throw unknown(request.params.id)
      await phone.reload('trunks')
      return reply.code(204).send(null)
    },
  )
}

function checkLogin(trunk: {
  username?: string | null | undefined
  password: string | null
  register?: boolean | undefined
}): void {
  const without = trunk.username === null || trunk.username === undefined
  const faults = [
    ...(trunk.register === true && without ? [{ field: '/username', sentence: 'is needed to register' }] : []),
    ...(trunk.password !== null && without ? [{ field: '/username', sentence: 'is needed beside a password' }] : []),
  ]
  if (faults.length > 0) throw refusal(faults.slice(0, 1))
}

/** A switch signs in at its carriers by its own settings. */
function checkSwitch(trunk: {
  uri?: string | undefined
  username?: string | null | undefined
  register?: boolean | undefined
}): void {
  const by = trunk.uri === undefined ? undefined : switchOf(trunk.uri)
  if (by === undefined) return
  const sentence = `is for trunks of SIP; ${by} signs in at the carrier by settings of its own`
  if (trunk.username !== null && trunk.username !== undefined) throw refusal([{ field: '/username', sentence }])
  if (trunk.register === true) throw refusal([{ field: '/register', sentence }])
}

async function named<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const conflict = conflictOf(error)
    if (conflict?.constraint === 'trunks_name') throw new Problem('conflict', `There is a trunk named ${name} already.`)
    if (conflict?.kind === 'unique') throw new Problem('conflict', 'Another trunk became the default at the same time.')
    throw error
  }
}

function showState(state: TrunkState | undefined): z.infer<typeof Trunk>['registration'] {
  if (state === undefined) return { state: 'registering', sentence: 'The service has not taken it up yet.' }
  const { since, expiresAt, ...rest } = state
  return {
    ...rest,
    ...(since === undefined ? {} : { since: iso(new Date(since)) }),
    ...(expiresAt === undefined ? {} : { expiresAt: iso(new Date(expiresAt)) }),
  }
}
