import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newId } from '../../src/phone/id.ts'
import { Problem } from '../../src/phone/problem.ts'
import { addCallEvents, answerCall, endCall, insertCall, setCallForward } from '../../src/store/calls.ts'
import { getExtension } from '../../src/store/extensions.ts'
import { trunksToUse } from '../../src/store/trunks.ts'
import { type TestApi, testApi } from '../kit/api.ts'

let api: TestApi
beforeEach(async () => {
  api = await testApi()
})
afterEach(() => api.close())

const ann = { username: '1001', password: 'correct horse battery' }
const addAnn = () => api.call('POST', '/v1/extensions', { body: ann })
const forward = {
  name: 'Ann',
  targets: [
    { to: '1001', seconds: 10 },
    { to: '+15550142', seconds: 10 },
  ],
  notify: '1001',
}
const fieldsOf = (response: { json(): { errors?: { field: string }[] } }): string[] =>
  (response.json().errors ?? []).map((error) => error.field)

describe('extensions', () => {
  it('are added, listed, changed and deleted, and the phone is told', async () => {
    const made = await addAnn()
    expect(made.statusCode).toBe(201)
    const { id } = made.json()
    expect(made.headers.location).toBe(`/v1/extensions/${id}`)
    expect(made.json()).toMatchObject({
      username: '1001',
      outbound: { rule: 'national', maxCalls: 2 },
      registered: false,
    })

    const changed = await api.call('PATCH', `/v1/extensions/${id}`, {
      body: { name: 'Ann', outbound: { rule: 'none' } },
    })
    expect(changed.json()).toMatchObject({ name: 'Ann', outbound: { rule: 'none', maxCalls: 2 } })
    expect((await api.call('GET', '/v1/extensions/1001')).json()).toEqual(changed.json())
    expect((await api.call('GET', '/v1/extensions')).json()).toEqual({ items: [changed.json()] })

    expect((await api.call('DELETE', '/v1/extensions/1001')).statusCode).toBe(204)
    expect((await api.call('GET', `/v1/extensions/${id}`)).json()).toMatchObject({ status: 404, code: 'not_found' })
    expect(api.phone.reloads).toEqual(['extensions', 'extensions', 'extensions'])
  })

  it('keep HA1 values of RFC 7616 and no password', async () => {
    await addAnn()

    const row = await getExtension(api.database.store.db, '1001')

    const hash = (name: string) => createHash(name).update('1001:offhook:correct horse battery').digest('hex')
    expect(row).toMatchObject({ ha1Md5: hash('md5'), ha1Sha256: hash('sha256') })
    expect(JSON.stringify(row)).not.toContain('horse')
  })

  it('take new HA1 values with a new password', async () => {
    await addAnn()
    const before = await getExtension(api.database.store.db, '1001')

    await api.call('PATCH', '/v1/extensions/1001', { body: { password: 'another password' } })

    const after = await getExtension(api.database.store.db, '1001')
    expect(after?.ha1Md5).not.toBe(before?.ha1Md5)
    expect(after?.ha1Sha256).not.toBe(before?.ha1Sha256)
  })

  it('show the phones that are registered', async () => {
    await addAnn()
    const at = api.clock.wall()
    api.phone.contacts.set('1001', [
      { contact: 'sip:1001@192.0.2.4:5062', flow: 'udp 192.0.2.4:5062', registeredAt: at, expiresAt: at + 3600_000 },
    ])

    expect((await api.call('GET', '/v1/extensions/1001')).json()).toMatchObject({
      registered: true,
      contacts: [{ contact: 'sip:1001@192.0.2.4:5062', expiresAt: '2026-01-01T01:00:00.000Z' }],
    })
  })

  it('are one per name, whatever its case', async () => {
    await api.call('POST', '/v1/extensions', { body: { ...ann, username: 'ann' } })

    const again = await api.call('POST', '/v1/extensions', { body: { ...ann, username: 'Ann' } })

    expect(again.json()).toMatchObject({ status: 409, code: 'conflict' })
  })

  it('stay while something leads to them', async () => {
    await addAnn()
    const { id } = (await api.call('POST', '/v1/forwards', { body: forward })).json()

    const refused = await api.call('DELETE', '/v1/extensions/1001')

    expect(refused.json()).toMatchObject({ status: 409, code: 'in_use', detail: expect.stringContaining(id) })
  })

  it('may not show a number that is not theirs', async () => {
    const refused = await api.call('POST', '/v1/extensions', { body: { ...ann, callerId: '+15550100' } })

    expect(refused.json()).toMatchObject({ code: 'invalid_request', errors: [{ field: '/callerId' }] })
  })
})

describe('trunks', () => {
  const pstn = { name: 'pstn', uri: 'sip:127.0.0.1:5080;transport=udp', default: true }

  it('are added, listed, changed and deleted', async () => {
    const made = await api.call('POST', '/v1/trunks', { body: pstn })
    expect(made.statusCode).toBe(201)
    const { id } = made.json()
    api.phone.trunks.set(id, { state: 'static', sentence: 'Calls go to its address.' })
    expect((await api.call('GET', `/v1/trunks/${id}`)).json()).toMatchObject({
      default: true,
      hasPassword: false,
      registration: { state: 'static' },
    })

    const changed = await api.call('PATCH', `/v1/trunks/${id}`, {
      body: { username: 'u', password: 'secret', register: true },
    })
    expect(changed.json()).toMatchObject({ username: 'u', hasPassword: true, register: true })
    expect(changed.body).not.toContain('secret')
    expect((await api.call('DELETE', `/v1/trunks/${id}`)).statusCode).toBe(204)
    expect((await api.call('GET', '/v1/trunks')).json()).toEqual({ items: [] })
  })

  it('keep their password sealed, and open it for the signalling', async () => {
    const { db, keys, pool } = api.database.store
    await api.call('POST', '/v1/trunks', { body: { ...pstn, username: 'u', password: 'secret' } })

    const { rows } = await pool.query<{ password_sealed: Buffer }>('select password_sealed from trunks')
    expect(rows[0]?.password_sealed.includes('secret')).toBe(false)
    expect(await trunksToUse(db, keys)).toMatchObject([{ username: 'u', password: 'secret' }])
  })

  it('have one default: the last that was made so', async () => {
    const first = (await api.call('POST', '/v1/trunks', { body: pstn })).json()
    const second = (await api.call('POST', '/v1/trunks', { body: { ...pstn, name: 'other' } })).json()

    expect((await api.call('GET', `/v1/trunks/${first.id}`)).json().default).toBe(false)
    expect(second.default).toBe(true)
    expect((await api.call('POST', '/v1/trunks', { body: { ...pstn, name: 'PSTN' } })).json()).toMatchObject({
      code: 'conflict',
      detail: 'There is a trunk named PSTN already.',
    })
  })

  it.each([
    [{ uri: 'sip:a.example;transport=ws' }, ['/uri']],
    [{ uri: 'http://a.example' }, ['/uri']],
    [{ name: 'a\r\nVia: x' }, ['/name']],
    [{ register: true }, ['/username']],
    [{ password: 'x' }, ['/username']],
    [{ username: 'a"b', password: 'x' }, ['/username']],
    [{ addresses: ['10.0.0.0/8', '10.0.0.0/40', 'x'] }, ['/addresses/1', '/addresses/2']],
  ])('refuse %j', async (wrong, fields) => {
    const refused = await api.call('POST', '/v1/trunks', { body: { ...pstn, ...wrong } })

    expect(refused.statusCode).toBe(400)
    expect(fieldsOf(refused)).toEqual(fields)
  })
})

describe('numbers', () => {
  it('are searched, rented, assigned and released', async () => {
    await addAnn()
    const free = await api.call('GET', '/v1/numbers/available?contains=0110&limit=5')
    expect(free.json()).toEqual({ items: [{ number: '+15550110', carrier: 'local' }] })

    const rented = await api.call('POST', '/v1/numbers', { body: { number: '+15550110' } })
    expect(rented.statusCode).toBe(201)
    const { id } = rented.json()
    const assigned = await api.call('PATCH', '/v1/numbers/%2B15550110', {
      body: { assignment: { kind: 'extension', username: '1001' } },
    })
    expect(assigned.json()).toMatchObject({ id, assignment: { kind: 'extension', username: '1001' } })
    expect((await api.call('GET', '/v1/numbers')).json().items).toEqual([assigned.json()])

    expect((await api.call('DELETE', `/v1/numbers/${id}`)).statusCode).toBe(204)
    expect((await api.call('GET', `/v1/numbers/${id}`)).statusCode).toBe(404)
  })

  it('say why one cannot be had', async () => {
    await api.call('POST', '/v1/numbers', { body: { number: '+15550110' } })

    expect((await api.call('POST', '/v1/numbers', { body: { number: '+15550110' } })).json()).toMatchObject({
      status: 409,
      code: 'number_taken',
    })
    expect((await api.call('POST', '/v1/numbers', { body: { number: '+4930123456' } })).json()).toMatchObject({
      status: 404,
      code: 'number_not_offered',
    })
  })

  it('are given once each to many who ask at once, until there are none', async () => {
    const answers = await Promise.all(Array.from({ length: 25 }, () => api.call('POST', '/v1/numbers', { body: {} })))

    const rented = answers.filter((answer) => answer.statusCode === 201).map((answer) => answer.json().number)
    expect(new Set(rented).size).toBe(20)
    expect(answers.filter((answer) => answer.json().code === 'no_number_available')).toHaveLength(5)
  })

  it('refuse what they cannot be assigned to', async () => {
    await api.call('POST', '/v1/numbers', { body: { number: '+15550110' } })
    const patch = (body: object) => api.call('PATCH', '/v1/numbers/%2B15550110', { body })

    const refused = await patch({ assignment: { kind: 'extension', username: '1009' }, trunk: newId('trunk', 0) })

    expect(fieldsOf(refused)).toEqual(['/assignment/username', '/trunk'])
    expect(fieldsOf(await patch({ assignment: { kind: 'fax' } }))).toEqual(['/assignment/kind'])
    expect(fieldsOf(await patch({ assignment: { kind: 'menu', menu: newId('menu', 0) } }))).toEqual([
      '/assignment/menu',
    ])
  })
})

describe('forwards', () => {
  it('rent two numbers, and give them back when they are deleted', async () => {
    await addAnn()

    const made = await api.call('POST', '/v1/forwards', { body: forward })
    expect(made.statusCode).toBe(201)
    const { id, number, voicemailNumber } = made.json()
    expect([number, voicemailNumber]).toEqual(['+15550100', '+15550101'])
    expect(made.json()).toMatchObject({
      ...forward,
      callerId: 'caller',
      prompts: { greeting: 'Please leave your message after the beep' },
    })
    expect((await api.call('GET', '/v1/numbers')).json().items).toMatchObject([
      { number, assignment: { kind: 'forward', forward: id } },
      { number: voicemailNumber, assignment: { kind: 'voicemail', forward: id } },
    ])
    for (const taken of [number, voicemailNumber]) {
      expect((await api.call('DELETE', `/v1/numbers/${encodeURIComponent(taken)}`)).json().code).toBe('in_use')
    }

    expect((await api.call('DELETE', `/v1/forwards/${id}`)).statusCode).toBe(204)
    expect((await api.call('GET', '/v1/numbers')).json().items).toEqual([])
    expect((await api.call('DELETE', `/v1/forwards/${id}`)).statusCode).toBe(404)
  })

  it('change what is named and leave the rest', async () => {
    await addAnn()
    const { id, ...before } = (await api.call('POST', '/v1/forwards', { body: forward })).json()

    const changed = await api.call('PATCH', `/v1/forwards/${id}`, {
      body: { prompts: { greeting: '' }, notify: null, voicemail: { maxSeconds: 20 } },
    })

    expect(changed.json()).toEqual({
      ...before,
      id,
      notify: null,
      prompts: { ...before.prompts, greeting: '' },
      voicemail: { maxSeconds: 20, silenceSeconds: 5 },
      updatedAt: expect.any(String),
    })
  })

  it('rent nothing when one of the numbers cannot be had', async () => {
    await addAnn()

    const refused = await api.call('POST', '/v1/forwards', { body: { ...forward, voicemailNumber: '+4930123456' } })

    expect(refused.json().code).toBe('number_not_offered')
    expect((await api.call('GET', '/v1/numbers')).json().items).toEqual([])
  })

  it('name every bad field', async () => {
    const refused = await api.call('POST', '/v1/forwards', {
      body: {
        name: '',
        targets: [{ to: 'a b', seconds: 0 }, { seconds: 'x' }],
        notify: 5,
        prompts: { hello: '' },
        extra: 1,
      },
    })

    expect(refused.statusCode).toBe(400)
    expect(refused.headers['content-type']).toContain('application/problem+json')
    expect(fieldsOf(refused).sort()).toEqual([
      '/extra',
      '/name',
      '/notify',
      '/prompts/hello',
      '/targets/0/seconds',
      '/targets/0/to',
      '/targets/1/seconds',
      '/targets/1/to',
    ])
  })

  it('refuse whom they cannot reach', async () => {
    const refused = await api.call('POST', '/v1/forwards', {
      body: {
        name: 'x',
        targets: [{ to: '1009' }, { to: '+15550100' }],
        number: '+15550100',
        notify: 'sip:a@b.example',
      },
    })

    expect(refused.json().errors).toEqual([
      { field: '/targets/0/to', sentence: 'names no extension: there is no 1009' },
      { field: '/targets/1/to', sentence: "is the forward's own number +15550100, which would ring itself" },
      { field: '/notify', sentence: 'takes an extension or a number: texts go to no SIP URI' },
    ])
  })
})

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
