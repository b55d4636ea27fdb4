import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { insertCall } from '../../../src/store/calls.ts'
import { signStandard } from '../../../src/webhooks/sign/standard.ts'
import { type TestApi, testApi } from '../../kit/api.ts'
import { eventually } from '../../kit/eventually.ts'
import { type Receiver, startReceiver } from '../../kit/receiver.ts'

let api: TestApi
let receiver: Receiver
beforeEach(async () => {
  api = await testApi()
  receiver = await startReceiver(api.scope)
})
afterEach(() => api.close())

interface Shown {
  readonly id: string
  readonly url: string
  readonly secret: string
  readonly formerSecretUntil: string | null
}

const subscribe = async (events: readonly string[] = ['*'], url = `${receiver.url}/hook`): Promise<Shown> =>
  (await api.call('POST', '/v1/webhooks', { body: { url, events } })).json()

async function callStarted(): Promise<string> {
  const id = `call_01jz000000${String(Math.random()).slice(2, 16).padEnd(14, '0')}` as const
  const from = { kind: 'extension', username: '1001', raw: '1001' } as const
  const at = new Date(api.clock.wall())
  const row = { id, direction: 'inbound', from, fromKey: '1001', to: from, toKey: '1001', startedAt: at } as const
  await insertCall(api.database.store.db, row)
  api.bus.publish({ type: 'call.started', at: api.clock.wall(), call: id })
  return id
}

const deliveries = async (query = ''): Promise<{ id: string; state: string; tries: object[] }[]> =>
  (await api.call('GET', `/v1/webhooks/deliveries${query}`)).json().items

describe('a subscription', () => {
  it('is told what happens, signed with the secret that was shown once', async () => {
    const made = await subscribe(['call.*'])
    const call = await callStarted()
    const [request] = await receiver.count(1)

    expect(JSON.parse(request?.body ?? '')).toMatchObject({
      type: 'call.started',
      timestamp: '2026-01-01T00:00:00.000Z',
      data: { call: { id: call, state: 'ringing' } },
    })
    const timestamp = Number(request?.headers['webhook-timestamp'])
    const id = String(request?.headers['webhook-id'])
    const signed = signStandard({ id, timestamp, body: request?.body ?? '' }, [made.secret])
    expect(request?.headers).toMatchObject(signed)
    const shown = await api.call('GET', `/v1/webhooks/${made.id}`)
    expect(shown.body).not.toContain('whsec_')
  })

  it('is told only what it asked for, and nothing while it is off', async () => {
    const wanted = await subscribe(['call.started'])
    const off = await subscribe(['*'], `${receiver.url}/off`)
    await subscribe(['message.*'], `${receiver.url}/texts`)
    await api.call('PATCH', `/v1/webhooks/${off.id}`, { body: { enabled: false } })

    await callStarted()
    await receiver.count(1)

    const all = await eventually(
      () => deliveries(),
      (items) => items.length > 0 && items.every(({ state }) => state === 'delivered'),
    )
    expect(all).toMatchObject([{ webhook: wanted.id, event: 'call.started', tries: [{ status: 204 }] }])
    expect(receiver.received.map(({ path }) => path)).toEqual(['/hook'])
  })

  it('signs with both secrets for a day after a new one was made', async () => {
    const made = await subscribe()
    const rotated: Shown = (await api.call('POST', `/v1/webhooks/${made.id}/rotate`)).json()
    expect(rotated.secret).not.toBe(made.secret)
    expect(rotated.formerSecretUntil).toBe('2026-01-02T00:00:00.000Z')

    await callStarted()
    await receiver.count(1)
    api.clock.advance(24 * 3600_000)
    await callStarted()
    const requests = await receiver.count(2)

    const signatures = requests.map(({ headers }) => String(headers['webhook-signature']).split(' ').length)
    expect(signatures).toEqual([2, 1])
  })

  it.each([
    ['http://10.0.0.1/hook', /not a public address/],
    ['ftp://example.com/', /http/],
    ['hook', /not a URL/],
  ])('to %s is refused with a reason', async (url, why) => {
    const reply = await api.call('POST', '/v1/webhooks', { body: { url, events: ['*'] } })
    expect(reply.statusCode).toBe(400)
    expect(reply.json().errors).toEqual([{ field: '/url', sentence: expect.stringMatching(why) }])
    const made = await subscribe()
    const change = await api.call('PATCH', `/v1/webhooks/${made.id}`, { body: { url } })
    expect(change.json().errors).toEqual([{ field: '/url', sentence: expect.stringMatching(why) }])
  })

  it('shows no credentials of its URL, and uses them', async () => {
    const made = await subscribe(['*'], receiver.url.replace('//', '//ann:s3cret@'))
    expect(made.url).not.toContain('s3cret')
    await callStarted()
    const [request] = await receiver.count(1)
    expect(request?.headers.authorization).toBe(`Basic ${Buffer.from('ann:s3cret').toString('base64')}`)
  })

  it('sends to its fallback what its URL does not take', async () => {
    receiver.answer = ({ path }) => ({ status: path === '/second' ? 200 : 503 })
    const urls = { url: `${receiver.url}/first`, fallbackUrl: `${receiver.url}/second` }
    const made = (await api.call('POST', '/v1/webhooks', { body: { ...urls, events: ['*'] } })).json()
    expect(made).toMatchObject(urls)
    await callStarted()
    await receiver.count(2)
    expect(receiver.received.map(({ path }) => path)).toEqual(['/first', '/second'])
    const off = await api.call('PATCH', `/v1/webhooks/${made.id}`, { body: { fallbackUrl: null } })
    expect(off.json()).toMatchObject({ url: urls.url, fallbackUrl: null })
  })

  it('ends; its log stays, and what waits is given up', async () => {
    receiver.answer = () => ({ status: 503 })
    const made = await subscribe()
    await callStarted()
    await eventually(
      () => deliveries(),
      ([one]) => one?.tries.length === 1,
    )
    expect((await api.call('DELETE', `/v1/webhooks/${made.id}`)).statusCode).toBe(204)
    const [kept] = await deliveries(`?webhook=${made.id}`)
    expect(kept).toMatchObject({ state: 'failed', tries: [{ status: 503 }] })
    const again = await api.call('POST', `/v1/webhooks/deliveries/${kept?.id}/replay`)
    expect(again.json()).toMatchObject({ status: 404, detail: expect.stringContaining('is deleted') })
    expect((await api.call('GET', `/v1/webhooks/${made.id}`)).statusCode).toBe(404)
    expect((await api.call('DELETE', `/v1/webhooks/${made.id}`)).statusCode).toBe(404)
  })

  it('wants the right of its noun', async () => {
    const token = async (scope: string): Promise<string> =>
      (await api.call('POST', '/v1/tokens', { body: { name: 'x', scopes: [scope] } })).json().token
    const body = { url: receiver.url, events: ['*'] }
    expect((await api.call('POST', '/v1/webhooks', { body, token: await token('webhooks:read') })).statusCode).toBe(403)
    expect((await api.call('POST', '/v1/webhooks', { body, token: await token('webhooks:write') })).statusCode).toBe(
      201,
    )
    expect((await api.call('GET', '/v1/webhooks', { token: await token('calls:read') })).statusCode).toBe(403)
  })
})

describe('the log of deliveries', () => {
  it('tells each request with its answer, and sends one again', async () => {
    receiver.answer = () => ({ status: receiver.received.length === 1 ? 410 : 200, body: 'so' })
    await subscribe()
    await callStarted()
    const [failed] = await eventually(
      () => deliveries('?state=failed'),
      (items) => items.length === 1,
    )
    expect(failed?.tries).toMatchObject([{ status: 410, response: 'so', fault: 'It was answered 410, not 2xx.' }])

    const replayed = await api.call('POST', `/v1/webhooks/deliveries/${failed?.id}/replay`)

    expect(replayed.statusCode).toBe(201)
    expect(replayed.json()).toMatchObject({ replayOf: failed?.id })
    const path = replayed.headers.location as string
    const done = await eventually(
      async () => (await api.call('GET', path)).json(),
      ({ state }) => state === 'delivered',
    )
    expect(done).toMatchObject({ state: 'delivered', tries: [{ status: 200 }] })
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  })

  it('knows none that there is not', async () => {
    const none = 'dlv_01jz0000000000000000000000'.slice(0, 28)
    expect((await api.call('GET', `/v1/webhooks/deliveries/${none}`)).statusCode).toBe(404)
    expect((await api.call('POST', `/v1/webhooks/deliveries/${none}/replay`)).statusCode).toBe(404)
  })
})
