import { z } from 'zod'
import { Problem } from '../../phone/problem.ts'
import { type DeliveryRow, getDelivery, listDeliveries } from '../../store/webhook-deliveries.ts'
import { reads, writes } from '../auth.ts'
import type { Api, ApiOptions } from '../options.ts'
import { exampleId, filter, id, iso, isoOrNull, page, pageOf, problem, time, toPage } from '../shapes.ts'

const tryExample = {
  at: '2026-01-05T12:00:00.000Z',
  url: 'https://example.com/hooks',
  headers: { 'content-type': 'application/json', 'webhook-id': exampleId('delivery') },
  ms: 41.2,
  status: 503,
  response: 'try later',
  fault: 'It was answered 503, not 2xx.',
}
const example = {
  id: exampleId('delivery'),
  webhook: exampleId('webhook'),
  event: 'call.ended',
  key: `${exampleId('webhook')}:${exampleId('call')}`,
  dialect: 'standard' as const,
  state: 'queued' as const,
  method: 'POST' as const,
  url: 'https://example.com/hooks',
  fallbackUrl: null,
  contentType: 'application/json',
  body: '{"type":"call.ended","timestamp":"2026-01-05T12:00:00.000Z","data":{}}',
  attempts: 1,
  tries: [tryExample],
  replayOf: null,
  createdAt: '2026-01-05T12:00:00.000Z',
  nextAt: '2026-01-05T12:00:05.000Z',
  settledAt: null,
}
const Try = z.object({
  at: time,
  url: z.string(),
  headers: z.record(z.string(), z.string()).describe('Sent; without credentials'),
  ms: z.number().describe('Until the whole answer, or the fault'),
  status: z.int().optional().describe('Absent where nothing answered'),
  response: z.string().optional().describe('The first 2048 bytes'),
  fault: z.string().optional().describe('Why it does not count as delivered'),
})
const Delivery = z
  .object({
    id: z.string(),
    webhook: z.string().nullable().describe('The subscription; null for what was asked for otherwise'),
    event: z.string().nullable(),
    key: z.string().describe('Those of one key go out one after the other'),
    dialect: z.enum(['standard', 'plivo', 'blocks']),
    state: z.enum(['queued', 'delivered', 'failed']).describe('`failed`: given up'),
    method: z.enum(['GET', 'POST']),
    url: z.string(),
    fallbackUrl: z.string().nullable(),
    contentType: z.string(),
    body: z.string(),
    attempts: z.int(),
    tries: z.array(Try).describe('Every request that was made, oldest first'),
    replayOf: z.string().nullable(),
    createdAt: time,
    nextAt: time.nullable().describe('When it is tried next; null for at once, and once it is settled'),
    settledAt: time.nullable(),
  })
  .meta({ id: 'WebhookDelivery', examples: [example] })

const show = (row: DeliveryRow): z.infer<typeof Delivery> => ({
  id: row.id,
  webhook: row.webhookId,
  event: row.event,
  key: row.key,
  dialect: row.dialect,
  state: row.state,
  method: row.method,
  url: row.url,
  fallbackUrl: row.fallbackUrl,
  contentType: row.contentType,
  body: row.body,
  attempts: row.attempts,
  tries: row.tries.map(({ at, headers, ...rest }) => ({ ...rest, headers: { ...headers }, at: iso(new Date(at)) })),
  replayOf: row.replayOf,
  createdAt: iso(row.createdAt),
  nextAt: isoOrNull(row.nextAt),
  settledAt: isoOrNull(row.settledAt),
})

/** The log of what was sent to whom, and what came of it. Kept 30 days. */
export function registerWebhookDeliveries(app: Api, { store, webhooks }: ApiOptions): void {
  const { db } = store
  const tags = ['webhooks']
  const params = z.object({ id: id('delivery') })
  const unknown = (which: string): Problem => new Problem('not_found', `There is no delivery ${which}.`)

  app.get(
    '/v1/webhooks/deliveries',
    {
      config: reads('webhooks'),
      schema: {
        tags,
        summary: 'List deliveries, newest first',
        querystring: z.strictObject({
          ...page,
          state: z.enum(['queued', 'delivered', 'failed']).optional(),
          webhook: filter,
          event: filter,
          key: filter,
        }),
        response: { 200: pageOf(Delivery), ...problem },
      },
    },
    async (request) => {
      const { limit, after, ...wanted } = request.query
      return toPage(await listDeliveries(db, wanted, { limit, after }), show)
    },
  )

  app.get(
    '/v1/webhooks/deliveries/:id',
    {
      config: reads('webhooks'),
      schema: { tags, summary: 'One delivery', params, response: { 200: Delivery, ...problem } },
    },
    async (request) => {
      const row = await getDelivery(db, request.params.id)
      if (row === undefined) throw unknown(request.params.id)
      return show(row)
    },
  )

  app.post(
    '/v1/webhooks/deliveries/:id/replay',
    {
      config: writes('webhooks'),
      schema: {
        tags,
        summary: 'Send it once more',
        description: 'A delivery of its own, with the `webhook-id` of the first. It waits for no other.',
        params,
        response: { 201: Delivery, ...problem },
      },
    },
    async (request, reply) => {
      const again = await webhooks.replay(request.params.id)
      const row = again === undefined ? undefined : await getDelivery(db, again)
      if (row === undefined) throw unknown(request.params.id)
      return reply.code(201).header('Location', `/v1/webhooks/deliveries/${row.id}`).send(show(row))
    },
  )
}
