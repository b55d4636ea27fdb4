import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { textSender } from '../../../src/jobs/send-text.ts'
import { Broadcasts } from '../../../src/main/broadcasts.ts'
import type { OutgoingText, TextCarrier } from '../../../src/phone/carrier.ts'
import { purgeBroadcasts } from '../../../src/store/broadcasts.ts'
import { listMessages, noteTry } from '../../../src/store/messages.ts'
import { listPlanned } from '../../../src/store/planned-calls.ts'
import { type TestApi, testApi } from '../../kit/api.ts'
import { oneWay } from '../../kit/text-ways.ts'

const ours = '+15550100'
const phone = (n: number): string => `+2547220${String(n).padStart(5, '0')}`
let api: TestApi
let sent: OutgoingText[]
let carrier: TextCarrier

beforeEach(async () => {
  api = await testApi()
  await api.call('POST', '/v1/numbers', { body: { number: ours } })
  sent = []
  carrier = {
    reports: true,
    send: async (text) => {
      sent.push(text)
      return { kind: 'sent', refs: [text.id] }
    },
  }
  await api.dialer.start()
  api.broadcasts.start()
})
afterEach(() => api.close())

const add = async (n: number, more: object = {}): Promise<string> =>
  (await api.call('POST', '/v1/contacts', { body: { phone: phone(n), ...more } })).json().id
const create = async (more: object = {}) =>
  api.call('POST', '/v1/broadcasts', {
    body: {
      ...{ name: 'Test', way: 'text_then_call', text: { body: 'Closed on Monday.', reportMinutes: 10 } },
      ...{ call: { from: ours, attempts: 2, againMinutes: 30 }, ...more },
    },
  })
const spokenTo = { text: undefined, call: { from: ours, message: 'Closed.', attempts: 2, againMinutes: 30 } }
const get = async (id: string) => (await api.call('GET', `/v1/broadcasts/${id}`)).json()
const results = async (id: string) =>
  Object.fromEntries(
    (await api.call('GET', `/v1/broadcasts/${id}/contacts?limit=200`))
      .json()
      .items.map((one: { phone: string }) => [one.phone, one]),
  )
const report = (to: string, outcome: 'delivered' | 'undelivered') =>
  api.news.take('company', {
    kind: 'report',
    report: { ref: sent.findLast((text) => text.to === to)!.id, outcome, sentence: outcome },
  })

/** What jobs and the dialer would do meanwhile. */
async function go(broadcasts: Broadcasts = api.broadcasts): Promise<void> {
  const { clock, bus, database } = api
  const sender = textSender({ db: database.store.db, clock, log: silentLogger, bus, ways: oneWay(carrier) })
  for (let round = 0; round < 4; round++) {
    broadcasts.wake()
    await broadcasts.settled()
    const { rows } = await listMessages(database.store.db, { state: 'queued' }, { limit: 200 })
    for (const { id } of rows) await sender.send(id, true)
    api.dialer.wake()
    await api.dialer.settled()
  }
}
/** What the job of a text does when its time is over. */
async function silence(): Promise<void> {
  const { clock, bus, database } = api
  const sender = textSender({ db: database.store.db, clock, log: silentLogger, bus, ways: oneWay(carrier) })
  const { rows } = await listMessages(database.store.db, { state: 'sent' }, { limit: 200 })
  for (const { id } of rows) await sender.silent(id)
}

describe('a text, and a call where it does not arrive', () => {
  it('reaches each contact once, by what works', async () => {
    for (const n of [1, 2, 3, 4, 5]) await add(n)
    await add(6, { optedOut: true })
    await api.call('POST', '/v1/opt-outs', { body: { sender: ours, receiver: phone(5) } })
    api.line.callees.set(phone(3), [{ does: 'machine', left: true }])
    const { id } = (await create()).json()
    await go()
    await report(phone(1), 'delivered')
    await report(phone(2), 'undelivered')
    await go()
    const before = await get(id)
    api.clock.advance(10 * 60_000)
    await silence()
    await go()

    expect(before).toMatchObject({ state: 'running', progress: { open: 2, texts: 4 } })
    expect(await get(id)).toMatchObject({
      state: 'done',
      progress: {
        ...{ contacts: 6, open: 0, texts: 4, calls: 3, reached: { text: 1, call: 2, voicemail: 1 } },
        codes: { delivered: 1, heard: 2, left: 1, opted_out: 2 },
      },
    })
    expect(sent.map(({ to }) => to).sort()).toEqual([1, 2, 3, 4].map(phone))
    expect([...api.line.rung].sort()).toEqual([2, 3, 4].map(phone))
    const { items } = (await api.call('GET', `/v1/contacts?phone=${encodeURIComponent(phone(2))}`)).json()
    expect(items).toMatchObject([{ status: 'inactive', lastCall: { code: 'heard' }, contacted: { by: 'call' } }])
  })

  it('asks for a key where it is to be confirmed', async () => {
    for (const n of [1, 2, 3]) await add(n)
    api.line.callees.set(phone(1), [{ does: 'presses', key: '1' }])
    api.line.callees.set(phone(2), [{ does: 'presses', key: '' }])
    api.line.callees.set(phone(3), [{ does: 'hangs_up' }])
    const { id } = (
      await create({ way: 'call', text: undefined, call: { from: ours, message: 'Please come.', confirm: {} } })
    ).json()
    await go()

    const found = await results(id)
    expect([1, 2, 3].map((n) => [found[phone(n)].state, found[phone(n)].code])).toEqual([
      ['reached', 'confirmed'],
      ['unreached', 'unconfirmed'],
      ['unreached', 'cut'],
    ])
  })

  it('calls as often as it may, and no more often', async () => {
    await add(1)
    await add(2)
    api.line.callees.set(phone(1), [{ does: 'not', code: 'busy' }, { does: 'listens' }])
    api.line.callees.set(phone(2), [{ does: 'not', code: 'no_answer' }])
    const { id } = (
      await create({
        way: 'call',
        text: undefined,
        call: { from: ours, message: 'Hello.', attempts: 3, againMinutes: 30 },
      })
    ).json()
    await go()
    const first = [...api.line.rung]
    for (let i = 0; i < 4; i++) {
      api.clock.advance(30 * 60_000)
      await go()
    }

    expect(first.sort()).toEqual([phone(1), phone(2)])
    expect(await results(id)).toMatchObject({
      [phone(1)]: { state: 'reached', calls: 2 },
      [phone(2)]: { state: 'unreached', code: 'no_answer', calls: 3 },
    })
  })

  it('does not call whom a late report says that the text reached', async () => {
    await add(1)
    api.dialer.close()
    const { id } = (await create()).json()
    await go()
    api.clock.advance(10 * 60_000)
    await silence()
    await go()
    const before = await results(id)
    await report(phone(1), 'delivered')
    await go()

    expect(before[phone(1)].state).toBe('calling')
    expect((await results(id))[phone(1)]).toMatchObject({ state: 'reached', by: 'text', calls: 0 })
    expect(api.line.rung).toEqual([])
  })

  it('does not call whom a report says that a text reached whose sending a kill cut off', async () => {
    await add(1)
    const { id } = (await create()).json()
    api.broadcasts.wake()
    await api.broadcasts.settled()
    const { db } = api.database.store
    const { rows } = await listMessages(db, { state: 'queued' }, { limit: 1 })
    await noteTry(db, rows[0]!.id, 'company', new Date(api.clock.wall()))
    const told = { outcome: 'delivered', sentence: 'delivered' } as const
    await api.news.take('company', { kind: 'report', report: { ref: 'unheard of', to: phone(1), ...told } })
    await go()
    api.clock.advance(11 * 60_000)
    await go()

    expect(sent).toEqual([])
    expect((await results(id))[phone(1)]).toMatchObject({ state: 'reached', by: 'text', calls: 0 })
  })

  it('withdraws a text that could not be sent in its time, before the call', async () => {
    await add(1)
    const { id } = (await create()).json()
    api.broadcasts.wake()
    await api.broadcasts.settled()
    api.clock.advance(11 * 60_000)
    await go()

    expect(sent).toEqual([])
    expect((await results(id))[phone(1)]).toMatchObject({ state: 'reached', by: 'call' })
  })
})

describe('a cycle', () => {
  it('texts those whom texts reach and those who are new, and calls the others', async () => {
    await add(1, { status: 'active' })
    await add(2, { status: 'inactive' })
    await add(3)
    const { id } = (await create({ way: 'cycle' })).json()
    await go()
    await report(phone(1), 'delivered')
    await report(phone(3), 'undelivered')
    await go()

    expect([sent.map(({ to }) => to).sort(), api.line.rung]).toEqual([[phone(1), phone(3)], [phone(2)]])
    expect(await results(id)).toMatchObject({
      [phone(1)]: { state: 'reached', by: 'text' },
      [phone(2)]: { state: 'reached', by: 'call' },
      [phone(3)]: { state: 'unreached' },
    })
  })
})

describe('rounds', () => {
  const daily = { cron: '0 12 * * *', zone: 'UTC' }
  const rounds = async (): Promise<readonly { id: string; repeat: { round: number; nextAt: string | null } }[]> =>
    (await api.call('GET', '/v1/broadcasts')).json().items

  it('begin by cron, each with what the one before it found, once that is over', async () => {
    for (const n of [1, 2]) await add(n)
    await create({ way: 'cycle', repeat: daily })
    await go()
    await report(phone(1), 'delivered')
    api.clock.advance(24 * 3600_000)
    await go()
    const before = await rounds()
    await report(phone(2), 'undelivered')
    await add(3)
    await go()
    await report(phone(1), 'delivered')
    await report(phone(3), 'delivered')
    await go()

    expect(before.map(({ repeat }) => repeat.round)).toEqual([1])
    expect((await rounds()).map(({ repeat }) => [repeat.round, repeat.nextAt !== null])).toEqual([
      [2, true],
      [1, false],
    ])
    expect(sent.map(({ to }) => to).sort()).toEqual([1, 1, 2, 3].map(phone))
    expect(api.line.rung).toEqual([phone(2)])
  })

  it('come to an end when the last one is canceled, also where that is over', async () => {
    await add(1)
    const { id, repeat } = (await create({ way: 'text', call: undefined, repeat: daily })).json()
    await go()
    await report(phone(1), 'delivered')
    await go()
    const over = await api.call('POST', `/v1/broadcasts/${id}/cancel`)
    api.clock.advance(48 * 3600_000)
    await go()

    expect(repeat).toMatchObject({ ...daily, round: 1, nextAt: expect.stringContaining('T12:00:00.000Z') })
    expect(over.json()).toMatchObject({ state: 'done', repeat: { nextAt: null } })
    expect((await rounds()).length).toBe(1)
  })

  it('are forgotten when they are old, but for one that another follows', async () => {
    await add(1)
    for (const repeat of [daily, undefined]) await create({ way: 'text', call: undefined, repeat })
    await go()
    api.clock.advance(3600_000)
    await silence()
    await go()
    const gone = await purgeBroadcasts(api.database.store.db, new Date(api.clock.wall() + 1))

    expect(gone).toBe(1)
    expect((await rounds()).map(({ repeat }) => repeat.round)).toEqual([1])
  })
})

describe('a broadcast', () => {
  it('begins nothing while it is paused, and goes on from there', async () => {
    await add(1)
    api.dialer.close()
    const { id } = (await create({ way: 'call', text: undefined, call: { from: ours, message: 'Hello.' } })).json()
    await go()
    const paused = (await api.call('POST', `/v1/broadcasts/${id}/pause`)).json()
    await go()
    const held = await results(id)
    const again = await api.call('POST', `/v1/broadcasts/${id}/pause`)
    await api.call('POST', `/v1/broadcasts/${id}/resume`)
    await go()

    expect(paused).toMatchObject({ state: 'paused', progress: { states: { call_due: 1 }, calls: 0 } })
    expect(held[phone(1)].state).toBe('call_due')
    expect(again.json()).toMatchObject({ code: 'conflict' })
    expect((await results(id))[phone(1)]).toMatchObject({ state: 'calling', calls: 1 })
  })

  it('is over for everybody whom nothing was begun for when it is canceled', async () => {
    await add(1, { status: 'active' })
    await add(2, { status: 'inactive' })
    const { id } = (await create({ way: 'cycle', startAt: new Date(api.clock.wall() + 60_000).toISOString() })).json()
    await go()
    await api.call('POST', `/v1/broadcasts/${id}/cancel`)
    await go()
    api.clock.advance(120_000)
    await go()

    expect(await get(id)).toMatchObject({ state: 'canceled', progress: { open: 0, codes: { canceled: 2 } } })
    expect((await get(id)).endedAt).not.toBeNull()
    expect([sent, api.line.rung]).toEqual([[], []])
  })

  it.each([
    ['waits', 'text'],
    ['waits', 'call'],
    ['is paused', 'text'],
    ['is paused', 'call'],
  ])('leaves out whoever wants nothing any more while it %s for its %s', async (how, way) => {
    const contact = await add(1)
    const startAt = new Date(api.clock.wall() + 3_600_000).toISOString()
    const { id } = (await create({ way, startAt, ...(way === 'call' ? spokenTo : { call: undefined }) })).json()
    await go()
    if (how === 'is paused') await api.call('POST', `/v1/broadcasts/${id}/pause`)
    await api.call('PATCH', `/v1/contacts/${contact}`, { body: { optedOut: true } })
    api.clock.advance(3_600_000)
    if (how === 'is paused') await api.call('POST', `/v1/broadcasts/${id}/resume`)
    await go()

    expect((await results(id))[phone(1)]).toMatchObject({ state: 'skipped', code: 'opted_out' })
    expect([sent, api.line.rung]).toEqual([[], []])
  })

  it('does not call again whoever wants nothing any more', async () => {
    const contact = await add(1)
    api.line.callees.set(phone(1), [{ does: 'not', code: 'no_answer' }])
    const { id } = (await create({ way: 'call', ...spokenTo })).json()
    await go()
    await api.call('PATCH', `/v1/contacts/${contact}`, { body: { optedOut: true } })
    api.clock.advance(30 * 60_000)
    await go()

    expect((await results(id))[phone(1)]).toMatchObject({ state: 'skipped', code: 'opted_out', calls: 1 })
    expect(api.line.rung).toHaveLength(1)
  })

  it('takes a call back that waits at the dialer for whoever wants nothing any more', async () => {
    const contact = await add(1)
    const hours = { zone: 'UTC', from: '03:00', to: '03:01' }
    await api.dialer.setRules({ callsAtOnce: 20, destinations: [], hours })
    const { id } = (await create({ way: 'call', ...spokenTo })).json()
    await go()
    await api.call('PATCH', `/v1/contacts/${contact}`, { body: { optedOut: true } })
    await go()
    const { rows } = await listPlanned(api.database.store.db, {}, { limit: 10 })

    expect(rows).toMatchObject([{ state: 'canceled', sentence: 'its contact wants nothing any more' }])
    expect((await results(id))[phone(1)]).toMatchObject({ state: 'skipped', code: 'opted_out', calls: 0 })
  })

  it('waits for the hours of each contact', async () => {
    await add(1)
    await add(2, { zone: 'Asia/Tokyo' })
    // Midnight in London: 03:00 in Nairobi, 09:00 in Tokyo.
    await create({ way: 'text', call: undefined, hours: { from: '09:00', to: '20:00' } })
    await go()
    const first = sent.map(({ to }) => to)
    api.clock.advance(6 * 3600_000)
    await go()

    expect(first).toEqual([phone(2)])
    expect(sent.map(({ to }) => to)).toEqual([phone(2), phone(1)])
  })

  it('is estimated before it is sent', async () => {
    await add(1, { status: 'inactive' })
    await add(2)
    await add(3, { optedOut: true })
    const answer = await create({ dryRun: true, prices: { segment: 0.02, minute: 0.5 } })

    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual({
      ...{ contacts: 3, texts: 2, segmentsPerText: 1, calls: { likely: 1, most: 2 }, skipped: { opted_out: 1 } },
      cost: { likely: 0.54, most: 1.04 },
    })
    expect((await api.call('GET', '/v1/broadcasts')).json().items).toEqual([])
  })

  it('has its results as CSV', async () => {
    const contact = await add(1, { name: '=Amina "A"' })
    const { id } = (await create({ way: 'text', call: undefined })).json()
    await go()
    await report(phone(1), 'delivered')
    await go()
    const { headers, body } = await api.call('GET', `/v1/broadcasts/${id}/results.csv`)

    expect(headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(body.split('\r\n')[1]).toContain(`"${contact}","${phone(1)}","'=Amina ""A""","reached","text","delivered"`)
  })

  it.each([
    [{ way: 'text' }, '/call'],
    [{ way: 'call' }, '/text'],
    [{ text: undefined }, '/text'],
    [{ call: undefined }, '/call'],
    [{ call: { from: '+15559999' } }, '/call/from'],
    [{ text: { body: 'x', from: '+15559999' } }, '/text/from'],
    [{ repeat: { cron: '60 * * * *', zone: 'UTC' } }, '/repeat/cron'],
  ])('with %j is refused and says %s', async (more, field) => {
    const answer = await create(more)
    expect(answer.json()).toMatchObject({ code: 'invalid_request' })
    expect(answer.json().errors.map((one: { field: string }) => one.field)).toContain(field)
  })
})

describe('a service that ends at any moment', () => {
  it('leaves nobody out and reaches nobody twice', async () => {
    const count = 120
    const file = ['phone', ...Array.from({ length: count }, (_, n) => phone(n))].join('\n')
    await api.call('POST', '/v1/contacts/import', { body: file, headers: { 'content-type': 'text/csv' } })
    const { id } = (await create()).json()
    const { store } = api.database
    const { clock, bus, texts } = api
    api.broadcasts.close()
    // Each of these lives for so many answers of the store, and is then as good as killed.
    for (let lives = 0; lives < 12; lives++) {
      const one = new Broadcasts({
        ...{ store, clock, bus, texts, log: silentLogger },
        dialer: {
          told: (row) => api.dialer.told(row),
          put: async (db, request) => {
            if (--left < 0) throw new Error('killed')
            return api.dialer.put(db, request)
          },
        },
      })
      let left = 7 + lives * 5
      one.start()
      await go(one)
      for (const { to } of sent.filter((_, n) => n % 5 !== 0)) await report(to, 'delivered')
      for (const { to } of sent.filter((_, n) => n % 20 === 1)) await report(to, 'delivered')
      clock.advance(60_000)
      if (lives === 4) clock.advance(10 * 60_000)
      await silence()
      one.close()
      await one.settled()
    }

    const found = await get(id)
    const each = new Map<string, number>()
    for (const { to } of sent) each.set(to, (each.get(to) ?? 0) + 1)
    expect(found).toMatchObject({ state: 'done', progress: { contacts: count, open: 0 } })
    expect(each.size).toBe(count)
    expect([...each.values()].every((times) => times === 1)).toBe(true)
    expect(new Set(api.line.rung).size).toBe(api.line.rung.length)
    expect(found.progress.reached).toMatchObject({ text: count - count / 5, call: count / 5 })
  })
})
