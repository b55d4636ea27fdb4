import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { runSchedules } from '../../../src/main/schedules.ts'
import { newId } from '../../../src/phone/id.ts'
import { listPlanned, type NewPlannedCall } from '../../../src/store/planned-calls.ts'
import { getSchedule, insertSchedule, type ScheduleRow } from '../../../src/store/schedules.ts'
import { type TestDatabase, testDatabase } from '../../kit/database.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await testDatabase()
})
afterEach(() => database.close())

const due = Date.parse('2026-01-05T07:00:00Z')
const ann = { kind: 'extension', username: '1001', raw: '1001' } as const
const schedule = (over: Partial<ScheduleRow> = {}): ScheduleRow => ({
  ...{ id: newId('schedule', due), name: 'Wake-up', cron: '0 7 * * *', zone: 'UTC', enabled: true, missed: 'skip' },
  call: {
    ...{ to: ann, from: ann, does: { kind: 'api', actions: [] }, seconds: 30, priority: 0, account: null },
    ...{ retry: {}, hours: null, withinSeconds: 600 },
  },
  ...{ nextAt: new Date(due), lastAt: null, createdAt: new Date(due), updatedAt: new Date(due) },
  ...over,
})
const run = (now: number): Promise<void> =>
  runSchedules({
    ...{ db: database.store.db, log: silentLogger, now },
    newRow: async ({ withinSeconds: _, ...call }, { at, until, scheduleId }): Promise<NewPlannedCall> => ({
      ...{ id: newId('planned', now), state: 'waiting', toKey: '1001', ...call, retried: {}, lane: 'inside' },
      ...{ at, until, nextAt: at, sentence: null, code: null, attempts: 0, callId: null, scheduleId },
      ...{ createdAt: new Date(now), updatedAt: new Date(now), endedAt: null },
    }),
  })
const planned = async () => (await listPlanned(database.store.db, {}, { limit: 50 })).rows

it('plans one call for each time, also when two look at once', async () => {
  const { db } = database.store
  const { id } = await insertSchedule(db, schedule())

  await run(due - 1)
  expect(await planned()).toEqual([])
  await Promise.all([run(due + 100), run(due + 100)])

  expect(await planned()).toMatchObject([
    { scheduleId: id, at: new Date(due), until: new Date(due + 600_000), state: 'waiting' },
  ])
  expect(await getSchedule(db, id)).toMatchObject({ nextAt: new Date(due + 86_400_000), lastAt: new Date(due) })
})

it('skips times at which no service ran, or makes up for them once', async () => {
  const { db } = database.store
  const late = due + 3 * 86_400_000 + 3_600_000
  const skips = await insertSchedule(db, schedule())
  const once = await insertSchedule(db, schedule({ missed: 'once' }))
  await insertSchedule(db, schedule({ enabled: false }))

  await run(late)

  expect(await planned()).toMatchObject([{ scheduleId: once.id, until: null }])
  expect(await getSchedule(db, skips.id)).toMatchObject({ nextAt: new Date(due + 4 * 86_400_000), lastAt: null })
})
