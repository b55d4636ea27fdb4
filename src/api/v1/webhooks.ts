import { z } from 'zod'
import { newId } from '../../phone/id.ts'
import { Problem } from '../../phone/problem.ts'
import {
  changeWebhook,
  deleteWebhook,
  getWebhook,
  insertWebhook,
  listWebhooks,
  type WebhookRow,
} from '../../store/webhooks.ts'
import { openSecrets, partUrl, type Secrets, sealSecrets } from '../../webhooks/secrets.ts'
import { newSecret } from '../../webhooks/sign/standard.ts'
import { reads, writes } from '../auth.ts'
import type { Api, ApiOptions } from '../options.ts'
import { body, exampleId, id, iso, isoOrNull, line, page, pageOf, problem, time, toPage } from '../shapes.ts'
import { refusal } from '../validation.ts'

/** How long the former secret goes on signing beside the new one, so that receivers can change over. */
const bothMs = 24 * 3600_000

const events = [
  '*',
  'broadcast.*',
  'broadcast.ended',
  'call.*',
  'call.started',
  'call.answered',
  'call.ended',
  'call.action',
  'conference.*',
  'conference.started',
  'conference.entered',
  'conference.left',
  'conference.changed',
  'conference.keys',
  'conference.ended',
  'message.*',
  'message.queued',
  'message.waiting',
  'message.sent',
  'message.delivered',
  'message.undelivered',
  'message.failed',
  'message.rejected',
  'message.expired',
  'message.received',
  'planned.*',
  'planned.waiting',
  'planned.calling',
  'planned.done',
  'planned.failed',
  'planned.canceled',
  'cdr.*',
  'cdr.written',
  'recording.*',
  'recording.finished',
  'voicemail.*',
  'voicemail.created',
] as const

const example = {
  id: exampleId('webhook'),
  url: 'https://example.com/hooks',
  fallbackUrl: 'https://example.net/hooks',
  events: ['call.*', 'voicemail.created'],
  description: 'the desk',
  enabled: true,
  formerSecretUntil: null,
  createdAt: '2026-01-05T12:00:00.000Z',
  updatedAt: '2026-01-05T12:00:00.000Z',
}
const Webhook = z
  .object({
    id: z.string(),
    url: z.string().describe('Without user and password'),
    fallbackUrl: z.string().nullable().describe('Without user and password; tried at once where the URL fails'),
    events: z.array(z.string()),
    description: z.string(),
    enabled: z.boolean(),
    formerSecretUntil: time.nullable().describe('Until then requests are signed with the former secret as well'),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Webhook', examples: [example] })
const WebhookWithSecret = Webhook.extend({ secret: z.string().describe('Shown this once') }).meta({
  id: 'WebhookWithSecret',
  examples: [{ ...example, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }],
})

const url = z.string().min(1).max(2048).describe('http or https, to a public address unless the operator allows others')
const subscribed = z.array(z.enum(events)).min(1).max(events.length).describe('`*` for all')
const description = line(0, 200)
const fallbackUrl = url.nullable().describe('Tried within the same attempt where the URL fails; null for none')
const CreateWebhook = body({
  url,
  fallbackUrl: fallbackUrl.optional(),
  events: subscribed,
  description: description.default(''),
}).meta({ id: 'CreateWebhook', examples: [{ url: 'https://example.com/hooks', events: ['call.*'] }] })
const ChangeWebhook = body({
  url: url.optional(),
  fallbackUrl: fallbackUrl.optional(),
  events: subscribed.optional(),
  description: description.optional(),
  enabled: z.boolean().optional(),
}).meta({ id: 'ChangeWebhook', examples: [{ enabled: false }] })

const show = (row: WebhookRow): z.infer<typeof Webhook> => ({
  id: row.id,
  url: row.url,
  fallbackUrl: row.fallbackUrl,
  events: row.events,
  description: row.description,
  enabled: row.enabled,
  formerSecretUntil: isoOrNull(row.formerUntil),
  createdAt: iso(row.createdAt),
  updatedAt: iso(row.updatedAt),
})

/** Subscriptions: what happens is sent to their URL, signed. */
export function registerWebhooks(app: Api, { store, clock, webhooks }: ApiOptions): void {
  const { db, keys } = store
  const tags = ['webhooks']
  const params = z.object({ id: id('webhook') })
  const unknown = (which: string): Problem => new Problem('not_found', `There is no webhook ${which}.`)
  const seal = (secrets: Secrets, of: string): Buffer => {
    const sealed = sealSecrets(keys, secrets, of)
    if (sealed === null) throw new Error('A webhook has a secret.')
    return sealed
  }

  async function checkUrls(given: {
    readonly url?: string | undefined
    readonly fallbackUrl?: string | null | undefined
  }): Promise<void> {
    for (const [field, text] of [['/url', given.url] as const, ['/fallbackUrl', given.fallbackUrl] as const]) {
      const sentence = text == null ? undefined : await webhooks.refuses(text)
      if (sentence !== undefined) throw refusal([{ field, sentence }])
    }
  }

  /** The secrets of a row with another URL. */
  const withUrl = ({ url: _former, ...secrets }: Secrets, text: string): { shown: string; secrets: Secrets } => {
    const { shown, whole } = partUrl(text)
    return { shown, secrets: { ...secrets, ...(whole === undefined ? {} : { url: whole }) } }
  }

  /** As `withUrl`; null for none. */
  const withFallback = (
    { fallbackUrl: _former, ...secrets }: Secrets,
    text: string | null,
  ): { shown: string | null; secrets: Secrets } => {
    if (text === null) return { shown: null, secrets }
    const { shown, whole } = partUrl(text)
    return { shown, secrets: { ...secrets, ...(whole === undefined ? {} : { fallbackUrl: whole }) } }
  }

  app.get(
    '/v1/webhooks',
    {
      config: reads('webhooks'),
      schema: {
        tags,
        summary: 'List subscriptions, newest first',
        querystring: z.strictObject(page),
        response: { 200: pageOf(Webhook), ...problem },
      },
    },
    async (request) => toPage(await listWebhooks(db, request.query), show),
  )

  app.post(
    '/v1/webhooks',
    {
      config: writes('webhooks'),
      schema: {
        tags,
        summary: 'Subscribe a URL to events',
        description: 'Requests are signed as Standard Webhooks says, with the secret that is shown here once.',
        body: CreateWebhook,
        response: { 201: WebhookWithSecret, ...problem },
      },
    },
    async (request, reply) => {
      const { url: text, fallbackUrl: second = null, events: chosen, description: words } = request.body
      await checkUrls(request.body)
      const wall = clock.wall()
      const at = new Date(wall)
      const which = newId('webhook', wall)
      const secret = newSecret()
      const first = withUrl({ standard: [secret] }, text)
      const { shown: fallback, secrets } = withFallback(first.secrets, second)
      const row = await insertWebhook(db, {
        ...{ id: which, url: first.shown, fallbackUrl: fallback, events: [...new Set(chosen)], description: words },
        enabled: true,
        ...{ secretsSealed: seal(secrets, which), formerUntil: null, createdAt: at, updatedAt: at },
      })
      await webhooks.reload()
      return reply
        .code(201)
        .header('Location', `/v1/webhooks/${row.id}`)
        .send({ ...show(row), secret })
    },
  )

  app.get(
    '/v1/webhooks/:id',
    {
      config: reads('webhooks'),
      schema: { tags, summary: 'One subscription', params, response: { 200: Webhook, ...problem } },
    },
    async (request) => {
      const row = await getWebhook(db, request.params.id)
      if (row === undefined) throw unknown(request.params.id)
      return show(row)
    },
  )

  app.patch(
    '/v1/webhooks/:id',
    {
      config: writes('webhooks'),
      schema: {
        tags,
        summary: 'Change a subscription',
        description: 'What waits to be delivered goes to the new URL.',
        params,
        body: ChangeWebhook,
        response: { 200: Webhook, ...problem },
      },
    },
    async (request) => {
      const which = request.params.id
      const { url: text, fallbackUrl: second, events: chosen, description: words, enabled } = request.body
      const former = await getWebhook(db, which)
      if (former === undefined) throw unknown(which)
      await checkUrls(request.body)
      const held = openSecrets(keys, former.secretsSealed, which)
      const first = text === undefined ? { shown: former.url, secrets: held } : withUrl(held, text)
      const { shown: fallback, secrets } =
        second === undefined
          ? { shown: former.fallbackUrl, secrets: first.secrets }
          : withFallback(first.secrets, second)
      const row = await changeWebhook(db, which, {
        ...{ url: first.shown, fallbackUrl: fallback, secretsSealed: seal(secrets, which) },
        ...(chosen === undefined ? {} : { events: [...new Set(chosen)] }),
        ...(words === undefined ? {} : { description: words }),
        ...(enabled === undefined ? {} : { enabled }),
        updatedAt: new Date(clock.wall()),
      })
      if (row === undefined) throw unknown(which)
      await webhooks.reload()
      return show(row)
    },
  )

  app.post(
    '/v1/webhooks/:id/rotate',
    {
      config: writes('webhooks'),
      schema: {
        tags,
        summary: 'Make a new secret',
        description: 'For 24 hours requests carry a signature by the former one as well.',
        params,
        response: { 200: WebhookWithSecret, ...problem },
      },
    },
    async (request) => {
      const which = request.params.id
      const former = await getWebhook(db, which)
      if (former === undefined) throw unknown(which)
      const secrets = openSecrets(keys, former.secretsSealed, which)
      const secret = newSecret()
      const wall = clock.wall()
      const row = await changeWebhook(db, which, {
        secretsSealed: seal({ ...secrets, standard: [secret, ...(secrets.standard ?? []).slice(0, 1)] }, which),
        formerUntil: new Date(wall + bothMs),
        updatedAt: new Date(wall),
      })
      if (row === undefined) throw unknown(which)
      await webhooks.reload()
      return { ...show(row), secret }
    },
  )

  app.delete(
    '/v1/webhooks/:id',
    {
      config: writes('webhooks'),
      schema: {
        tags,
        summary: 'End a subscription',
        description: 'What waits to be delivered is given up; its log stays for 30 days.',
        params,
        response: { 204: z.null(), ...problem },
      },
    },
    async (request, reply) => {
      if (!(await deleteWebhook(db, request.params.id, new Date(clock.wall())))) throw unknown(request.params.id)
      await webhooks.reload()
      return reply.code(204).send(null)
    },
  )
}
