import { describe, expect, it } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { Broadcasts } from '../../../src/main/broadcasts.ts'
import { listPlanned } from '../../../src/store/planned-calls.ts'
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
  spokenTo,
  useBroadcasts,
} from './broadcast-desk.ts'

useBroadcasts()

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
