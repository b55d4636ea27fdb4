import pg from 'pg'
import { afterAll, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { newId } from '../../src/phone/id.ts'
import { insertPlanned, type NewPlannedCall } from '../../src/store/planned-calls.ts'
import { storeOn } from '../../src/store/store.ts'
import { Carrier } from '../kit/carrier.ts'
import { emptyDatabase } from '../kit/database.ts'
import { startService } from '../kit/service.ts'

const scope = new Scope('test')
afterAll(() => scope.close())

const count = 10_000
const number = (i: number): string => `+1555${String(2_000_000 + i)}`

it('loses none of ten thousand planned calls and places none twice, whatever becomes of the service', async () => {
  const database = await emptyDatabase()
  scope.add('database', () => database.close())
  const carrier = await Carrier.open(scope)
  const service = await startService({ scope, env: { DATABASE_URL: database.url, OFFHOOK_LOG_LEVEL: 'warn' } })
  const uri = `sip:127.0.0.1:${carrier.port}`
  const trunk = await service.api<{ id: string }>('POST', '/v1/trunks', {
    name: 'pstn',
    uri,
    default: true,
    maxCalls: 500,
  })
  const pool = new pg.Pool({ connectionString: database.url, max: 2 })
  scope.add('pool', () => pool.end())
  const { db } = storeOn(pool, {} as never, service.dataFolder)

  const now = new Date()
  const rows = Array.from(
    { length: count },
    (_, i): NewPlannedCall => ({
      ...{ id: newId('planned', now.getTime()), state: 'waiting', toKey: number(i) },
      ...{
        to: { kind: 'number', e164: number(i), raw: number(i) },
        from: { kind: 'number', e164: '+15550100', raw: '' },
      },
      ...{ does: { kind: 'api', actions: [] }, seconds: 30, priority: 0, account: null, retry: {}, retried: {} },
      ...{ hours: null, lane: trunk.id, at: now, until: null, nextAt: now, sentence: null, code: null, attempts: 0 },
      ...{ callId: null, scheduleId: null, createdAt: now, updatedAt: now, endedAt: null },
    }),
  )
  for (let i = 0; i < count; i += 500) await insertPlanned(db, rows.slice(i, i + 500))

  await carrier.offered(count * 0.2, 300_000)
  await service.stop()
  await service.restart()
  await carrier.offered(count * 0.5, 300_000)
  await service.kill9()
  await service.restart()
  await carrier.offered(count * 0.8, 300_000)
  await service.stop()
  await service.restart()
  await expect
    .poll(
      async () =>
        (await pool.query("select 1 from planned_calls where state in ('waiting', 'calling') limit 1")).rowCount,
      {
        timeout: 300_000,
        interval: 500,
      },
    )
    .toBe(0)

  const { rows: told } = await pool.query<{ to: string; state: string; code: string; attempts: number }>(
    'select to_key as "to", state, code, attempts from planned_calls',
  )
  const rung = new Map<string, number>()
  for (const { to } of carrier.calls) rung.set(to, (rung.get(to) ?? 0) + 1)
  expect([...rung.values()].filter((times) => times > 1)).toEqual([])
  expect(told).toHaveLength(count)
  expect(told.filter(({ state, attempts }) => state !== 'failed' || attempts !== 1)).toEqual([])
  // Who was killed between the commit and the socket is told as interrupted: docs/decisions/0009.
  const silent = told.filter(({ to }) => !rung.has(to))
  expect(silent.filter(({ code }) => code !== 'interrupted')).toEqual([])
  expect(silent.length).toBeLessThanOrEqual(8)
  const interrupted = told.filter(({ code }) => code === 'interrupted').length
  expect(told.filter(({ code }) => code === 'busy').length + interrupted).toBe(count)
  expect(interrupted).toBeLessThan(60)
}, 900_000)
