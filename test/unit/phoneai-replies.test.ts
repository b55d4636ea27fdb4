import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { Scope } from '../../src/base/scope.ts'
import { tellMissedReplies } from '../../src/main/phoneai-texts.ts'
import { newId } from '../../src/phone/id.ts'
import { insertReceived, queueMessage } from '../../src/store/messages.ts'
import { putTextCallback } from '../../src/store/phoneai.ts'
import { newSecret } from '../../src/webhooks/sign/standard.ts'
import { type TestDatabase, testDatabase } from '../kit/database.ts'
import { testOutbox } from '../kit/outbox.ts'
import { type Receiver, startReceiver } from '../kit/receiver.ts'

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

/** Ids sort by age. */
let at = Date.now() - 60_000
const message = (from: string, to: string, body: string) => {
  at += 10
  return { id: newId('message', at), from, to, body, key: null, createdAt: new Date(at) }
}

it('an answer that a kill came in between is told once by the next start', async () => {
  const { store } = database
  const { db, keys } = store
  const [site, other, stranger] = ['+17862062698', '+17862062705', '+12025550142']
  await insertReceived(db, message(other, site, 'before it was asked'))
  const asked = message(site, other, 'hello')
  await queueMessage(db, asked)
  const callback = JSON.stringify({ url: `${receiver.url}/answers`, secret: newSecret() })
  await putTextCallback(db, asked.id, keys.seal(callback, asked.id))
  await insertReceived(db, message(other, site, 'Fydyd'))
  await insertReceived(db, message(stranger, site, 'no answer to it'))
  const outbox = await testOutbox(store, scope)
  const start = () => tellMissedReplies({ store, outbox, log: silentLogger, clock: systemClock })

  await start()
  await receiver.count(1)
  await start()

  const told = receiver.received.map(({ path, body }) => [path, JSON.parse(body)])
  expect(told).toEqual([['/answers', { from: other.slice(1), to: site.slice(1), text: 'Fydyd' }]])
  const { rows } = await store.pool.query('select cause from webhook_deliveries')
  expect(rows).toHaveLength(1)
})
