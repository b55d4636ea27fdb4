import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bus } from '../../../src/base/bus.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { Scope } from '../../../src/base/scope.ts'
import { CallJournal } from '../../../src/main/journal.ts'
import { openWebhooks, type Webhooks } from '../../../src/main/webhooks.ts'
import type { Address } from '../../../src/phone/address.ts'
import type { ServiceEvent } from '../../../src/phone/event.ts'
import { type CallId, newId } from '../../../src/phone/id.ts'
import { endOf, type ReasonLink } from '../../../src/phone/reason.ts'
import { getCall } from '../../../src/store/calls.ts'
import { webhooks as table } from '../../../src/store/schema.ts'
import { listDeliveries } from '../../../src/store/webhook-deliveries.ts'
import { insertWebhook } from '../../../src/store/webhooks.ts'
import { sealSecrets } from '../../../src/webhooks/secrets.ts'
import { newSecret } from '../../../src/webhooks/sign/standard.ts'
import { type TestDatabase, testDatabase } from '../../kit/database.ts'
import { type Receiver, startReceiver } from '../../kit/receiver.ts'

let database: TestDatabase
let scope: Scope
let receiver: Receiver
let webhooks: Webhooks
let journal: CallJournal
let statements: number
let published: ServiceEvent[]

beforeEach(async () => {
  database = await testDatabase()
  scope = new Scope('test')
  receiver = await startReceiver(scope)
  const { store } = database
  const bus = new Bus<ServiceEvent>((error) => {
    throw error
  })
  const settings = { webhookAllow: ['127.0.0.0/8'] }
  const common = { clock: systemClock, log: silentLogger, bus }
  webhooks = await openWebhooks({ ...common, settings, store, scope })
  statements = 0
  published = []
  bus.subscribe((event) => published.push(event))
  const counting = new Proxy(store.db, {
    get: (target, name) => {
      if (name === 'execute') statements++
      return Reflect.get(target, name, target)
    },
  })
  journal = new CallJournal({
    ...common,
    db: counting,
    atOnce: () => webhooks.endpoints.any,
    write: webhooks.writeCalls,
  })
}, 60_000)
afterEach(async () => {
  await journal.close()
  await scope.close()
  await database.close()
}, 30_000)

async function subscribe(path = 'hook'): Promise<string> {
  const { keys, db } = database.store
  const id = newId('webhook', Date.now())
  const [createdAt, updatedAt] = [new Date(), new Date()]
  const secretsSealed = sealSecrets(keys, { standard: [newSecret()] }, id) ?? Buffer.alloc(0)
  const row = { id, url: `${receiver.url}/${path}`, events: ['call.*'], description: '', enabled: true }
  await insertWebhook(db, { ...row, fallbackUrl: null, secretsSealed, formerUntil: null, createdAt, updatedAt })
  await webhooks.endpoints.reload()
  return id
}

const party: Address = { kind: 'extension', username: '1001', raw: '1001' }
const begin = (): CallId => {
  const id = newId('call', Date.now())
  journal.started({ id, direction: 'inbound', from: party, to: party, startedAt: Date.now() })
  return id
}
const answer = (id: CallId): void => journal.timeline(id, { at: Date.now(), kind: 'answered', text: 'answered' })
const end = (id: CallId): void => {
  const link: ReasonLink = { at: Date.now(), by: 'caller', code: 'completed', q850: 16, sentence: 'the caller hung up' }
  journal.refused({ id, direction: 'inbound', from: party, to: party, startedAt: 0, end: endOf(link, [link]) })
}
const told = () =>
  receiver.received.map(({ path, body }) => {
    const { type, data } = JSON.parse(body)
    return [path, type, data.call.state]
  })

describe('what webhooks are told of a call', () => {
  it('is queued by the statement that writes the call, in its order, each with the call as it was then', async () => {
    await subscribe('one')
    await subscribe('two')
    const id = begin()
    answer(id)
    end(id)
    await journal.written(id)
    expect(statements).toBe(1)
    await receiver.count(6)

    for (const path of ['/one', '/two']) {
      expect(told().filter(([to]) => to === path)).toEqual([
        [path, 'call.started', 'ringing'],
        [path, 'call.answered', 'up'],
        [path, 'call.ended', 'ended'],
      ])
    }
    expect(published.map(({ type }) => type)).toEqual(['call.started', 'call.updated', 'call.ended'])
  })

  it('waits for what was told of the call before, and is told once', async () => {
    await subscribe()
    const id = begin()
    await journal.written(id)
    answer(id)
    await journal.written(id)
    answer(id)
    end(id)
    await journal.written(id)
    await receiver.count(3)
    await scope.close()

    expect(told().map(([, type]) => type)).toEqual(['call.started', 'call.answered', 'call.ended'])
  })

  it('costs no call its row when a webhook is gone that is thought to be there', async () => {
    const [gone, kept] = [await subscribe('gone'), await subscribe('kept')]
    await database.store.db.delete(table).where(eq(table.id, gone))
    const id = begin()
    await journal.written(id)
    await receiver.count(1)

    expect(await getCall(database.store.db, id)).toMatchObject({ state: 'ringing' })
    expect(told()).toEqual([['/kept', 'call.started', 'ringing']])
    const { rows } = await listDeliveries(database.store.db, {}, { limit: 10 })
    expect(rows.map(({ webhookId }) => webhookId)).toEqual([kept])
  })

  it('is sent as well where one of the calls of a statement is not taken as it is', async () => {
    await subscribe()
    const [good, bad] = [begin(), begin()]
    journal.timeline(bad, { at: Date.now(), kind: 'target', text: 'a NUL \0 that no text of PostgreSQL holds' })
    await journal.written(bad)
    await receiver.count(2)

    const calls = receiver.received.map(({ body }) => JSON.parse(body).data.call.id)
    expect(new Set(calls)).toEqual(new Set([good, bad]))
    expect(await getCall(database.store.db, bad)).toMatchObject({ state: 'ringing' })
  })
})
