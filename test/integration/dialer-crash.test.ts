import pg from 'pg'
import { afterAll, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { Carrier } from '../kit/carrier.ts'
import { emptyDatabase } from '../kit/database.ts'
import { startService } from '../kit/service.ts'

const scope = new Scope('test')
afterAll(() => scope.close())

const count = 10_000
const number = (i: number): string => `+1555${String(2_000_000 + i)}`
/** Of ten: the first is answered, the second is tried again when it was busy. */
const kindOf = (to: string): 'answered' | 'again' | 'once' => {
  const rest = (Number(to.slice(5)) - 2_000_000) % 10
  return rest === 0 ? 'answered' : rest === 1 ? 'again' : 'once'
}
const flow = { steps: [{ block: 'hangup' }] }
const failure = { times: 5, seconds: 1 }

it('loses none of ten thousand planned calls and places none twice, whatever becomes of the service', async () => {
  const database = await emptyDatabase()
  scope.add('database', () => database.close())
  const carrier = await Carrier.open(scope)
  carrier.isThere = (to) => kindOf(to) === 'answered'
  const service = await startService({ scope, env: { DATABASE_URL: database.url, OFFHOOK_LOG_LEVEL: 'warn' } })
  const uri = `sip:127.0.0.1:${carrier.port}`
  await service.api('POST', '/v1/trunks', { name: 'pstn', uri, default: true, maxCalls: 500 })
  // As many as there are ports for their audio.
  await service.api('PUT', '/v1/dialer', { callsAtOnce: 30 })
  const pool = new pg.Pool({ connectionString: database.url, max: 2 })
  scope.add('pool', () => pool.end())

  // All through the API, to come while the rest is planned and while the service is away; one of them by cron.
  const begin = Date.now() + 60_000
  const plan = async (i: number): Promise<void> => {
    const retry = kindOf(number(i)) === 'again' ? { failure, busy: { times: 1, seconds: 20 } } : { failure }
    const at = new Date(begin + (i % 4) * 10_000).toISOString()
    await service.api('POST', '/v1/calls', { from: '+15550100', to: number(i), flow, at, retry })
  }
  for (let i = 0; i < count; i += 20) await Promise.all(Array.from({ length: 20 }, (_, n) => plan(i + n)))
  const call = { from: '+15550100', to: '+15559000002', flow }
  const schedule = await service.api<{ id: string }>('POST', '/v1/schedules', {
    ...{ name: 'each minute', cron: '* * * * *', zone: 'UTC', call },
  })

  await carrier.offered(count * 0.2, 300_000)
  await service.stop()
  await service.restart()
  await carrier.offered(count * 0.5, 300_000)
  await service.kill9()
  await service.restart()
  await carrier.offered(count * 0.8, 300_000)
  await service.stop()
  await service.restart()
  const byCron = await service.until<{ items: readonly { state: string }[] }>(
    `/v1/planned-calls?schedule=${schedule.id}&limit=200`,
    ({ items }) => items.some(({ state }) => state === 'failed'),
    90_000,
  )
  await service.request('DELETE', `/v1/schedules/${schedule.id}`)
  const left = "select 1 from planned_calls where state in ('waiting', 'calling') limit 1"
  await expect.poll(async () => (await pool.query(left)).rowCount, { timeout: 300_000, interval: 500 }).toBe(0)

  interface Told {
    readonly to: string
    readonly state: string
    readonly code: string
    readonly tries: readonly string[]
    readonly why: readonly string[]
  }
  const { rows: told } = await pool.query<Told>(`
    select p.to_key as "to", p.state, p.code, array_agg(a.code order by a.number) as tries,
      array_agg(a.sentence order by a.number) as why
    from planned_calls p left join dial_attempts a on a.planned_id = p.id where p.schedule_id is null group by p.id`)
  const rung = new Map<string, number>()
  for (const { to } of carrier.calls) rung.set(to, (rung.get(to) ?? 0) + 1)

  // None is lost: each is over by what the callee did, and the callee knows of it.
  expect(told).toHaveLength(count)
  const ended = { answered: 'done', again: 'failed', once: 'failed' } as const
  expect(told.filter(({ to, state }) => state !== ended[kindOf(to)])).toEqual([])
  expect(told.filter(({ to, code }) => code === 'interrupted' && kindOf(to) !== 'answered')).toEqual([])
  expect(told.filter(({ to }) => !rung.has(to))).toEqual([])
  // None is placed twice: no attempt rang more than once. One that was cut off may have rung nobody: docs/decisions/0009.
  const cutOff = (tries: readonly string[]): number => tries.filter((code) => code === 'interrupted').length
  const wrong = told.filter(({ to, tries }) => {
    const times = rung.get(to) ?? 0
    return times > tries.length || times < tries.length - cutOff(tries)
  })
  expect(wrong).toEqual([])
  // And nobody is tried more often than was asked for, but after an attempt that was cut off.
  const asked = { answered: 1, again: 2, once: 1 } as const
  expect(told.filter(({ to, tries }) => tries.length - cutOff(tries) > asked[kindOf(to)])).toEqual([])
  expect(told.reduce((sum, { tries }) => sum + cutOff(tries), 0)).toBeLessThan(3 * 30)
  expect(byCron.items.length).toBeGreaterThan(0)
}, 900_000)
