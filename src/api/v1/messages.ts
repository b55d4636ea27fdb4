import { z } from 'zod'
import { addressKey } from '../../phone/address.ts'
import { textCodes } from '../../phone/carrier.ts'
import { type FieldFault, Problem } from '../../phone/problem.ts'
import { segmentsOf } from '../../phone/segments.ts'
import { textStates } from '../../phone/text-status.ts'
import { allExtensions } from '../../store/extensions.ts'
import { getMessage, listMessages, type MessageRow } from '../../store/messages.ts'
import { getNumber } from '../../store/numbers.ts'
import { reads, writes } from '../auth.ts'
import { defined } from '../defined.ts'
import type { Api, ApiOptions } from '../options.ts'
import { putReplyUrl } from '../reply-url.ts'
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

const state = z.enum(textStates)

export const MessageShape = z
  .object({
    id: z.string(),
    direction: z.enum(['inbound', 'outbound']),
    state: state.describe(
      '`waiting`: the receiver is away and gets it when a phone registers. `undelivered`, `failed`, `rejected`, `expired`: it did not reach the receiver',
    ),
    from: z.string(),
    to: z.string(),
    body: z.string(),
    attempts: z.int(),
    reason: z.string().nullable().describe('Why it waits or failed'),
    code: z.enum(textCodes).nullable().describe('The reason as a word that stays the same'),
    carrier: z.string().nullable().describe('That took it, or was tried last'),
    encoding: z.enum(['gsm7', 'ucs2']).describe('What mobile networks would write it in'),
    segments: z.int().describe('Messages that it takes there'),
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
        code: null,
        carrier: 'local',
        encoding: 'ucs2',
        segments: 2,
        createdAt: '2026-01-05T12:00:45.000Z',
        updatedAt: '2026-01-05T12:00:45.300Z',
      },
    ],
  })
const SendMessage = body({
  from: key
    .optional()
    .describe(
      'An extension, a rented number or a sender of the text rules. Unless given: the service itself to extensions; outside what the rules say, else a number of the country',
    ),
  to: addressText.describe('An extension or a number'),
  body: z
    .string()
    .min(1)
    .max(1600)
    .regex(/^[^\0\p{Cs}]*$/u, 'takes no NUL character and no half of a surrogate pair'),
  callbackUrl: z
    .url()
    .max(2048)
    .optional()
    .describe(
      'Told of what the receiver answers, `{from, to, text}`, until another text goes from the same sender to them',
    ),
  once: z
    .boolean()
    .default(false)
    .describe('Never sent again where it is not known whether it went out; it is then `sent` with the code `unsure`'),
  reportSeconds: z
    .int()
    .min(10)
    .max(7 * 86_400)
    .optional()
    .describe(
      'Without a report within so long it is `undelivered` with the code `no_report`; the text rules say unless given',
    ),
}).meta({ id: 'SendMessage', examples: [{ from: '1002', to: '1001', body: 'Lunch?' }] })

export function showMessage(row: MessageRow): z.infer<typeof MessageShape> {
  const { id: message, direction, state, from, to, body: text, attempts, reason, code, carrier } = row
  const { encoding, parts } = segmentsOf(text)
  return {
    ...{ id: message, direction, state, from, to, body: text, attempts, reason, carrier, encoding },
    code: textCodes.find((known) => known === code) ?? null,
    segments: parts.length,
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  }
}

export function registerMessages(app: Api, { store, texts, webhooks, country }: ApiOptions): void {
  const { db, keys } = store
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
          state: state.optional(),
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
      const { callbackUrl: url, once, reportSeconds, body: text, ...parties } = request.body
      const usernames = new Set((await allExtensions(db)).map((extension) => extension.username))
      const [from, fromFault] = parties.from === undefined ? [undefined] : await sender(parties.from, usernames)
      const [to, toFault] = receiver(parties.to, usernames)
      const faults = [
        ...(fromFault === undefined ? [] : [{ field: '/from', sentence: fromFault }]),
        ...(toFault === undefined ? [] : [{ field: '/to', sentence: toFault }]),
        ...(url === undefined ? [] : await urlFaults(url)),
      ]
      if (faults.length > 0) throw refusal(faults)
      const row = await db.transaction(async (tx) => {
        const made = await texts.put(tx, { to, body: text, once, ...defined({ from, reportSeconds }) })
        if (url !== undefined) await putReplyUrl(tx, keys, made.row.id, url, request.headers.authorization)
        return made.row
      })
      texts.told(row)
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
    if (text === 'offhook' || usernames.has(text) || texts.isSender(text)) return [text, undefined]
    const address = parseAddress(text, country, usernames)
    const ours = address?.kind === 'number' && (await getNumber(db, address.e164))?.state === 'rented'
    return ours ? [addressKey(address), undefined] : [text, 'takes an extension or a number that is rented here']
  }

  async function urlFaults(url: string): Promise<FieldFault[]> {
    const sentence = await webhooks.refuses(url)
    return sentence === undefined ? [] : [{ field: '/callbackUrl', sentence }]
  }

  function receiver(text: string, usernames: ReadonlySet<string>): [string, string | undefined] {
    const address = parseAddress(text, country, usernames)
    if (address?.kind === 'number') return [address.e164, undefined]
    if (address?.kind === 'extension' && usernames.has(address.username)) return [address.username, undefined]
    return [text, `names nobody: there is no extension ${text}, and it is no number`]
  }
}
