import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bus } from '../../src/base/bus.ts'
import { systemClock } from '../../src/base/clock.ts'
import { deferred } from '../../src/base/deferred.ts'
import { silentLogger } from '../../src/base/log.ts'
import { Scope } from '../../src/base/scope.ts'
import { startJobs } from '../../src/jobs/runner.ts'
import type { OutgoingText, TextResult } from '../../src/phone/carrier.ts'
import type { ServiceEvent } from '../../src/phone/event.ts'
import { newId } from '../../src/phone/id.ts'
import { getMessage, queueMessage } from '../../src/store/messages.ts'
import { type TestDatabase, testDatabase } from '../kit/database.ts'
import { oneWay } from '../kit/text-ways.ts'

let database: TestDatabase
let scope: Scope
beforeEach(async () => {
  database = await testDatabase()
  scope = new Scope('test')
})
afterEach(async () => {
  await scope.close()
  await database.close()
})

interface Desk {
  readonly sent: OutgoingText[]
  answer: (text: OutgoingText) => Promise<TextResult> | TextResult
}

/** @param early an event that may come while the jobs start */
async function start(desk: Desk, early?: ServiceEvent['type']) {
  const bus = new Bus<ServiceEvent>((error) => {
    throw error
  })
  const event = (type: ServiceEvent['type']): Promise<ServiceEvent> => {
    const { promise, resolve } = deferred<ServiceEvent>()
    const end = bus.subscribe((heard) => {
      if (heard.type !== type) return
      end()
      resolve(heard)
    })
    return promise
  }
  const first = early === undefined ? undefined : event(early)
  const jobs = await startJobs({
    store: database.store,
    scope,
    clock: systemClock,
    log: silentLogger,
    bus,
    keepCallsDays: 1,
    deliverWebhooks: async () => {},
    goOnScanning: async () => {},
    mailVoicemail: async () => {},
    ways: oneWay({
      send: async (text) => {
        desk.sent.push(text)
        return desk.answer(text)
      },
    }),
  })
  return { jobs, event, first }
}

const text = (to: string, key: string | null = null) => ({
  id: newId('message', Date.now()),
  from: '+15550101',
  to,
  body: 'You have a message',
  key,
  createdAt: new Date(),
})

describe('sending texts', () => {
  it('sends what is queued and notes that it was delivered', async () => {
    const { db } = database.store
    const desk: Desk = { sent: [], answer: () => ({ kind: 'delivered' }) }
    const { event } = await start(desk)
    const delivered = event('message.delivered')

    const { row } = await queueMessage(db, text('1001'))
    await delivered

    expect(desk.sent).toEqual([{ id: row.id, from: '+15550101', to: '1001', body: 'You have a message' }])
    expect(await getMessage(db, row.id)).toMatchObject({ state: 'delivered', attempts: 1, reason: null })
  })

  it('queues nothing when the transaction around it fails', async () => {
    const { db, pool } = database.store
    const failing = db.transaction(async (tx) => {
      await queueMessage(tx, text('1001'))
      throw new Error('later fault')
    })

    await expect(failing).rejects.toThrow('later fault')

    const { rows } = await pool.query(
      'select (select count(*)::int from messages) + (select count(*)::int from graphile_worker.jobs) as n',
    )
    expect(rows).toEqual([{ n: 0 }])
  })

  it('sends one text for one key', async () => {
    const { db } = database.store
    const first = await queueMessage(db, text('1001', 'voicemail:1'))
    const second = await queueMessage(db, text('1001', 'voicemail:1'))

    expect(second).toMatchObject({ isNew: false, row: { id: first.row.id } })
  })

  it('keeps a text for someone who is away until they appear', async () => {
    const { db } = database.store
    const desk: Desk = { sent: [], answer: () => ({ kind: 'later', sentence: 'No phone is registered for 1001.' }) }
    const { jobs, event } = await start(desk)
    const waiting = event('message.waiting')
    const { row } = await queueMessage(db, text('1001'))
    await waiting
    expect(await getMessage(db, row.id)).toMatchObject({ state: 'waiting', reason: 'No phone is registered for 1001.' })

    desk.answer = () => ({ kind: 'delivered' })
    const delivered = event('message.delivered')
    await jobs.receiverAppeared('1002')
    expect(desk.sent).toHaveLength(1)
    await jobs.receiverAppeared('1001')
    await delivered

    expect(await getMessage(db, row.id)).toMatchObject({ state: 'delivered', attempts: 2 })
  })

  it('does not lose one whose receiver appears while the carrier still says that nobody is there', async () => {
    const { db } = database.store
    const asked = deferred<void>()
    const answer = deferred<TextResult>()
    const desk: Desk = {
      sent: [],
      answer: () => {
        asked.resolve()
        return answer.promise
      },
    }
    const { jobs, event } = await start(desk)
    const { row } = await queueMessage(db, text('1001'))
    await asked.promise
    await jobs.receiverAppeared('1001')
    desk.answer = () => ({ kind: 'delivered' })
    const delivered = event('message.delivered')
    answer.resolve({ kind: 'later', sentence: 'No phone is registered for 1001.' })
    await delivered

    expect(await getMessage(db, row.id)).toMatchObject({ state: 'delivered', attempts: 2 })
  })

  it('sends after a restart what was waiting and what a killed service held locked', async () => {
    const { db, pool } = database.store
    const { row } = await queueMessage(db, text('1001'))
    await pool.query(
      "update graphile_worker._private_jobs set locked_by = 'worker-dead', locked_at = now(), attempts = 1",
    )
    const desk: Desk = { sent: [], answer: () => ({ kind: 'sent' }) }

    const { first } = await start(desk, 'message.sent')
    await first

    expect(await getMessage(db, row.id)).toMatchObject({ state: 'sent' })
  })

  it('says why a text failed', async () => {
    const { db } = database.store
    const desk: Desk = { sent: [], answer: () => ({ kind: 'failed', sentence: 'Nobody takes texts there.' }) }
    const { event } = await start(desk)
    const failed = event('message.failed')

    const { row } = await queueMessage(db, text('+4912345678'))
    await failed

    expect(await getMessage(db, row.id)).toMatchObject({ state: 'failed', reason: 'Nobody takes texts there.' })
  })
})
