import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newId } from '../../src/phone/id.ts'
import { Problem } from '../../src/phone/problem.ts'
import { addCallEvents, answerCall, endCall, insertCall, setCallForward } from '../../src/store/calls.ts'
import { type TestApi, testApi } from '../kit/api.ts'

let api: TestApi
beforeEach(async () => {
  api = await testApi()
})
afterEach(() => api.close())

const ann = { username: '1001', password: 'correct horse battery' }
const addAnn = () => api.call('POST', '/v1/extensions', { body: ann })
const fieldsOf = (response: { json(): { errors?: { field: string }[] } }): string[] =>
  (response.json().errors ?? []).map((error) => error.field)

describe('calls', () => {
  const insert = async (from: string, to: string) => {
    const id = newId('call', api.clock.wall())
    api.clock.advance(1000)
    await insertCall(api.database.store.db, {
      id,
      direction: 'inbound',
      from: { kind: 'number', e164: from, raw: from },
      fromKey: from,
      to: { kind: 'number', e164: to, raw: to.slice(1) },
      toKey: to,
      startedAt: new Date(api.clock.wall()),
    })
    return id
  }

  it('show their reason chain and timeline', async () => {
    const { db } = api.database.store
    const id = await insert('+15550142', '+15550100')
    const at = api.clock.wall()
    await setCallForward(db, id, newId('forward', at))
    await addCallEvents(db, id, [
      { at, kind: 'arrived', text: 'A call from +15550142 arrived.' },
      { at, kind: 'target', text: '1001 is busy.', data: { sip: 486 } },
    ])
    await answerCall(db, id, new Date(at))
    const busy = { at, by: 'callee', code: 'busy', target: '1001', q850: 17, sip: 486, sentence: '1001 is busy.' }
    const end = { at: at + 41_000, by: 'caller', code: 'completed', q850: 16, sentence: 'The caller hung up.' }
    await endCall(db, id, { ...end, chain: [busy, end] })

    const shown = (await api.call('GET', `/v1/calls/${id}`)).json()

    expect(shown).toMatchObject({
      id,
      state: 'ended',
      seconds: 41,
      from: { kind: 'number', address: '+15550142' },
      to: { address: '+15550100', raw: '15550100' },
      end: { code: 'completed', chain: [{ code: 'busy', sip: 486, target: '1001' }, { code: 'completed' }] },
      timeline: [{ kind: 'arrived' }, { kind: 'target', data: { sip: 486 } }],
    })
  })

  it('are found by what they were', async () => {
    const first = await insert('+15550142', '+15550100')
    const second = await insert('+15550143', '+15550100')
    const ids = async (query: string) =>
      (await api.call('GET', `/v1/calls?${query}`)).json().items.map((call: { id: string }) => call.id)

    expect(await ids('')).toEqual([second, first])
    expect(await ids('from=%2B15550142')).toEqual([first])
    expect(await ids('from=+15550142')).toEqual([first])
    expect(await ids('state=live&direction=inbound')).toEqual([second, first])
    expect(await ids('state=ended')).toEqual([])
    expect(await ids('since=2026-01-01T00:00:02Z')).toEqual([second])
    expect(
      (await api.call('GET', '/v1/calls?state=odd&limit=0')).json().errors.map((e: { field: string }) => e.field),
    ).toEqual(['/limit', '/state'])
  })

  it('are cut into pages that neither repeat nor skip when new ones come', async () => {
    const made: string[] = []
    for (let i = 0; i < 7; i++) made.push(await insert('+15550142', '+15550100'))
    const seen: string[] = []
    let after = ''

    for (let pages = 0; pages < 10; pages++) {
      const page = (await api.call('GET', `/v1/calls?limit=3${after}`)).json()
      seen.push(...page.items.map((call: { id: string }) => call.id))
      await insert('+15550199', '+15550100')
      if (page.next === undefined) break
      after = `&after=${page.next}`
    }

    expect(seen).toEqual(made.reverse())
  })

  it('are placed between two who can be reached', async () => {
    await addAnn()

    const placed = await api.call('POST', '/v1/calls', { body: { from: '1001', to: '+1 555 0142', seconds: 30 } })

    expect(placed.statusCode).toBe(201)
    expect(placed.json()).toMatchObject({ direction: 'outbound', state: 'ringing', to: { address: '+15550142' } })
    expect(api.phone.placed).toMatchObject([{ from: { kind: 'extension', username: '1001' }, seconds: 30 }])
    expect(fieldsOf(await api.call('POST', '/v1/calls', { body: { from: '1009', to: '1008' } }))).toEqual([
      '/from',
      '/to',
    ])
  })

  it.each(['destination_not_allowed', 'not_reachable', 'too_many_calls', 'overloaded', 'shutting_down'] as const)(
    'say %s when the phone does',
    async (code) => {
      api.phone.refuse = new Problem(code, 'A sentence.')

      const refused = await api.call('POST', '/v1/calls', { body: { from: '+15550141', to: '+15550142' } })

      expect(refused.json()).toMatchObject({
        code,
        detail: 'A sentence.',
        type: `http://phone.test/docs/errors#${code}`,
      })
      expect(refused.statusCode).toBe(api.phone.refuse instanceof Problem ? api.phone.refuse.status : 0)
    },
  )

  it('are hung up once', async () => {
    const id = await insert('+15550142', '+15550100')

    const ended = await api.call('POST', `/v1/calls/${id}/hangup`)

    expect(ended.json()).toMatchObject({ state: 'ended', end: { by: 'operator', code: 'canceled' } })
    expect((await api.call('POST', `/v1/calls/${id}/hangup`)).json()).toMatchObject({ status: 409, code: 'call_ended' })
    expect((await api.call('DELETE', `/v1/calls/${id}`)).json()).toMatchObject({ code: 'call_ended' })
    expect((await api.call('DELETE', `/v1/calls/${newId('call', 0)}`)).json()).toMatchObject({ code: 'not_found' })
  })
})

describe('messages', () => {
  it('are queued, listed and read', async () => {
    await addAnn()

    const sent = await api.call('POST', '/v1/messages', { body: { to: '1001', body: 'Lunch?' } })

    expect(sent.statusCode).toBe(201)
    expect(sent.json()).toMatchObject({
      state: 'queued',
      from: 'offhook',
      to: '1001',
      body: 'Lunch?',
      direction: 'outbound',
    })
    expect((await api.call('GET', '/v1/messages?to=1001')).json().items).toEqual([sent.json()])
    expect((await api.call('GET', `/v1/messages/${sent.json().id}`)).json()).toEqual(sent.json())
    const { rows } = await api.database.store.pool.query('select task_identifier from graphile_worker.jobs')
    expect(rows).toEqual([{ task_identifier: 'send-text' }])
  })

  it('name who cannot send and who cannot be reached', async () => {
    const refused = await api.call('POST', '/v1/messages', { body: { from: '+15550142', to: '1009', body: 'x' } })

    expect(fieldsOf(refused)).toEqual(['/from', '/to'])
    expect(fieldsOf(await api.call('POST', '/v1/messages', { body: { body: '' } }))).toEqual(['/to', '/body'])
  })
})
