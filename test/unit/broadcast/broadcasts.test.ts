import { describe, expect, it } from 'vitest'
import { purgeBroadcasts } from '../../../src/store/broadcasts.ts'
import { listMessages, noteTry } from '../../../src/store/messages.ts'
import {
  add,
  api,
  create,
  get,
  go,
  ours,
  phone,
  report,
  results,
  sent,
  silence,
  useBroadcasts,
} from './broadcast-desk.ts'

useBroadcasts()

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
