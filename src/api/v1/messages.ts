import { z } from 'zod'
import { addressKey } from '../../phone/address.ts'
import { newId } from '../../phone/id.ts'
import { Problem } from '../../phone/problem.ts'
import { allExtensions } from '../../store/extensions.ts'
import { getMessage, listMessages, type MessageRow, queueMessage } from '../../store/messages.ts'
import { getNumber } from '../../store/numbers.ts'
import { reads, writes } from '../auth.ts'
import type { Api, ApiOptions } from '../options.ts'
import {
  addressText,
  body,
  exampleId,
  filter,
  id,
  iso,
  key,
  page,
  pageOf,
  parseAddress,
  problem,
  time,
  toPage,
} from '../shapes.ts'
import { refusal } from '../validation.ts'

export const MessageShape = z
  .object({
    id: z.string(),
    direction: z.enum(['inbound', 'outbound']),
    state: z
      .enum(['queued', 'waiting', 'sent', 'delivered', 'failed', 'received'])
      .describe('`waiting`: the receiver is away and gets it when a phone registers'),
    from: z.string(),
    to: z.string(),
    body: z.string(),
    attempts: z.int(),
    reason: z.string().nullable().describe('Why it waits or failed'),
    createdAt: time,
    updatedAt: time,
  })
  .meta({
    id: 'Message',
    examples: [
      {
        id: exampleId('message'),
        direction: 'outbound',
        state: 'delivered',
        from: '+15550100',
        to: '1001',
        body: 'New message from +15550142, 10 seconds: http://127.0.0.1:8080/r/…',
        attempts: 1,
        reason: null,
        createdAt: '2026-01-05T12:00:45.000Z',
        updatedAt: '2026-01-05T12:00:45.300Z',
      },
    ],
  })
const SendMessage = body({
  from: key.default('offhook').describe('An extension or a rented number; the service itself unless given'),
  to: addressText.describe('An extension or a number'),
  body: z
    .string()
    .min(1)
    .max(1600)
    .regex(/^[^\0\p{Cs}]*$/u, 'takes no NUL character and no half of a surrogate pair'),
}).meta({ id: 'SendMessage', examples: [{ from: '1002', to: '1001', body: 'Lunch?' }] })

export const showMessage = ({
  key: _cause,
  carrierRef: _of,
  createdAt,
  updatedAt,
  ...row
}: MessageRow): z.infer<typeof MessageShape> => ({
  ...row,
  createdAt: iso(createdAt),
  updatedAt: iso(updatedAt),
})

export function registerMessages(app: Api, { store, clock, bus, country }: ApiOptions): void {
  const { db } = store
  const tags = ['messages']

  app.get(
    '/v1/messages',
    {
      config: reads('messages'),
      schema: {
        tags,
        summary: 'List texts, newest first',
        querystring: z.strictObject({
          ...page,
          direction: z.enum(['inbound', 'outbound']).optional(),
          state: z.enum(['queued', 'waiting', 'sent', 'delivered', 'failed', 'received']).optional(),
          from: filter,
          to: filter,
        }),
        response: { 200: pageOf(MessageShape), ...problem },
      },
    },
    async (request) => {
      const { limit, after, ...wanted } = request.query
      return toPage(await listMessages(db, wanted, { limit, after }), showMessage)
    },
  )

  app.post(
    '/v1/messages',
    {
      config: writes('messages'),
      schema: {
        tags,
        summary: 'Send a text',
        description: 'Answers as soon as it is queued; nothing queued is lost when the service ends.',
        body: SendMessage,
        response: { 201: MessageShape, ...problem },
      },
    },
    async (request, reply) => {
      const usernames = new Set((await allExtensions(db)).map((extension) => extension.username))
      const [from, fromFault] = await sender(request.body.from, usernames)
      const [to, toFault] = receiver(request.body.to, usernames)
      const faults = [
        ...(fromFault === undefined ? [] : [{ field: '/from', sentence: fromFault }]),
        ...(toFault === undefined ? [] : [{ field: '/to', sentence: toFault }]),
      ]
      if (faults.length > 0) throw refusal(faults)
      const now = clock.wall()
      const message = {
        id: newId('message', now),
        from,
        to,
        body: request.body.body,
        key: null,
        createdAt: new Date(now),
      }
      const { row } = await queueMessage(db, message)
      bus.publish({ type: 'message.queued', at: now, message: message.id })
      return reply.code(201).header('Location', `/v1/messages/${row.id}`).send(showMessage(row))
    },
  )

  app.get(
    '/v1/messages/:id',
    {
      config: reads('messages'),
      schema: {
        tags,
        summary: 'One text',
        params: z.object({ id: id('message') }),
        response: { 200: MessageShape, ...problem },
      },
    },
    async (request) => {
      const row = await getMessage(db, request.params.id)
      if (row === undefined) throw new Problem('not_found', `There is no message ${request.params.id}.`)
      return showMessage(row)
    },
  )

  async function sender(text: string, usernames: ReadonlySet<string>): Promise<[string, string | undefined]> {
    if (text === 'offhook' || usernames.has(text)) return [text, undefined]
    const address = parseAddress(text, country, usernames)
    const ours = address?.kind === 'number' && (await getNumber(db, address.e164))?.state === 'rented'
    return ours ? [addressKey(address), undefined] : [text, 'takes an extension or a number that is rented here']
  }

  function receiver(text: string, usernames: ReadonlySet<string>): [string, string | undefined] {
    const address = parseAddress(text, country, usernames)
    if (address?.kind === 'number') return [address.e164, undefined]
    if (address?.kind === 'extension' && usernames.has(address.username)) return [address.username, undefined]
    return [text, `names nobody: there is no extension ${text}, and it is no number`]
  }
}
