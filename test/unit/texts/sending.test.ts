import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deferred } from '../../../src/base/deferred.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { Scope } from '../../../src/base/scope.ts'
import { Pace } from '../../../src/jobs/pace.ts'
import { type TextSender, textSender } from '../../../src/jobs/send-text.ts'
import { MaybeTaken, type TextCarrier } from '../../../src/phone/carrier.ts'
import { changeMessage, noteTry } from '../../../src/store/messages.ts'
import { type TestApi, testApi } from '../../kit/api.ts'
import { FakeClock } from '../../kit/fake-clock.ts'
import { Smsc } from '../../kit/smsc.ts'
import { oneWay } from '../../kit/text-ways.ts'

const theirs = '+254722000001'
let api: TestApi
let smsc: Smsc
let scope: Scope

beforeEach(async () => {
  scope = new Scope('test')
  smsc = await Smsc.open(scope)
  const bind = { host: '127.0.0.1', port: smsc.port, tls: false, systemId: 'offhook', password: 'secret' }
  const rest = { systemType: '', window: 10, enquireSeconds: 30, receiptIds: 'same', shiftTables: [] } as const
  api = await testApi({ carriers: { smpp: { ...bind, ...rest } } })
  await api.call('POST', '/v1/numbers', { body: { number: '+15550100' } })
  await smsc.until(() => smsc.binds === 1)
})
afterEach(async () => {
  await api.close()
  await scope.close()
})

const sender = (ways: Parameters<typeof textSender>[0]['ways'] = api.texts): TextSender => {
  const { clock, bus, database } = api
  return textSender({ db: database.store.db, clock, log: silentLogger, bus, ways })
}
const put = async (more: object = {}): Promise<string> =>
  (await api.call('POST', '/v1/messages', { body: { to: theirs, body: 'Hello', ...more } })).json().id
const message = async (id: string) => (await api.call('GET', `/v1/messages/${id}`)).json()

describe('a text of several parts', () => {
  it('is delivered when all of them are, also where a receipt comes before the text is out', async () => {
    const third = deferred<string>()
    smsc.answer = (_text, n) => (n === 3 ? third.promise : `part-${n}`)
    const id = await put({ body: 'x'.repeat(400) })
    const sending = sender().send(id, true)
    await smsc.until(() => smsc.submitted.length === 3)
    await smsc.receipt('part-1')
    await smsc.receipt('part-2')
    third.resolve('part-3')
    await sending
    const before = await message(id)
    await smsc.receipt('PART-3')

    expect(before).toMatchObject({ state: 'sent', segments: 3, carrier: 'smpp' })
    expect((await message(id)).state).toBe('delivered')
  })

  it('is not where one of them is not', async () => {
    smsc.answer = (_text, n) => `part-${n}`
    const id = await put({ body: 'x'.repeat(300) })
    await sender().send(id, true)
    await smsc.receipt('part-2', 'UNDELIV')
    await smsc.receipt('part-1')

    expect(await message(id)).toMatchObject({
      ...{ state: 'undelivered', code: 'absent', reason: 'The SMSC reports: UNDELIV.' },
    })
  })
})

describe('without a report', () => {
  it('a text counts as not delivered when its time is over, until a late one comes', async () => {
    const id = await put({ reportSeconds: 60 })
    await sender().send(id, true)
    const { rows } = await api.database.store.pool.query(
      "select run_at from graphile_worker.jobs where task_identifier = 'text-silent'",
    )
    await sender().silent(id)
    const silent = await message(id)
    await smsc.receipt('id-1')

    expect(rows).toEqual([{ run_at: new Date(api.clock.wall() + 60_000) }])
    expect(silent).toMatchObject({ state: 'undelivered', code: 'no_report' })
    expect(await message(id)).toMatchObject({ state: 'delivered', code: null, reason: null })
  })

  it('one that was reported on stays what it is', async () => {
    const id = await put()
    await sender().send(id, true)
    await smsc.receipt('id-1', 'EXPIRED')
    await sender().silent(id)

    expect(await message(id)).toMatchObject({ state: 'expired', code: 'expired' })
  })
})

describe('a text that goes out once', () => {
  const never: TextCarrier = {
    send: () => {
      throw new Error('It was sent again.')
    },
  }

  it('is not sent again after a try that was cut off', async () => {
    const id = await put({ once: true })
    // What a kill leaves: a try that was begun.
    const began = new Date(api.clock.wall())
    await changeMessage(api.database.store.db, id, began, () => ({ tryingSince: began }))
    await sender(oneWay(never)).send(id, false)

    expect(await message(id)).toMatchObject({ state: 'sent', code: 'unsure' })
  })

  it('is sent again after a try that certainly failed', async () => {
    const id = await put({ once: true })
    const refusing: TextCarrier = { send: async () => Promise.reject(new Error('There is no bind.')) }
    await expect(sender(oneWay(refusing)).send(id, false)).rejects.toThrow('no bind')
    await sender().send(id, false)

    expect(await message(id)).toMatchObject({ state: 'sent', code: null, attempts: 2 })
  })

  it('counts as sent where the carrier may have it', async () => {
    const id = await put({ once: true })
    const silent: TextCarrier = { send: async () => Promise.reject(new MaybeTaken('It gave no answer.')) }
    await sender(oneWay(silent)).send(id, false)
    await sender(oneWay(never)).send(id, false)

    expect(await message(id)).toMatchObject({ state: 'sent', code: 'unsure', reason: 'It gave no answer.' })
  })
})

describe('the pace', () => {
  it('spaces what goes out by a carrier, and holds it where it must', () => {
    const clock = new FakeClock()
    const pace = new Pace(clock, (carrier) => (carrier === 'slow' ? 4 : undefined))

    expect([pace.take('slow'), pace.take('slow'), pace.take('slow')]).toEqual([0, 250, 500])
    expect([pace.take('fast'), pace.take('fast')]).toEqual([0, 0])
    clock.advance(10_000)
    expect(pace.take('slow')).toBe(0)
    pace.hold('fast', 2000)
    expect(pace.take('fast')).toBe(2000)
    clock.advance(2000)
    expect(pace.take('fast')).toBe(0)
  })
})

describe('a text whose try a kill cut off', () => {
  const cutOff = async (): Promise<string> => {
    const id = await put()
    await noteTry(api.database.store.db, id, 'smpp', new Date(api.clock.wall()))
    return id
  }

  it('waits for a report that it went out, and is not sent again where one comes', async () => {
    const id = await cutOff()
    const next = sender()
    await next.send(id, false)
    const { rows } = await api.database.store.pool.query(
      "select run_at from graphile_worker._private_jobs where key = 'send-text:' || $1",
      [id],
    )
    const report = { ref: 'never-heard', to: theirs, outcome: 'delivered', sentence: 'It is there.' } as const
    await api.news.take('smpp', { kind: 'report', report })
    await next.send(id, false)

    expect(rows).toEqual([{ run_at: new Date(api.clock.wall() + 60_000) }])
    expect(smsc.submitted).toEqual([])
    expect(await message(id)).toMatchObject({ state: 'delivered' })
  })

  it('is sent again where none comes', async () => {
    const id = await cutOff()
    const next = sender()
    await next.send(id, false)
    const before = smsc.submitted.length
    await next.send(id, false)

    expect([before, smsc.submitted.length]).toEqual([0, 1])
    expect(await message(id)).toMatchObject({ state: 'sent', attempts: 1 })
  })
})

describe('a text by a carrier that is slow', () => {
  it('is put off to its turn, and holds up none by another', async () => {
    const sent: string[] = []
    const carrier = (name: string): TextCarrier => ({
      send: async (text) => {
        sent.push(`${name} ${text.id}`)
        return { kind: 'sent' }
      },
    })
    const by = { slow: carrier('slow'), fast: carrier('fast') }
    const out = sender({
      reportSeconds: 60,
      rateOf: (name) => (name === 'slow' ? 0.1 : undefined),
      wayOf: async ({ body, from }) => {
        const name = body === 'Slow' ? 'slow' : 'fast'
        return { kind: 'hops', hops: [{ name, carrier: by[name], from }] }
      },
    })
    const slow = [await put({ body: 'Slow' }), await put({ body: 'Slow' }), await put({ body: 'Slow' })]
    const fast = await put({ body: 'Fast' })
    for (const id of [...slow, fast]) await out.send(id, true)
    const before = [...sent]
    const { rows } = await api.database.store.pool.query(
      "select p.payload ->> 'id' as id, p.run_at from graphile_worker._private_jobs p where p.key like 'send-text:%' and p.run_at between $1 and $1::timestamptz + interval '1 day' order by p.run_at",
      [new Date(api.clock.wall() + 1000)],
    )
    api.clock.advance(10_000)
    await out.send(slow[1]!, true)

    expect(before).toEqual([`slow ${slow[0]}`, `fast ${fast}`])
    expect(rows.map(({ id, run_at }) => [id, run_at.getTime() - api.clock.wall() + 10_000])).toEqual([
      [slow[1], 10_000],
      [slow[2], 20_000],
    ])
    expect(await message(slow[2]!)).toMatchObject({ state: 'queued', attempts: 0 })
    expect(sent.slice(2)).toEqual([`slow ${slow[1]}`])
  })

  it('goes in the order in which it was put off, before one that is new', () => {
    const clock = new FakeClock()
    const pace = new Pace(clock, () => 0.1)
    const turns = ['a', 'b', 'c'].map((id) => pace.turn('slow', id))
    clock.advance(10_000)
    const then = ['new', 'b'].map((id) => pace.turn('slow', id))

    expect(turns).toEqual([
      { kind: 'go', ms: 0 },
      { kind: 'later', ms: 10_000 },
      { kind: 'later', ms: 20_000 },
    ])
    expect(then).toEqual([
      { kind: 'later', ms: 20_000 },
      { kind: 'go', ms: 0 },
    ])
  })

  it('is put off again where the carrier asks to be left alone', () => {
    const clock = new FakeClock()
    const pace = new Pace(clock, () => undefined)
    pace.hold('slow', 30_000)
    const first = pace.turn('slow', 'a')
    clock.advance(20_000)
    pace.hold('slow', 30_000)

    expect([first, pace.turn('slow', 'a')]).toEqual([
      { kind: 'later', ms: 30_000 },
      { kind: 'later', ms: 30_000 },
    ])
  })
})

describe('a text that is withdrawn while it waits for its turn', () => {
  it('is not sent', async () => {
    const id = await put()
    const sent: string[] = []
    const carrier: TextCarrier = {
      send: async (text) => {
        sent.push(text.id)
        return { kind: 'sent' }
      },
    }
    const ways = oneWay(carrier)
    await sender({
      ...ways,
      wayOf: async (text) => {
        const { db } = api.database.store
        await changeMessage(db, id, new Date(api.clock.wall()), () => ({ state: 'failed', code: 'gave_up' }))
        return ways.wayOf(text)
      },
    }).send(id, false)

    expect(sent).toEqual([])
    expect(await message(id)).toMatchObject({ state: 'failed', code: 'gave_up' })
  })
})
