import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
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

test('threads of audio go before the others, where the system lets them', async () => {
  // What a process that asks for it is given.
  const realTime = spawnSync('chrt', ['--rr', '1', 'true']).status === 0 && availableParallelism() > 1
  const niceness = Number(execFileSync('nice', ['-n', '-10', 'nice'], { stdio: ['ignore', 'pipe', 'ignore'] }))
  const service = await startService({ scope })

  const threads = readdirSync(`/proc/${service.pid}/task`).map((thread) => {
    const text = readFileSync(`/proc/${service.pid}/task/${thread}/stat`, 'latin1')
    // proc(5): what follows the name in brackets begins with field 3; niceness is field 19, the priority in real time field 40.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { niceness: Number(fields[16]), realTime: Number(fields[37]) }
  })

  expect(threads[0]).toEqual({ niceness: 0, realTime: 0 })
  const audio = threads.filter((thread) => thread.realTime > 0 || thread.niceness < 0)
  if (realTime) expect(audio).toEqual(Array(Math.max(1, availableParallelism() - 1)).fill({ niceness: 0, realTime: 1 }))
  else expect(Math.min(...threads.map((thread) => thread.niceness))).toBe(niceness)
})
