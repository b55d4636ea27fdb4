import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bus } from '../../../src/base/bus.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { deferred } from '../../../src/base/deferred.ts'
import { type Logger, silentLogger } from '../../../src/base/log.ts'
import { Scope } from '../../../src/base/scope.ts'
import { startJobs } from '../../../src/jobs/runner.ts'
import { type DeliveryRow, getDelivery } from '../../../src/store/webhook-deliveries.ts'
import { insertWebhook } from '../../../src/store/webhooks.ts'
import type { OutgoingWebhook } from '../../../src/webhooks/outbox.ts'
import { sealSecrets } from '../../../src/webhooks/secrets.ts'
import { signatureV2, signatureV3 } from '../../../src/webhooks/sign/plivo.ts'
import { newSecret, signStandard } from '../../../src/webhooks/sign/standard.ts'
import { type TestDatabase, testDatabase } from '../../kit/database.ts'
import { eventually } from '../../kit/eventually.ts'
import { testOutbox } from '../../kit/outbox.ts'
import { type Answer, type Receiver, startReceiver } from '../../kit/receiver.ts'
import { oneWay } from '../../kit/text-ways.ts'

let database: TestDatabase
let scope: Scope
let receiver: Receiver
beforeEach(async () => {
  database = await testDatabase()
  scope = new Scope('test')
  receiver = await startReceiver(scope)
})
afterEach(async () => {
  await scope.close()
  await database.close()
})

const secret = newSecret()

const openOutbox = (over: Parameters<typeof testOutbox>[2] = {}) =>
  testOutbox(database.store, scope.child('outbox'), over)

const hook = (over: Partial<OutgoingWebhook> = {}): OutgoingWebhook => ({
  url: `${receiver.url}/hook`,
  key: 'call_1',
  method: 'POST',
  contentType: 'application/json',
  body: '{"type":"call.ended"}',
  event: 'call.ended',
  signing: { dialect: 'standard', secret },
  ...over,
})

const settled = (id: string | undefined): Promise<DeliveryRow | undefined> =>
  eventually(
    () => getDelivery(database.store.db, id ?? ''),
    (row) => row !== undefined && row.state !== 'queued',
  )
const attempted = (id: string | undefined, attempts: number): Promise<DeliveryRow | undefined> =>
  eventually(
    () => getDelivery(database.store.db, id ?? ''),
    (row) => (row?.attempts ?? 0) >= attempts,
  )

describe('a webhook', () => {
  it('is sent at once, signed, and noted with its answer', async () => {
    receiver.answer = () => ({ status: 200, body: 'thanks' })
    const outbox = await openOutbox()

    const id = await outbox.send(hook())
    const [request] = await receiver.count(1)

    const timestamp = Number(request?.headers['webhook-timestamp'])
    expect(Math.abs(timestamp * 1000 - Date.now())).toBeLessThan(60_000)
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'Offhook/test',
      ...signStandard({ id: id ?? '', timestamp, body: hook().body }, [secret]),
    })
    expect(request).toMatchObject({ method: 'POST', path: '/hook', body: hook().body })
    expect(await settled(id)).toMatchObject({
      state: 'delivered',
      attempts: 1,
      tries: [{ url: `${receiver.url}/hook`, status: 200, response: 'thanks', ms: expect.any(Number) }],
      nextAt: null,
    })
    await eventually(
      () => outbox.open,
      (open) => open === 0,
    )
    expect(outbox.open).toBe(0)
  })

  it('that is refused is tried again by a job, with a new time and the same id', async () => {
    const answers: Answer[] = [{ status: 503 }, { status: 200 }]
    receiver.answer = () => answers.shift() ?? { status: 500 }
    const outbox = await openOutbox({ backoff: () => 50 })
    await startJobs({
      ...{ store: database.store, scope: scope.child('jobs'), clock: systemClock, log: silentLogger, keepCallsDays: 1 },
      bus: new Bus(() => {}),
      ways: oneWay({ send: async () => ({ kind: 'sent' }) }),
      deliverWebhooks: (key) => outbox.wake(key),
      goOnScanning: async () => {},
      mailVoicemail: async () => {},
    })

    const id = await outbox.send(hook())
    const requests = await receiver.count(2)

    expect(requests.map(({ headers }) => headers['webhook-id'])).toEqual([id, id])
    expect(await settled(id)).toMatchObject({
      state: 'delivered',
      attempts: 2,
      tries: [{ status: 503, fault: 'It was answered 503, not 2xx.' }, { status: 200 }],
    })
  })

  it('waits for the one before it of its key, and holds up no other key', async () => {
    receiver.answer = ({ body }) => ({ status: body === 'first' && receiver.received.length < 3 ? 500 : 200 })
    const outbox = await openOutbox({ backoff: () => 0 })

    const first = await outbox.send(hook({ body: 'first' }))
    await attempted(first, 1)
    const second = await outbox.send(hook({ body: 'second' }))
    const other = await outbox.send(hook({ body: 'other', key: 'call_2' }))
    await settled(other)
    for (let n = 0; n < 3; n++) await outbox.wake('call_1')

    expect(await settled(second)).toMatchObject({ state: 'delivered', attempts: 1 })
    const bodies = receiver.received.map(({ body }) => body).filter((body) => body !== 'other')
    expect(bodies.filter((body) => body === 'first').length).toBeGreaterThan(1)
    expect(bodies.at(-1)).toBe('second')
    expect(bodies.filter((body) => body === 'second')).toHaveLength(1)
  })

  it('waits for no other receiver of its key that is down, and in order for its own', async () => {
    let down = true
    receiver.answer = ({ path }) => ({ status: path === '/dead' && down ? 500 : 200 })
    const outbox = await openOutbox()

    const dead = await outbox.send(hook({ url: `${receiver.url}/dead`, body: 'dead 1' }))
    const behind = await outbox.send(hook({ url: `${receiver.url}/dead`, body: 'dead 2' }))
    const first = await outbox.send(hook({ body: 'first' }))
    const second = await outbox.send(hook({ body: 'second' }))

    expect(await settled(first)).toMatchObject({ state: 'delivered', attempts: 1 })
    expect(await settled(second)).toMatchObject({ state: 'delivered', attempts: 1 })
    expect(receiver.received.map(({ body }) => body)).toEqual(['dead 1', 'first', 'second'])
    down = false
    await database.store.pool.query("update webhook_deliveries set next_at = now() - interval '1 s' where id = $1", [
      dead,
    ])
    await outbox.wake('call_1')
    expect(await settled(behind)).toMatchObject({ state: 'delivered', attempts: 1 })
    expect(receiver.received.slice(3).map(({ body }) => body)).toEqual(['dead 1', 'dead 2'])
  })

  it('that failed is tried again when it is due, whatever of others failed after it', async () => {
    receiver.answer = ({ path }) => ({ status: path.startsWith('/dead') ? 500 : 200 })
    const waits = [60_000, 3600_000]
    const outbox = await openOutbox({ backoff: () => waits.shift() ?? 0 })

    const sooner = await outbox.send(hook({ url: `${receiver.url}/dead/1` }))
    await attempted(sooner, 1)
    const later = await outbox.send(hook({ url: `${receiver.url}/dead/2` }))
    await attempted(later, 1)
    await outbox.wake('call_1')

    const due = (await getDelivery(database.store.db, sooner ?? ''))?.nextAt
    const { rows } = await database.store.pool.query(
      "select run_at from graphile_worker.jobs where key = 'webhook:call_1'",
    )
    expect(rows).toEqual([{ run_at: due }])
  })

  it('tells how each try came out, for as long as somebody wants to hear', async () => {
    receiver.answer = () => ({ status: receiver.received.length < 2 ? 500 : 204 })
    const outbox = await openOutbox({ backoff: () => -1000 })
    const tries: boolean[] = []

    await outbox.sendAndTry(hook(), (delivered) => {
      tries.push(delivered)
      return !delivered
    })
    // A wake that comes before the first try is noted finds nothing to do.
    const woken = async (): Promise<readonly boolean[]> => {
      await outbox.wake('call_1')
      return tries
    }

    expect(await eventually(woken, ({ length }) => length === 2)).toEqual([false, true])
  })

  it('is given up after ten attempts, and the next one goes', async () => {
    receiver.answer = ({ body }) => ({ status: body === 'first' ? 500 : 200 })
    const outbox = await openOutbox({ backoff: () => -1000 })
    const first = await outbox.send(hook({ body: 'first' }))
    const second = await outbox.send(hook({ body: 'second' }))

    for (let n = 2; n <= 10; n++) {
      await attempted(first, n - 1)
      await outbox.wake('call_1')
    }

    expect(await settled(first)).toMatchObject({ state: 'failed', attempts: 10 })
    expect(await settled(second)).toMatchObject({ state: 'delivered' })
  })

  it.each([
    ['where it is answered 410', (): Answer => ({ status: 410 }), {}],
    ['where its URL may not be fetched', (): Answer => ({ status: 200 }), { allow: [] }],
  ])('is given up at once %s', async (_, answer, over) => {
    receiver.answer = answer
    const outbox = await openOutbox(over)
    expect(await settled(await outbox.send(hook()))).toMatchObject({ state: 'failed', attempts: 1 })
  })

  it('goes to the fallback within the same attempt', async () => {
    receiver.answer = ({ path }) => ({ status: path === '/hook' ? 500 : 200 })
    const outbox = await openOutbox()

    const row = await settled(await outbox.send(hook({ fallbackUrl: `${receiver.url}/fallback` })))

    expect(row).toMatchObject({ state: 'delivered', attempts: 1 })
    expect(row?.tries.map(({ url, status }) => [new URL(url).pathname, status])).toEqual([
      ['/hook', 500],
      ['/fallback', 200],
    ])
  })

  it('is kept when rubbish answers, or nobody, and its log tells of it', async () => {
    receiver.answer = () => ({ status: 302, headers: { location: '/elsewhere' }, body: 'x'.repeat(10_000) })
    const outbox = await openOutbox()
    const row = await attempted(await outbox.send(hook()), 1)
    expect(row).toMatchObject({
      state: 'queued',
      tries: [{ status: 302, fault: expect.stringMatching(/no redirects/) }],
    })
    expect(row?.tries[0]?.response).toHaveLength(2048)
    expect(row?.nextAt?.getTime()).toBeGreaterThan(Date.now() + 3000_000)

    receiver.close()
    const none = await attempted(await outbox.send(hook({ key: 'call_2' })), 1)
    expect(none?.tries[0]).toMatchObject({ fault: expect.stringMatching(/Nothing listens|closed the connection/) })
    expect(none?.tries[0]).not.toHaveProperty('status')
  })

  it('keeps credentials out of its row and out of the log', async () => {
    receiver.answer = () => ({ status: 500 })
    const lines: string[] = []
    const write = (fields: object, text: string): void => void lines.push(JSON.stringify({ ...fields, text }))
    const log: Logger = { debug: write, info: write, warn: write, error: write, child: () => log }
    const outbox = await openOutbox({ log })
    const url = receiver.url.replace('//', '//ann:s3cret@')

    const row = await attempted(await outbox.send(hook({ url, signing: { dialect: 'plivo', token: 'tok3n' } })), 1)

    const [request] = receiver.received
    expect(request?.headers.authorization).toBe(`Basic ${Buffer.from('ann:s3cret').toString('base64')}`)
    const secrets = new RegExp(`s3cret|tok3n|${request?.headers.authorization?.slice(6)}`)
    expect(JSON.stringify({ ...row, secretsSealed: row?.secretsSealed?.toString('latin1') })).not.toMatch(secrets)
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.join('\n')).not.toMatch(secrets)
  })

  it('is signed as Plivo does, its parameters in the body or in the query', async () => {
    const outbox = await openOutbox()
    const signing = { dialect: 'plivo', token: 'my_auth_token' } as const
    const form = { contentType: 'application/x-www-form-urlencoded', body: 'CallUUID=abc&From=%2B1555', signing }
    const url = `${receiver.url}/hook?x=1`
    await outbox.send(hook({ ...form, url, key: 'a' }))
    await receiver.count(1)
    await outbox.send(hook({ ...form, url, key: 'b', method: 'GET' }))
    const [post, get] = await receiver.count(2)

    const nonce = (request = post): string => String(request?.headers['x-plivo-signature-v3-nonce'])
    const pairs: [string, string][] = [
      ['CallUUID', 'abc'],
      ['From', '+1555'],
    ]
    expect(post?.headers['x-plivo-signature-v3']).toBe(signatureV3('my_auth_token', 'POST', url, pairs, nonce()))
    expect(post?.headers['x-plivo-signature-v2']).toBe(signatureV2('my_auth_token', url, nonce()))
    expect([get?.path, get?.body]).toEqual(['/hook?x=1&CallUUID=abc&From=%2B1555', ''])
    expect(get?.headers['x-plivo-signature-v3']).toBe(signatureV3('my_auth_token', 'GET', url, pairs, nonce(get)))
    expect(nonce(get)).not.toBe(nonce())
  })

  it('of a subscription goes where that leads now, with both secrets while one replaces the other', async () => {
    const { db, keys } = database.store
    const former = newSecret()
    const at = new Date()
    await insertWebhook(db, {
      ...{
        id: 'whk_1',
        url: `${receiver.url}/moved`,
        fallbackUrl: null,
        events: ['*'],
        description: '',
        enabled: true,
      },
      secretsSealed: sealSecrets(keys, { standard: [secret, former] }, 'whk_1')!,
      ...{ formerUntil: new Date(Date.now() + 60_000), createdAt: at, updatedAt: at },
    })
    const outbox = await openOutbox()
    const send = () =>
      outbox.send(hook({ signing: { dialect: 'standard', webhook: 'whk_1' }, cause: 'call.ended:call_1' }))

    const id = await send()
    expect(await send()).toBeUndefined()

    const [request] = await receiver.count(1)
    expect(request?.path).toBe('/moved')
    const timestamp = Number(request?.headers['webhook-timestamp'])
    const signed = signStandard({ id: id ?? '', timestamp, body: hook().body }, [secret, former])
    expect(request?.headers['webhook-signature']).toBe(signed['webhook-signature'])
    await settled(id)
    expect(receiver.received).toHaveLength(1)
  })

  it('can be replayed under its first id, past what waits', async () => {
    receiver.answer = () => ({ status: receiver.received.length === 1 ? 410 : 200 })
    const outbox = await openOutbox()
    const first = await outbox.send(hook())
    await settled(first)

    const again = await outbox.replay(first ?? '')

    expect(await settled(again)).toMatchObject({ state: 'delivered', replayOf: first, message: first })
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([first, first])
    expect(await outbox.replay('dlv_none')).toBeUndefined()
  })

  it('that a killed service left is delivered by the next one, once', async () => {
    const gone = deferred<Answer>()
    receiver.answer = () => gone.promise
    const killed = await openOutbox()
    const ids = [await killed.send(hook({ body: 'first' })), await killed.send(hook({ body: 'second' }))]
    await receiver.count(1)
    const { received } = receiver
    receiver.answer = () => ({ status: 200 })

    const next = await openOutbox()
    await next.recover()

    for (const id of ids) expect(await settled(id)).toMatchObject({ state: 'delivered', attempts: 1 })
    expect(received.map(({ body }) => body)).toEqual(['first', 'first', 'second'])
    gone.resolve({ status: 500 })
  })
})

it('many webhooks of many calls are delivered once each, those of a call in order', async () => {
  const outbox = await openOutbox()
  const calls = Array.from({ length: 40 }, (_, n) => `call_${n}`)
  await Promise.all(
    Array.from({ length: 10 }, (_, n) => n).flatMap((n) =>
      calls.map((key) => outbox.send(hook({ key, body: `${key} ${n}` }))),
    ),
  )
  const received = await receiver.count(400)
  await eventually(
    () => outbox.open,
    (open) => open === 0,
  )

  const inOrder = Array.from({ length: 10 }, (_, n) => n)
  for (const call of calls) {
    const bodies = received.map(({ body }) => body.split(' ')).filter(([key]) => key === call)
    expect(bodies.map(([, n]) => Number(n))).toEqual(inOrder)
  }
  expect(receiver.received).toHaveLength(400)
})
