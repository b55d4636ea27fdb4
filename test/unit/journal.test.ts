import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Bus } from '../../src/base/bus.ts'
import { silentLogger } from '../../src/base/log.ts'
import { CallJournal } from '../../src/main/journal.ts'
import type { Address } from '../../src/phone/address.ts'
import type { TimelineEvent } from '../../src/phone/call.ts'
import type { ServiceEvent } from '../../src/phone/event.ts'
import { type CallId, newId } from '../../src/phone/id.ts'
import { type CallEnd, endOf, type ReasonLink } from '../../src/phone/reason.ts'
import { callEventsOf, getCall, insertCall } from '../../src/store/calls.ts'
import { type TestDatabase, testDatabase } from '../kit/database.ts'
import { FakeClock } from '../kit/fake-clock.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

let clock: FakeClock
let journal: CallJournal
let errors: unknown[]
let published: ServiceEvent[]
let statements: number
/** The database cannot be reached. */
let away: boolean
let tried: number
beforeEach(() => {
  clock = new FakeClock()
  errors = []
  published = []
  statements = 0
  away = false
  tried = 0
  const bus = new Bus<ServiceEvent>(() => {})
  bus.subscribe((event) => published.push(event))
  const { db } = database.store
  const counting = new Proxy(db, {
    get: (target, name) => {
      if (name === 'execute') tried++
      if (name === 'execute' && away) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
      if (name === 'execute') statements++
      return Reflect.get(target, name, target)
    },
  })
  const log = { ...silentLogger, error: (fields: unknown) => errors.push(fields) }
  journal = new CallJournal({ db: counting, clock, log, bus })
})
afterEach(() => journal.close())

const from: Address = { kind: 'number', e164: '+12025550143', raw: '+12025550143' }
const to: Address = { kind: 'extension', username: '1001', raw: '1001' }
const line = (text: string, kind: TimelineEvent['kind'] = 'target'): TimelineEvent => ({ at: clock.wall(), kind, text })
const busy = (): CallEnd => {
  const link: ReasonLink = { at: clock.wall(), by: 'callee', code: 'busy', q850: 17, sip: 486, sentence: 'busy' }
  return endOf(link, [link])
}

function begin(): CallId {
  const id = newId('call', clock.wall())
  journal.started({ id, direction: 'inbound', from, to, startedAt: clock.wall() })
  return id
}
const row = (id: CallId) => getCall(database.store.db, id)
const story = async (id: CallId) => (await callEventsOf(database.store.db, id)).map(({ text }) => text)

describe('the journal', () => {
  it('writes what a call went through, in order, whether it came before the call or after its end', async () => {
    const id = newId('call', clock.wall())
    journal.timeline(id, line('INVITE', 'sip_in'))
    journal.started({ id, direction: 'inbound', from, to, startedAt: clock.wall() })
    journal.timeline(id, line('answered', 'answered'))
    journal.forwardOf(id, 'fwd_1')
    await journal.written(id)
    expect(await row(id)).toMatchObject({ state: 'up', forwardId: 'fwd_1', fromKey: '+12025550143', from, to })
    expect((await row(id))?.answeredAt?.getTime()).toBe(clock.wall())

    journal.refused({ id, direction: 'inbound', from, to, startedAt: clock.wall(), end: busy() })
    journal.timeline(id, line('ACK', 'sip_in'))
    await journal.written(id)
    expect(await row(id)).toMatchObject({ state: 'ended', endCode: 'busy', end: { sip: 486 }, forwardId: 'fwd_1' })
    expect(await story(id)).toEqual(['INVITE', 'answered', 'ACK'])
    expect(published.map(({ type }) => type)).toEqual(['call.started', 'call.updated', 'call.ended'])
  })

  it('writes many calls in one statement, soon after the first of them', async () => {
    const ids = Array.from({ length: 20 }, begin)
    for (const id of ids) journal.timeline(id, line(`of ${id}`))
    expect(statements).toBe(0)
    clock.advance(50)
    await Promise.all(ids.map((id) => journal.written(id)))
    expect(statements).toBe(1)
    for (const id of ids) expect(await story(id)).toEqual([`of ${id}`])
  })

  it('lets lines of a story wait longer than what became of a call', async () => {
    const id = begin()
    await journal.written(id)
    journal.timeline(id, line('played'))
    clock.advance(50)
    expect(statements).toBe(1)
    journal.timeline(id, line('answered', 'answered'))
    clock.advance(50)
    await journal.written(id)
    expect(statements).toBe(2)
    expect(await story(id)).toEqual(['played', 'answered'])
  })

  it('writes what is no text for PostgreSQL with a mark in its place', async () => {
    const id = newId('call', clock.wall())
    const name = 'a\0b \ud83d \\u0000 😀'
    journal.started({ id, direction: 'inbound', from: { ...from, name }, to, startedAt: clock.wall() })
    journal.timeline(id, line('NUL \0, half \udc00'))
    await journal.written(id)
    expect(await row(id)).toMatchObject({ from: { name: 'a\ufffdb \ufffd \\u0000 😀' } })
    expect(await story(id)).toEqual(['NUL \ufffd, half \ufffd'])
    expect(errors).toEqual([])
  })

  it('loses no other call to one that the store does not take', async () => {
    const [good, bad, other] = [begin(), begin(), begin()]
    // There is a row of that id already.
    await insertCall(database.store.db, {
      ...{ id: bad, direction: 'inbound', from, fromKey: '+12025550143', to, toKey: '1001' },
      startedAt: new Date(clock.wall()),
    })
    journal.timeline(bad, line('never'))
    journal.timeline(other, line('fine'))
    await journal.written(other)
    expect(await row(good)).toMatchObject({ state: 'ringing' })
    expect(await story(other)).toEqual(['fine'])
    expect(await row(bad)).toMatchObject({ state: 'ringing' })
    expect(await story(bad)).toEqual([])
    // With its words, and without them.
    expect(errors).toMatchObject([{ calls: [bad] }, { calls: [bad] }])
  })

  it('holds calls while the store is away, and writes them when it is back', async () => {
    away = true
    const id = begin()
    journal.timeline(id, line('rang'))
    clock.advance(300)
    await journal.written(id)
    journal.refused({ id, direction: 'inbound', from, to, startedAt: clock.wall(), end: busy() })
    journal.timeline(id, line('was busy'))
    clock.advance(300)
    await journal.written(id)
    expect(await row(id)).toBeUndefined()
    away = false
    clock.advance(2000)
    await journal.written(id)

    expect(await row(id)).toMatchObject({ state: 'ended', endCode: 'busy' })
    expect(await story(id)).toEqual(['rang', 'was busy'])
    expect(errors).toEqual([])
  })

  it('tells the end of a call that ended long before the store is back', async () => {
    const id = begin()
    await journal.written(id)
    away = true
    journal.refused({ id, direction: 'inbound', from, to, startedAt: clock.wall(), end: busy() })
    for (let tries = 0; tries < 5; tries++) {
      clock.advance(2000)
      await journal.written(id)
    }
    away = false
    clock.advance(2000)
    await journal.written(id)

    expect(published.map(({ type }) => type)).toEqual(['call.started', 'call.ended'])
    expect(await row(id)).toMatchObject({ state: 'ended', endCode: 'busy' })
  })

  it('leaves a store alone for a while that took nothing', async () => {
    away = true
    const id = begin()
    await journal.written(id)
    tried = 0
    for (let calls = 0; calls < 20; calls++) {
      begin()
      clock.advance(50)
      await journal.written(id)
    }

    expect(tried).toBe(0)
    clock.advance(1000)
    expect(tried).toBe(1)
    await journal.writing(id)
    away = false
    clock.advance(2000)
    await journal.written(id)
    expect(await row(id)).toMatchObject({ state: 'ringing' })
  })

  it('keeps the first end, and what a call has until then', async () => {
    const id = begin()
    journal.refused({ id, direction: 'inbound', from, to, startedAt: clock.wall(), end: busy() })
    await journal.written(id)
    const ended = (await row(id))?.endedAt
    clock.advance(1000)
    journal.refused({ id, direction: 'inbound', from, to, startedAt: clock.wall(), end: { ...busy(), code: 'failed' } })
    journal.timeline(id, line('late', 'answered'))
    await journal.written(id)
    expect(await row(id)).toMatchObject({ state: 'ended', endCode: 'busy', endedAt: ended, answeredAt: null })
  })

  it('forgets a call some time after its end, when its last line is written', async () => {
    const id = begin()
    journal.refused({ id, direction: 'inbound', from, to, startedAt: clock.wall(), end: busy() })
    expect(journal.open).toBe(1)
    clock.advance(1900)
    journal.timeline(id, line('BYE', 'sip_in'))
    clock.advance(200)
    await journal.written(id)
    await journal.close()
    expect(journal.open).toBe(0)
    expect(await story(id)).toEqual(['BYE'])
  })
})
