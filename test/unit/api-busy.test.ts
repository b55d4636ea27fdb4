import { afterEach, beforeEach, expect, it } from 'vitest'
import { type TestApi, testApi } from '../kit/api.ts'

let api: TestApi
beforeEach(async () => {
  api = await testApi()
})
afterEach(() => api.close())

it('says that the database is busy, and when to ask again, where no connection to it comes free in time', async () => {
  const { pool } = api.database.store
  const held = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()))
  pool.options.connectionTimeoutMillis = 50

  const refused = await api.call('GET', '/v1/numbers')
  for (const client of held) client.release()
  pool.options.connectionTimeoutMillis = 10_000
  const later = await api.call('GET', '/v1/numbers')

  expect(refused.json()).toMatchObject({ status: 503, code: 'database_busy' })
  expect(refused.headers['retry-after']).toBe('5')
  expect(later.statusCode).toBe(200)
})
