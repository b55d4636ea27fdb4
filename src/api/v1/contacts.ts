import { z } from 'zod'
import { newId } from '../../phone/id.ts'
import { Problem } from '../../phone/problem.ts'
import { conflictOf } from '../../store/conflict.ts'
import {
  type ContactRow,
  deleteContact,
  getContact,
  importContacts,
  insertContact,
  listContacts,
  updateContact,
} from '../../store/contacts.ts'
import { type TimelineEntry, timelineOf } from '../../store/timeline.ts'
import { reads, writes } from '../auth.ts'
import { phoneOf } from '../compat/africas-talking/door.ts'
import { defined } from '../defined.ts'
import type { Api, ApiOptions } from '../options.ts'
import { body, e164, exampleId, filter, id, iso, line, page, pageOf, problem, time, toPage } from '../shapes.ts'
import { CallShape, showCall } from './call-shape.ts'
import { groupPattern, readContacts } from './contact-import.ts'
import { MessageShape, showMessage } from './messages.ts'
import { zone } from './planned-shape.ts'
import { showSession, UssdSession } from './ussd.ts'

export const group = z
  .string()
  .regex(
    groupPattern,
    'takes 1 to 64 letters, digits, spaces, dots, underscores and hyphens, the first a letter or digit',
  )
export const contactStatus = z
  .enum(['new', 'active', 'inactive'])
  .describe('`active`: the last text reached it. `inactive`: it did not. `new`: none has come to an end')
const name = line(1, 100)
const groups = z.array(group).max(50)

const example = {
  ...{ id: exampleId('contact'), phone: '+254722000001', name: 'Amina', zone: 'Africa/Nairobi', groups: ['clinic'] },
  ...{ status: 'active' as const, lastText: { id: exampleId('message'), state: 'delivered' }, lastCall: null },
  contacted: { by: 'text' as const, at: '2026-01-05T12:00:04.000Z' },
  ...{ optedOut: false, createdAt: '2026-01-05T12:00:00.000Z', updatedAt: '2026-01-05T12:00:04.000Z' },
}
const ContactShape = z
  .object({
    id: z.string(),
    phone: z.string(),
    name: z.string().nullable(),
    zone: z.string().nullable().describe('Null: that of the country of the number'),
    groups: z.array(z.string()),
    status: contactStatus,
    lastText: z.object({ id: z.string(), state: z.string() }).nullable().describe('That came to an end'),
    lastCall: z.object({ code: z.string(), at: time }).nullable().describe('Of a broadcast, and what it came to'),
    contacted: z
      .object({ by: z.enum(['text', 'call', 'voicemail']), at: time })
      .nullable()
      .describe('What reached it last'),
    optedOut: z.boolean().describe('Broadcasts leave it out'),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'ContactPerson', examples: [example] })
const CreateContact = body({
  phone: e164,
  name: name.optional(),
  zone: zone.optional(),
  groups: groups.default([]),
  status: contactStatus.default('new'),
  optedOut: z.boolean().default(false),
}).meta({ id: 'CreateContact', examples: [{ phone: '+254722000001', name: 'Amina', groups: ['clinic'] }] })
const ChangeContact = body({
  phone: e164,
  name: name.nullable(),
  zone: zone.nullable(),
  groups,
  status: contactStatus,
  optedOut: z.boolean(),
})
  .partial()
  .meta({ id: 'ChangeContact', examples: [{ groups: ['clinic', 'north'] }] })

const importExample = {
  ...{ added: 2, changed: 0, unchanged: 0 },
  bad: [{ line: 4, column: 'phone', sentence: 'takes a number with its country code, such as +15550142' }],
}
const Imported = z
  .object({
    added: z.int(),
    changed: z.int(),
    unchanged: z.int(),
    bad: z
      .array(z.object({ line: z.int(), column: z.string().nullable(), sentence: z.string() }))
      .describe('Lines that were left out, and why'),
  })
  .meta({ id: 'ImportedContacts', examples: [importExample] })

const Entry = z
  .object({
    id: z.string(),
    at: time,
    kind: z.enum(['text', 'call', 'ussd', 'voice_message']),
    text: MessageShape.optional(),
    call: CallShape.optional(),
    ussd: UssdSession.optional(),
    voiceMessage: z
      .object({ id: z.string(), body: z.string(), state: z.string(), reason: z.string().nullable() })
      .optional()
      .describe('Spoken in a call that a company placed'),
  })
  .meta({ id: 'ContactEntry', examples: [{ id: exampleId('call'), at: '2026-01-05T12:00:00.000Z', kind: 'call' }] })

const ContactFile = z.string().meta({
  id: 'ContactFile',
  examples: ['phone,name,groups\n+254722000001,Amina,clinic;north\n'],
})
/** Of 100,000 contacts. */
const importBytes = 16 * 1024 * 1024

/** People by their numbers, and what there was with each. */
export async function registerContacts(app: Api, { store, clock, country }: ApiOptions): Promise<void> {
  const { db } = store
  const tags = ['contacts']
  const params = z.object({ id: id('contact') })

  async function find(key: string): Promise<ContactRow> {
    const row = await getContact(db, key)
    if (row === undefined) throw new Problem('not_found', `There is no contact ${key}.`)
    return row
  }

  async function unlessTaken<T>(phone: string | undefined, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (conflictOf(error)?.constraint !== 'contacts_phone') throw error
      throw new Problem('conflict', `There is a contact with ${phone} already.`)
    }
  }

  app.post(
    '/v1/contacts',
    {
      config: writes('contacts'),
      schema: { tags, summary: 'Add a contact', body: CreateContact, response: { 201: ContactShape, ...problem } },
    },
    async (request, reply) => {
      const { phone, name: called = null, zone: where = null, groups: among, status, optedOut } = request.body
      const now = new Date(clock.wall())
      const row: ContactRow = {
        ...{
          id: newId('contact', now.getTime()),
          phone,
          name: called,
          zone: where,
          groups: [...new Set(among)],
          status,
        },
        ...{ textId: null, textState: null, callCode: null, calledAt: null, contactedBy: null, contactedAt: null },
        ...{ optedOutAt: optedOut ? now : null, createdAt: now, updatedAt: now },
      }
      const made = await unlessTaken(phone, () => insertContact(db, row))
      return reply.code(201).header('Location', `/v1/contacts/${made.id}`).send(show(made))
    },
  )

  app.get(
    '/v1/contacts',
    {
      config: reads('contacts'),
      schema: {
        tags,
        summary: 'List contacts, newest first',
        querystring: z.strictObject({
          ...page,
          status: contactStatus.optional(),
          group: group.optional(),
          phone: filter,
        }),
        response: { 200: pageOf(ContactShape), ...problem },
      },
    },
    async (request) => {
      const { limit, after, status, group: among, phone } = request.query
      const wanted = {
        ...{ status, groups: among === undefined ? undefined : [among] },
        phone: phone === undefined ? undefined : phoneOf(phone, country),
      }
      return toPage(await listContacts(db, wanted, { limit, after }), show)
    },
  )

  app.get(
    '/v1/contacts/:id',
    {
      config: reads('contacts'),
      schema: { tags, summary: 'One contact', params, response: { 200: ContactShape, ...problem } },
    },
    async (request) => show(await find(request.params.id)),
  )

  app.patch(
    '/v1/contacts/:id',
    {
      config: writes('contacts'),
      schema: {
        tags,
        summary: 'Change a contact',
        params,
        body: ChangeContact,
        response: { 200: ContactShape, ...problem },
      },
    },
    async (request) => {
      const before = await find(request.params.id)
      const { optedOut, groups: among, ...rest } = request.body
      const now = new Date(clock.wall())
      const out = optedOut === undefined ? undefined : optedOut ? (before.optedOutAt ?? now) : null
      const change = defined({
        ...{ ...rest, optedOutAt: out, updatedAt: now },
        groups: among === undefined ? undefined : [...new Set(among)],
      })
      const row = await unlessTaken(rest.phone, () => updateContact(db, before.id, change))
      return show(row ?? (await find(before.id)))
    },
  )

  app.delete(
    '/v1/contacts/:id',
    {
      config: writes('contacts'),
      schema: {
        tags,
        summary: 'Delete a contact; what broadcasts kept of it stays',
        params,
        response: { 204: z.null(), ...problem },
      },
    },
    async (request, reply) => {
      const { id: key } = await find(request.params.id)
      await deleteContact(db, key)
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/v1/contacts/:id/timeline',
    {
      config: reads('contacts'),
      schema: {
        tags,
        summary: 'Texts, calls and USSD sessions with a contact, newest first',
        params,
        querystring: z.strictObject(page),
        response: { 200: pageOf(Entry), ...problem },
      },
    },
    async (request) => {
      const { phone } = await find(request.params.id)
      return toPage(await timelineOf(db, phone, request.query), (entry) => showEntry(entry, clock.wall()))
    },
  )

  // A context of its own: no other route takes CSV.
  await app.register(async (instance) => {
    const api = instance as Api
    api.addContentTypeParser('text/csv', { parseAs: 'string', bodyLimit: importBytes }, (_request, text, done) =>
      done(null, text),
    )
    api.post(
      '/v1/contacts/import',
      {
        config: writes('contacts'),
        bodyLimit: importBytes,
        schema: {
          tags,
          summary: 'Add contacts from a CSV file',
          description:
            'The first line names the columns: `phone`, and any of `name`, `zone`, `groups` (with `;` between them) and `status`. Bad lines are left out and told; the others are added, or change the contact of that number in what the file says of it.',
          consumes: ['text/csv'],
          body: ContactFile,
          response: { 200: Imported, ...problem },
        },
      },
      async (request) => {
        const wall = clock.wall()
        const { contacts, bad } = readContacts(request.body, { country, wall })
        const { added, changed } = await importContacts(db, contacts, new Date(wall))
        return { added, changed, unchanged: contacts.length - added - changed, bad: [...bad] }
      },
    )
  })
}

function show(row: ContactRow): z.infer<typeof ContactShape> {
  const { id: key, phone, name: called, zone: where, groups: among, status, textId, textState } = row
  const { callCode, calledAt, contactedBy, contactedAt, optedOutAt, createdAt, updatedAt } = row
  return {
    ...{ id: key, phone, name: called, zone: where, groups: among, status },
    lastText: textId === null || textState === null ? null : { id: textId, state: textState },
    lastCall: callCode === null || calledAt === null ? null : { code: callCode, at: iso(calledAt) },
    contacted: contactedBy === null || contactedAt === null ? null : { by: contactedBy, at: iso(contactedAt) },
    ...{ optedOut: optedOutAt !== null, createdAt: iso(createdAt), updatedAt: iso(updatedAt) },
  }
}

function showEntry(entry: TimelineEntry, wall: number): z.infer<typeof Entry> {
  switch (entry.kind) {
    case 'text': {
      const text = showMessage(entry.row)
      return { id: text.id, at: text.createdAt, kind: 'text', text }
    }
    case 'call': {
      const call = showCall(entry.row)
      return { id: call.id, at: call.startedAt, kind: 'call', call }
    }
    case 'ussd': {
      const ussd = showSession(entry.row, wall)
      return { id: ussd.id, at: ussd.startedAt, kind: 'ussd', ussd }
    }
    case 'voice_message': {
      const { id: key, body: words, state, reason, createdAt } = entry.row
      return {
        id: key,
        at: iso(createdAt),
        kind: 'voice_message',
        voiceMessage: { id: key, body: words, state, reason },
      }
    }
  }
}
