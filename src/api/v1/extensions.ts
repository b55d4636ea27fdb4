import { z } from 'zod'
import { newId } from '../../phone/id.ts'
import { defaultOutbound } from '../../phone/outbound.ts'
import { Problem } from '../../phone/problem.ts'
import { makeCredentials } from '../../sip/auth/digest.ts'
import { conflictOf } from '../../store/conflict.ts'
import {
  deleteExtension,
  type ExtensionRow,
  getExtension,
  insertExtension,
  listExtensions,
  updateExtension,
} from '../../store/extensions.ts'
import { allForwards } from '../../store/forwards.ts'
import { getNumber, numbersOf } from '../../store/numbers.ts'
import type { Db } from '../../store/store.ts'
import { reads, writes } from '../auth.ts'
import type { Api, ApiOptions } from '../options.ts'
import {
  body,
  e164,
  exampleId,
  iso,
  key,
  line,
  page,
  pageOf,
  problem,
  Srtp,
  time,
  toPage,
  username,
} from '../shapes.ts'
import { refusal } from '../validation.ts'

const prefix = z.string().regex(/^\+[1-9][0-9]{0,14}$/, 'takes the beginning of numbers in E.164 form, such as +1650')
const Outbound = z
  .strictObject({
    rule: z
      .union([
        z.enum(['none', 'national', 'international']),
        z.strictObject({ prefixes: z.array(prefix).max(100).readonly() }),
      ])
      .describe('Where it may call out to, besides extensions and numbers here'),
    maxCalls: z.int().min(0).max(1000).describe('Calls at once'),
  })
  .meta({
    id: 'Outbound',
    examples: [
      { rule: 'national', maxCalls: 2 },
      { rule: { prefixes: ['+1650'] }, maxCalls: 1 },
    ],
  })
const Contact = z
  .object({
    contact: z.string(),
    flow: z.string().describe('Where it was heard from'),
    userAgent: z.string().optional(),
    registeredAt: time,
    expiresAt: time,
  })
  .meta({
    id: 'Contact',
    examples: [
      {
        contact: 'sip:1001@192.0.2.4:5062',
        flow: 'udp 192.0.2.4:5062',
        userAgent: 'baresip v1.0.0',
        registeredAt: '2026-01-05T12:00:00.000Z',
        expiresAt: '2026-01-05T13:00:00.000Z',
      },
    ],
  })
const Extension = z
  .object({
    id: z.string(),
    username: z.string(),
    name: z.string(),
    callerId: z
      .string()
      .nullable()
      .describe('What others see of its calls out; null: its number, or that of the trunk'),
    outbound: Outbound,
    srtp: Srtp,
    registered: z.boolean(),
    contacts: z.array(Contact).describe('The phones that are registered now'),
    createdAt: time,
    updatedAt: time,
  })
  .meta({
    id: 'Extension',
    examples: [
      {
        id: exampleId('extension'),
        username: '1001',
        name: 'Ann',
        callerId: null,
        outbound: defaultOutbound,
        srtp: 'allowed',
        registered: false,
        contacts: [],
        createdAt: '2026-01-05T12:00:00.000Z',
        updatedAt: '2026-01-05T12:00:00.000Z',
      },
    ],
  })

const password = z
  .string()
  .min(8)
  .max(128)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'takes no control characters')
const fields = {
  name: line(0, 100),
  callerId: e164.nullable(),
  outbound: Outbound.partial(),
  srtp: Srtp,
}
const CreateExtension = body({
  username,
  password: password.describe('Kept as digest HA1 values only'),
  name: fields.name.default(''),
  callerId: fields.callerId.default(null),
  outbound: fields.outbound.optional(),
  srtp: fields.srtp.default('allowed'),
}).meta({ id: 'CreateExtension', examples: [{ username: '1001', password: 'correct horse battery' }] })
const ChangeExtension = body({ ...fields, password })
  .partial()
  .meta({ id: 'ChangeExtension', examples: [{ name: 'Ann' }] })

export function registerExtensions(app: Api, { store, phone, clock, realm }: ApiOptions): void {
  const { db } = store
  const tags = ['extensions']
  const params = z.object({ id: key.describe('Id or username') })

  const show = (row: ExtensionRow): z.infer<typeof Extension> => {
    const contacts = phone.contactsOf(row.username).map(({ registeredAt, expiresAt, ...rest }) => ({
      ...rest,
      registeredAt: iso(new Date(registeredAt)),
      expiresAt: iso(new Date(expiresAt)),
    }))
    const { id, username: name, callerId, outbound, srtp } = row
    const times = { createdAt: iso(row.createdAt), updatedAt: iso(row.updatedAt) }
    return {
      id,
      username: name,
      name: row.name,
      callerId,
      outbound,
      srtp,
      registered: contacts.length > 0,
      contacts,
      ...times,
    }
  }

  async function find(key: string): Promise<ExtensionRow> {
    const row = await getExtension(db, key)
    if (row === undefined) throw new Problem('not_found', `There is no extension ${key}.`)
    return row
  }

  // Anybody else's number as caller id would be a lie that the carrier lets pass.
  async function checkCallerId(callerId: string | null | undefined): Promise<void> {
    if (callerId === null || callerId === undefined) return
    if ((await getNumber(db, callerId))?.state !== 'rented') {
      throw refusal([{ field: '/callerId', sentence: 'takes a number that is rented here' }])
    }
  }

  app.post(
    '/v1/extensions',
    {
      config: writes('extensions'),
      schema: { tags, summary: 'Add an extension', body: CreateExtension, response: { 201: Extension, ...problem } },
    },
    async (request, reply) => {
      const { username: wanted, password: secret, name, callerId, outbound, srtp } = request.body
      await checkCallerId(callerId)
      const now = new Date(clock.wall())
      const row: ExtensionRow = {
        id: newId('extension', now.getTime()),
        username: wanted,
        name,
        realm,
        ...makeCredentials(wanted, realm, secret),
        outbound: {
          rule: outbound?.rule ?? defaultOutbound.rule,
          maxCalls: outbound?.maxCalls ?? defaultOutbound.maxCalls,
        },
        callerId,
        srtp,
        createdAt: now,
        updatedAt: now,
      }
      try {
        await insertExtension(db, row)
      } catch (error) {
        if (conflictOf(error)?.kind !== 'unique') throw error
        throw new Problem(
          'conflict',
          `There is an extension ${wanted} already, or one that differs from it in case only.`,
        )
      }
      await phone.reload('extensions')
      return reply.code(201).header('Location', `/v1/extensions/${row.id}`).send(show(row))
    },
  )

  app.get(
    '/v1/extensions',
    {
      config: reads('extensions'),
      schema: {
        tags,
        summary: 'List extensions',
        querystring: z.strictObject(page),
        response: { 200: pageOf(Extension), ...problem },
      },
    },
    async (request) => toPage(await listExtensions(db, request.query), show),
  )

  app.get(
    '/v1/extensions/:id',
    {
      config: reads('extensions'),
      schema: { tags, summary: 'One extension', params, response: { 200: Extension, ...problem } },
    },
    async (request) => show(await find(request.params.id)),
  )

  app.patch(
    '/v1/extensions/:id',
    {
      config: writes('extensions'),
      schema: {
        tags,
        summary: 'Change an extension',
        params,
        body: ChangeExtension,
        response: { 200: Extension, ...problem },
      },
    },
    async (request) => {
      const row = await find(request.params.id)
      const { name, callerId, outbound, srtp, password: secret } = request.body
      await checkCallerId(callerId)
      const changed = await updateExtension(db, row.id, {
        updatedAt: new Date(clock.wall()),
        ...(name === undefined ? {} : { name }),
        ...(callerId === undefined ? {} : { callerId }),
        ...(srtp === undefined ? {} : { srtp }),
        ...(outbound === undefined
          ? {}
          : {
              outbound: {
                rule: outbound.rule ?? row.outbound.rule,
                maxCalls: outbound.maxCalls ?? row.outbound.maxCalls,
              },
            }),
        ...(secret === undefined ? {} : { realm, ...makeCredentials(row.username, realm, secret) }),
      })
      if (changed === undefined) throw new Problem('not_found', `There is no extension ${request.params.id}.`)
      await phone.reload('extensions')
      return show(changed)
    },
  )

  app.delete(
    '/v1/extensions/:id',
    {
      config: writes('extensions'),
      schema: { tags, summary: 'Delete an extension', params, response: { 204: z.null(), ...problem } },
    },
    async (request, reply) => {
      const row = await find(request.params.id)
      const users = await usersOf(db, row.username)
      if (users.length > 0)
        throw new Problem('in_use', `${row.username} is used by ${users.join(', ')}; change that first.`)
      await deleteExtension(db, row.id)
      await phone.reload('extensions')
      return reply.code(204).send(null)
    },
  )
}

/** Forwards and numbers that an extension cannot be taken from. */
export async function usersOf(db: Db, name: string): Promise<string[]> {
  const forwards = await allForwards(db)
  const numbers = await numbersOf(db, { kind: 'extension', username: name })
  return [
    ...forwards
      .filter((forward) => forward.notify === name || forward.targets.some((target) => target.to === name))
      .map((forward) => `the forward ${forward.id} (${forward.name})`),
    ...numbers.map((number) => `the number ${number.e164}`),
  ]
}
