import { z } from 'zod'
import { defaultForwardPrompts, defaultForwardVoicemail } from '../../phone/forward.ts'
import { newId } from '../../phone/id.ts'
import { mailAddress } from '../../phone/mail-address.ts'
import { Problem } from '../../phone/problem.ts'
import {
  deleteForward,
  type ForwardRow,
  getForward,
  insertForward,
  listForwards,
  updateForward,
} from '../../store/forwards.ts'
import { numbersOf, updateNumber } from '../../store/numbers.ts'
import { reads, writes } from '../auth.ts'
import { defined } from '../defined.ts'
import type { Api, ApiOptions } from '../options.ts'
import { addressText, body, e164, exampleId, id, iso, line, page, pageOf, problem, time, toPage } from '../shapes.ts'
import { refusal } from '../validation.ts'
import { checkReferences } from './forward-check.ts'

const target = z.strictObject({
  to: addressText.describe('An extension, a number or a SIP URI'),
  seconds: z.int().min(1).max(120).default(25).describe('How long it rings before the next is tried'),
})
const spoken = line(0, 1000).describe("'' leaves it out")
const prompts = z.strictObject({ forwarding: spoken, unreachable: spoken, greeting: spoken, thanks: spoken })
const voicemail = z.strictObject({
  maxSeconds: z.int().min(1).max(3600),
  silenceSeconds: z.int().min(0).max(60).describe('Silence that ends the message; 0 for never'),
})
const audio = z.enum(['wav', 'mp3', 'none']).describe('What is attached')
const email = z.strictObject({
  to: z.string().regex(mailAddress, 'takes an address such as ann@example.com'),
  audio: audio.default('mp3'),
})
const Forward = z
  .object({
    id: z.string(),
    name: z.string(),
    number: z.string().describe('Rings the targets'),
    voicemailNumber: z.string().describe('Leads to the greeting at once'),
    targets: z.array(z.object({ to: z.string(), seconds: z.int() })).describe('Rung in this order'),
    notify: z.string().nullable().describe('Who gets a text about each message'),
    email: z.object({ to: z.string(), audio }).nullable().describe('Who gets a copy of each message by mail'),
    callerId: z.enum(['caller', 'number']).describe('What targets see: the caller, or the number of the forward'),
    prompts: z.object({ forwarding: z.string(), unreachable: z.string(), greeting: z.string(), thanks: z.string() }),
    voicemail: z.object({ maxSeconds: z.int(), silenceSeconds: z.int() }),
    createdAt: time,
    updatedAt: time,
  })
  .meta({
    id: 'Forward',
    examples: [
      {
        id: exampleId('forward'),
        name: 'Ann',
        number: '+15550100',
        voicemailNumber: '+15550101',
        targets: [
          { to: '1001', seconds: 10 },
          { to: '+15550142', seconds: 10 },
        ],
        notify: '1001',
        email: { to: 'ann@example.com', audio: 'mp3' },
        callerId: 'caller',
        prompts: defaultForwardPrompts,
        voicemail: defaultForwardVoicemail,
        createdAt: '2026-01-05T12:00:00.000Z',
        updatedAt: '2026-01-05T12:00:00.000Z',
      },
    ],
  })
const fields = {
  name: line(1, 100),
  targets: z.array(target).min(1).max(20),
  notify: addressText.nullable(),
  email: email.nullable().describe('Who gets a copy of each message by mail'),
  callerId: z.enum(['caller', 'number']),
  prompts: prompts.partial(),
  voicemail: voicemail.partial(),
}
const CreateForward = body({
  name: fields.name,
  targets: fields.targets,
  notify: fields.notify.default(null),
  email: fields.email.default(null),
  callerId: fields.callerId.default('caller'),
  prompts: fields.prompts.default({}),
  voicemail: fields.voicemail.default({}),
  number: e164.optional().describe('Any free one unless given'),
  voicemailNumber: e164.optional().describe('Any free one unless given'),
}).meta({
  id: 'CreateForward',
  examples: [
    {
      name: 'Ann',
      targets: [
        { to: '1001', seconds: 10 },
        { to: '+15550142', seconds: 10 },
      ],
      notify: '1001',
    },
  ],
})
const ChangeForward = body(fields)
  .partial()
  .meta({ id: 'ChangeForward', examples: [{ prompts: { greeting: 'This is Ann. Leave a message.' } }] })

const show = ({ createdAt, updatedAt, targets, ...row }: ForwardRow): z.infer<typeof Forward> => ({
  ...row,
  targets: [...targets],
  createdAt: iso(createdAt),
  updatedAt: iso(updatedAt),
})

export function registerForwards(app: Api, { store, numbers, phone, clock, log, country, mails }: ApiOptions): void {
  const { db } = store
  const tags = ['forwards']
  const params = z.object({ id: id('forward') })
  const mailFaults = (wanted: object | null | undefined) =>
    wanted == null || mails
      ? []
      : [{ field: '/email', sentence: 'cannot be served: OFFHOOK_SMTP_URL names no server for mail' }]
  const unknown = (forward: string): Problem => new Problem('not_found', `There is no forward ${forward}.`)

  app.post(
    '/v1/forwards',
    {
      config: writes('forwards'),
      schema: {
        tags,
        summary: 'Forward a new number',
        description: 'Rents two numbers: one that rings the targets and one that leads to voicemail at once.',
        body: CreateForward,
        response: { 201: Forward, ...problem },
      },
    },
    async (request, reply) => {
      const { name, callerId, number, voicemailNumber, email } = request.body
      const wanted = [number, voicemailNumber]
      const named = wanted.filter((e164) => e164 !== undefined)
      const { targets, notify, faults } = await checkReferences(db, country, request.body, named)
      const twice = number !== undefined && number === voicemailNumber
      const same = twice ? [{ field: '/voicemailNumber', sentence: 'takes another number than /number' }] : []
      const unsent = mailFaults(email)
      if (faults.length + same.length + unsent.length > 0) throw refusal([...faults, ...same, ...unsent])
      const rented = await rentAll(wanted)
      const [main, box] = rented as [string, string]
      const now = new Date(clock.wall())
      const row: ForwardRow = {
        id: newId('forward', now.getTime()),
        name,
        number: main,
        voicemailNumber: box,
        targets,
        notify,
        email,
        callerId,
        prompts: { ...defaultForwardPrompts, ...defined(request.body.prompts) },
        voicemail: { ...defaultForwardVoicemail, ...defined(request.body.voicemail) },
        createdAt: now,
        updatedAt: now,
      }
      try {
        await db.transaction(async (tx) => {
          await insertForward(tx, row)
          await updateNumber(tx, main, { assignment: { kind: 'forward', forward: row.id } })
          await updateNumber(tx, box, { assignment: { kind: 'voicemail', forward: row.id } })
        })
      } catch (error) {
        await releaseAll(rented)
        throw error
      }
      await phone.reload('forwards')
      return reply.code(201).header('Location', `/v1/forwards/${row.id}`).send(show(row))
    },
  )

  app.get(
    '/v1/forwards',
    {
      config: reads('forwards'),
      schema: {
        tags,
        summary: 'List forwards',
        querystring: z.strictObject(page),
        response: { 200: pageOf(Forward), ...problem },
      },
    },
    async (request) => toPage(await listForwards(db, request.query), show),
  )

  app.get(
    '/v1/forwards/:id',
    {
      config: reads('forwards'),
      schema: { tags, summary: 'One forward', params, response: { 200: Forward, ...problem } },
    },
    async (request) => {
      const row = await getForward(db, request.params.id)
      if (row === undefined) throw unknown(request.params.id)
      return show(row)
    },
  )

  app.patch(
    '/v1/forwards/:id',
    {
      config: writes('forwards'),
      schema: {
        tags,
        summary: 'Change a forward',
        params,
        body: ChangeForward,
        response: { 200: Forward, ...problem },
      },
    },
    async (request) => {
      const row = await getForward(db, request.params.id)
      if (row === undefined) throw unknown(request.params.id)
      const given = request.body
      const checked = await checkReferences(db, country, given, [row.number, row.voicemailNumber])
      const faults = [...checked.faults, ...mailFaults(given.email)]
      if (faults.length > 0) throw refusal(faults)
      const changed = await updateForward(db, row.id, {
        updatedAt: new Date(clock.wall()),
        ...(given.name === undefined ? {} : { name: given.name }),
        ...(given.targets === undefined ? {} : { targets: checked.targets }),
        ...(given.notify === undefined ? {} : { notify: checked.notify }),
        ...(given.email === undefined ? {} : { email: given.email }),
        ...(given.callerId === undefined ? {} : { callerId: given.callerId }),
        ...(given.prompts === undefined ? {} : { prompts: { ...row.prompts, ...defined(given.prompts) } }),
        ...(given.voicemail === undefined ? {} : { voicemail: { ...row.voicemail, ...defined(given.voicemail) } }),
      })
      if (changed === undefined) throw unknown(request.params.id)
      await phone.reload('forwards')
      return show(changed)
    },
  )

  app.delete(
    '/v1/forwards/:id',
    {
      config: writes('forwards'),
      schema: {
        tags,
        summary: 'Delete a forward',
        description: 'Releases its two numbers. Its voicemails stay.',
        params,
        response: { 204: z.null(), ...problem },
      },
    },
    async (request, reply) => {
      const row = await db.transaction(async (tx) => {
        const gone = await deleteForward(tx, request.params.id)
        if (gone === undefined) return undefined
        // Further numbers that were assigned to it by hand stay rented and lead nowhere.
        for (const kind of ['forward', 'voicemail'] as const) {
          for (const number of await numbersOf(tx, { kind, forward: gone.id })) {
            await updateNumber(tx, number.e164, { assignment: null })
          }
        }
        return gone
      })
      if (row === undefined) throw unknown(request.params.id)
      await releaseAll([row.number, row.voicemailNumber])
      await phone.reload('forwards')
      return reply.code(204).send(null)
    },
  )

  /** All or none. */
  async function rentAll(wanted: readonly (string | undefined)[]): Promise<string[]> {
    const rented: string[] = []
    try {
      // Those that are named first, so that "any" does not take one of them.
      const order = wanted
        .map((_, i) => i)
        .sort((a, b) => Number(wanted[a] === undefined) - Number(wanted[b] === undefined))
      for (const i of order) rented[i] = (await numbers.rent(wanted[i])).e164
      return rented
    } catch (error) {
      await releaseAll(rented.filter((number) => number !== undefined))
      throw error
    }
  }

  /** One that cannot be released stays rented, free to be released by hand. */
  async function releaseAll(rented: readonly string[]): Promise<void> {
    for (const number of rented) {
      try {
        await numbers.release(number)
      } catch (error) {
        log.warn({ err: error, number }, 'a number of a forward could not be released')
      }
    }
  }
}
