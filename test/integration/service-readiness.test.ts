import pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { emptyDatabase } from '../kit/database.ts'
import { eventually } from '../kit/eventually.ts'
import { startService } from '../kit/service.ts'

let scope = new Scope('readiness')
afterEach(async () => {
  await scope.close()
  scope = new Scope('readiness')
})

test('until calls are taken, /readyz says that the service is starting', async () => {
  const database = await emptyDatabase()
  scope.add('database', () => database.close())
  const service = await startService({ scope, env: { DATABASE_URL: database.url } })
  await service.stop()
  const client = new pg.Client(database.url)
  await client.connect()
  scope.add('connection', () => client.end())
  // What was queued when the service ended is read before calls are taken, after HTTP answers.
  await client.query('begin; lock table webhook_deliveries in access exclusive mode')

  const ready = service.restart()
  const starting = await eventually(
    () => service.request('GET', '/readyz').catch(() => undefined),
    (reply) => reply !== undefined,
  )
  expect(starting).toMatchObject({
    status: 503,
    body: { ready: false, sip: { ready: false, sentence: 'The service is starting: no calls are taken yet.' } },
  })

  await client.query('commit')
  await ready
})
