import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newId } from '../../src/phone/id.ts'
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
    [{ uri: 'asterisk:PJSIP/carrier' }, ['/uri']],
    [{ uri: 'freeswitch:user/{number},user/1002' }, ['/uri']],
    [{ uri: 'asterisk:PJSIP/{number}@a', username: 'u', password: 'x' }, ['/username']],
    [{ uri: 'asterisk:PJSIP/{number}@a', username: 'u', register: true }, ['/username']],
    [{ name: 'a\r\nVia: x' }, ['/name']],
    [{ register: true }, ['/username']],
    [{ password: 'x' }, ['/username']],
    [{ username: 'a"b', password: 'x' }, ['/username']],
    [{ addresses: ['10.0.0.0/8', '10.0.0.0/40', 'x'] }, ['/addresses/1', '/addresses/2']],
    [{ callerId: 'Ann' }, ['/callerId']],
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
    expect(free.json()).toEqual({ items: [{ number: '+15550110', carrier: 'local', monthlyCost: null }] })

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
