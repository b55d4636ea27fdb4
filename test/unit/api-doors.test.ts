import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Logger } from '../../src/base/log.ts'
import { silentLogger } from '../../src/base/log.ts'
import { newId } from '../../src/phone/id.ts'
import { queueMessage } from '../../src/store/messages.ts'
import { adminToken, type TestApi, testApi } from '../kit/api.ts'

let api: TestApi
let logged: object[]
beforeEach(async () => {
  logged = []
  const log: Logger = { ...silentLogger, error: (fields) => logged.push(fields) }
  api = await testApi({ log })
})
afterEach(() => api.close())

const makeToken = async (scopes: string[], more: object = {}) =>
  (await api.call('POST', '/v1/tokens', { body: { name: 'test', scopes, ...more } })).json()

describe('what is not there', () => {
  it('is told in the shape of the dialect that asks', async () => {
    const [account, call] = [
      '/v1/Account/MAOFFHOOKTESTACCOUNT',
      (method: 'GET' | 'PUT', path: string) => api.call(method, path),
    ]
    const unknown = await call('GET', `${account}/Nothing/`)
    const slash = await call('GET', `${account}/Application`)
    const put = await call('PUT', `${account}/Application/`)
    expect([unknown, slash, put].map(({ statusCode }) => statusCode)).toEqual([404, 404, 405])
    expect(unknown.json()).toEqual({ api_id: expect.any(String), error: 'there is no such path' })
    expect(slash.json().error).toBe('there is no such path; paths end in a slash')
    expect(put.json().error).toMatch(/^this path takes GET, .*POST/)
    expect((await call('GET', '/v1/nothing')).json()).toMatchObject({ code: 'not_found' })
  })

  it.each([
    ['DELETE', 'Application/', '', 'application/json', 405, /^this path takes GET, .*POST/],
    ['PATCH', 'Application/app_1/', '', 'application/json', 405, /^this path takes/],
    ['DELETE', 'Nothing/', '', 'application/json', 404, /^there is no such path/],
    ['PATCH', 'Nothing/', '{', 'application/json', 404, /^there is no such path/],
    ['POST', 'Nothing/', 'x'.repeat(300 * 1024), 'text/csv', 404, /^there is no such path/],
  ] as const)('is told so whatever the body of %s %s is', async (method, path, body, type, status, error) => {
    const headers = { 'content-type': type }
    const reply = await api.call(method, `/v1/Account/MAOFFHOOKTESTACCOUNT/${path}`, { body, headers })
    expect([reply.statusCode, reply.json()]).toEqual([
      status,
      { api_id: expect.any(String), error: expect.stringMatching(error) },
    ])
  })
})

describe('a path that the router itself refuses', () => {
  const [long, broken] = ['x'.repeat(257), '%ED%A0%80']
  const account = '/v1/Account/MAOFFHOOKTESTACCOUNT'
  const detail = { detail: expect.stringContaining('path') }
  it.each([
    [`${account}/Call/${long}/`, 404, { api_id: expect.any(String), error: expect.stringContaining('path') }],
    [`${account}/Call/${broken}/`, 404, { api_id: expect.any(String), error: expect.stringContaining('path') }],
    [`/api/extensions/${long}`, 404, detail],
    [`/api/extensions/${broken}/`, 404, detail],
    [`/open/ivr/${broken}`, 200, { status: 'error_malformed_params' }],
    [`/v1/calls/${long}`, 404, expect.objectContaining({ code: 'not_found', status: 404, ...detail })],
    [`/v1/calls/${broken}`, 404, expect.objectContaining({ code: 'not_found', status: 404, ...detail })],
    [`/r/${long}/recording.mp3`, 404, expect.objectContaining({ code: 'not_found', status: 404 })],
  ])('is told in the shape of whoever asks, and is no fault of ours: %.40s…', async (path, status, body) => {
    const reply = await api.call('GET', path)
    expect([reply.statusCode, reply.json()]).toEqual([status, body])
    expect(logged).toEqual([])
  })
})

describe('a body of the XML dialect that is no object', () => {
  it.each([
    ['[]', 'application/json'],
    ['"x"', 'application/json'],
    ['app_name=x', 'text/plain'],
  ])('is refused as a whole: %s as %s', async (body, type) => {
    const authorization = `Basic ${Buffer.from(`MAOFFHOOKTESTACCOUNT:${adminToken}`).toString('base64')}`
    const headers = { 'content-type': type, authorization }
    const reply = await api.call('POST', '/v1/Account/MAOFFHOOKTESTACCOUNT/Application/', { body, headers, token: '' })
    expect([reply.statusCode, reply.json().error]).toEqual([400, 'the body takes an object'])
  })
})

describe('tokens', () => {
  it('are shown once, work, and stop when they are revoked', async () => {
    const { token, ...shown } = await makeToken(['read'])
    expect(token).toMatch(/^oh_[\w-]{43}$/)
    expect((await api.call('GET', '/v1/calls', { token })).statusCode).toBe(200)
    const kept = await api.call('GET', `/v1/tokens/${shown.id}`)
    expect(kept.json()).toEqual({ ...shown, lastUsedAt: '2026-01-01T00:00:00.000Z' })
    expect((await api.call('GET', '/v1/tokens')).body).not.toContain(token)

    expect((await api.call('DELETE', `/v1/tokens/${shown.id}`)).statusCode).toBe(204)

    expect((await api.call('GET', '/v1/calls', { token })).json()).toMatchObject({ status: 401, code: 'unauthorized' })
  })

  it('are not in the database', async () => {
    const { token } = await makeToken(['read'])

    const { rows } = await api.database.store.pool.query('select * from tokens')

    expect(JSON.stringify(rows)).not.toContain(token)
    expect(rows.every((row) => (row.hash as Buffer).length === 32)).toBe(true)
  })

  it('end when they were made to', async () => {
    const { token } = await makeToken(['read'], { expiresAt: '2026-01-01T00:00:10.000Z' })
    expect((await api.call('GET', '/v1/calls', { token })).statusCode).toBe(200)
    api.clock.advance(10_000)

    expect((await api.call('GET', '/v1/calls', { token })).statusCode).toBe(401)
  })

  it.each([
    [['read'], 'GET', '/v1/calls', 200],
    [['read'], 'POST', '/v1/numbers', 403],
    [['write'], 'GET', '/v1/calls', 200],
    [['calls:read'], 'GET', '/v1/calls', 200],
    [['calls:read'], 'GET', '/v1/messages', 403],
    [['calls:write'], 'GET', '/v1/calls', 200],
    [['numbers:write'], 'POST', '/v1/numbers', 201],
    [['write'], 'GET', '/v1/tokens', 403],
    [['admin'], 'GET', '/v1/tokens', 200],
  ] as const)('with %j may %s %s: %i', async (scopes, method, url, status) => {
    const { token } = await makeToken([...scopes])

    const answer = await api.call(method, url, { token, ...(method === 'POST' ? { body: {} } : {}) })

    expect(answer.statusCode).toBe(status)
    if (status === 403)
      expect(answer.json()).toMatchObject({ code: 'forbidden', detail: expect.stringContaining('needs the scope') })
  })

  it('come as Bearer or Token, in any case', async () => {
    const { token } = await makeToken(['read'])
    for (const authorization of [`Bearer ${token}`, `Token ${token}`, `token ${token}`, `BEARER  ${token}`]) {
      expect(
        (await api.call('GET', '/v1/calls', { token: '', headers: { authorization } })).statusCode,
        authorization,
      ).toBe(200)
    }
    for (const authorization of [token, `Basic ${token}`, 'Bearer', `Bearer ${token} x`]) {
      const refused = await api.call('GET', '/v1/calls', { token: '', headers: { authorization } })
      expect(refused.statusCode, authorization).toBe(401)
      expect(refused.headers['www-authenticate']).toBe('Bearer realm="offhook"')
    }
  })

  it('that are wrong may be tried ten times a minute; a right one works all the same', async () => {
    const { token } = await makeToken(['read'])
    await api.call('GET', '/v1/calls', { token })
    const guess = () => api.call('GET', '/v1/calls', { token: 'oh_wrong' })
    for (let i = 0; i < 10; i++) expect((await guess()).statusCode).toBe(401)

    const blocked = await guess()

    expect(blocked.json()).toMatchObject({ status: 429, code: 'rate_limited' })
    expect(blocked.headers['retry-after']).toBe('60')
    expect((await api.call('GET', '/v1/calls', { token })).statusCode).toBe(200)
    api.clock.advance(60_000)
    expect((await guess()).statusCode).toBe(401)
  })
})

describe('Idempotency-Key', () => {
  const rent = (key: string, body: object = {}) =>
    api.call('POST', '/v1/numbers', { body, headers: { 'idempotency-key': key } })
  const rented = async () => (await api.call('GET', '/v1/numbers')).json().items.length

  it('does a thing once and gives the same answer', async () => {
    const first = await rent('a')
    const again = await rent('a')

    expect(again.statusCode).toBe(201)
    expect(again.body).toBe(first.body)
    expect(again.headers['idempotency-replayed']).toBe('true')
    expect(await rented()).toBe(1)
  })

  it('does a thing once when many ask at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => rent('a')))

    expect(await rented()).toBe(1)
    for (const answer of answers) expect([201, 409]).toContain(answer.statusCode)
  })

  it('is refused for another body, and is another key for another token', async () => {
    await rent('a')
    const { token } = await makeToken(['write'])

    expect((await rent('a', { number: '+15550105' })).json()).toMatchObject({
      status: 422,
      code: 'idempotency_mismatch',
    })
    const other = await api.call('POST', '/v1/numbers', { token, body: {}, headers: { 'idempotency-key': 'a' } })
    expect(other.statusCode).toBe(201)
    expect(await rented()).toBe(2)
  })

  it('gives a refusal again too, and nothing after a day', async () => {
    await rent('a', { number: '+15550105' })
    const refused = await rent('b', { number: '+15550105' })
    await api.call('DELETE', '/v1/numbers/%2B15550105')

    expect((await rent('b', { number: '+15550105' })).body).toBe(refused.body)
    api.clock.advance(24 * 3600_000 + 1)
    expect((await rent('b', { number: '+15550105' })).statusCode).toBe(201)
  })

  it('keeps no secret of an answer in clear', async () => {
    const made = await api.call('POST', '/v1/tokens', {
      body: { name: 'x', scopes: ['read'] },
      headers: { 'idempotency-key': 'a' },
    })

    const { rows } = await api.database.store.pool.query('select body from idempotency_keys')

    expect(rows).toHaveLength(1)
    expect(rows[0].body).not.toContain(made.json().token)
    const again = await api.call('POST', '/v1/tokens', {
      body: { name: 'x', scopes: ['read'] },
      headers: { 'idempotency-key': 'a' },
    })
    expect(again.json().token).toBe(made.json().token)
  })

  it('can be tried again after a fault of ours', async () => {
    api.phone.reload = async () => {
      throw new Error('the phone is broken')
    }
    expect((await rent('a')).statusCode).toBe(500)
    api.phone.reload = async () => {}

    expect((await rent('a')).statusCode).toBe(201)
  })

  it('is one line of text', async () => {
    expect((await rent('x'.repeat(256))).json()).toMatchObject({
      code: 'invalid_request',
      errors: [{ field: 'Idempotency-Key' }],
    })
  })
})

describe('problems', () => {
  it('say what is wrong with a body', async () => {
    const post = (payload: string, type = 'application/json') =>
      api.call('POST', '/v1/extensions', { body: payload, headers: { 'content-type': type } })

    expect((await post('{"username":')).json()).toMatchObject({ status: 400, code: 'invalid_json' })
    expect((await post('')).json()).toMatchObject({ status: 400, code: 'invalid_json' })
    expect((await post('{"__proto__":{"x":1}}')).json()).toMatchObject({ status: 400, code: 'invalid_json' })
    expect((await post('username=1001', 'application/x-www-form-urlencoded')).json()).toMatchObject({
      status: 415,
      code: 'unsupported_media_type',
    })
    expect((await post(`"${'x'.repeat(300_000)}"`)).json()).toMatchObject({ status: 413, code: 'payload_too_large' })
    expect((await post('[]')).json()).toMatchObject({
      code: 'invalid_request',
      errors: [{ field: '', sentence: 'takes an object' }],
    })
    expect((await api.call('POST', '/v1/extensions')).json()).toMatchObject({
      code: 'invalid_request',
      errors: [{ field: '/username', sentence: 'is missing; it takes text' }, { field: '/password' }],
    })
  })

  it('say in the form of all others that a path cannot be read', async () => {
    const answer = await api.call('GET', '/v1/extensions/%ff')

    expect(answer.statusCode).toBe(404)
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.json()).toMatchObject({ code: 'not_found' })
  })

  it('refuse a cursor that is none', async () => {
    expect((await api.call('GET', '/v1/calls?after=garbage')).json()).toMatchObject({
      code: 'invalid_request',
      errors: [{ field: '/after' }],
    })
  })

  it('tell an unknown path from a method that is not taken', async () => {
    expect((await api.call('GET', '/v1/nothing')).json()).toMatchObject({ status: 404, code: 'not_found' })
    const wrong = await api.call('PUT', '/v1/extensions/1001', { body: {} })
    expect(wrong.json()).toMatchObject({ status: 405, code: 'method_not_allowed' })
    expect(wrong.headers.allow).toBe('DELETE, GET, HEAD, PATCH')
  })

  it('tell nothing of a fault of ours, and log it', async () => {
    api.phone.contactsOf = () => {
      throw new Error('secret detail')
    }
    const refused = await api.call('POST', '/v1/extensions', { body: { username: '1001', password: 'correct horse' } })

    expect(refused.json()).toMatchObject({ status: 500, code: 'internal' })
    expect(refused.body).not.toContain('secret detail')
    expect(logged).toMatchObject([{ err: { message: 'secret detail' }, request: refused.json().instance }])
  })

  it('refuse ids that are none before the store is asked', async () => {
    for (const id of ['call_x', 'tok_1', "call_' or 1=1", '%00']) {
      const refused = await api.call('GET', `/v1/calls/${encodeURIComponent(id)}`)
      expect(refused.json(), id).toMatchObject({ status: 400, code: 'invalid_request', errors: [{ field: '/id' }] })
    }
  })

  it('do not name the server or open it to other sites', async () => {
    const answer = await api.call('GET', '/v1/calls', { headers: { origin: 'https://evil.example' } })

    expect(answer.headers['x-powered-by']).toBeUndefined()
    expect(answer.headers.server).toBeUndefined()
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
    expect(answer.headers['x-content-type-options']).toBe('nosniff')
    expect(answer.headers['cache-control']).toBe('no-store')
  })
})

describe('health', () => {
  it('is alive, and ready when database, sip and media are', async () => {
    expect((await api.call('GET', '/healthz', { token: '' })).json()).toEqual({
      status: 'alive',
      version: '0.0.0-test',
    })
    expect((await api.call('GET', '/readyz', { token: '' })).statusCode).toBe(200)

    api.phone.sip = { ready: false, sentence: 'UDP port 5060 is not open yet.' }

    const answer = await api.call('GET', '/readyz', { token: '' })
    expect(answer.statusCode).toBe(503)
    expect(answer.json()).toMatchObject({ ready: false, database: { ready: true }, sip: api.phone.sip })
  })
})

describe('events', () => {
  it('tell what happens to who may read it, as it is read elsewhere', async () => {
    const { db } = api.database.store
    const { token } = await makeToken(['messages:read'])
    const address = await api.app.listen({ host: '127.0.0.1', port: 0 })
    const aborter = new AbortController()
    const stream = await fetch(`${address}/v1/events`, {
      headers: { authorization: `Bearer ${token}` },
      signal: aborter.signal,
    })
    expect(stream.headers.get('content-type')).toContain('text/event-stream')
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader()
    let text = (await reader.read()).value ?? ''
    const at = api.clock.wall()
    const id = newId('message', at)
    await queueMessage(db, { id, from: 'offhook', to: '1001', body: 'Two\nlines', key: null, createdAt: new Date(at) })

    api.bus.publish({ type: 'call.started', at, call: newId('call', at) })
    api.bus.publish({ type: 'message.queued', at, message: id })
    while (!text.includes('data:')) text += (await reader.read()).value ?? ''

    const [, type, data] = /event: (.+)\ndata: (.+)\n\n$/.exec(text) ?? []
    expect(type).toBe('message.queued')
    expect(JSON.parse(data ?? '')).toEqual({
      type: 'message.queued',
      at: '2026-01-01T00:00:00.000Z',
      message: (await api.call('GET', `/v1/messages/${id}`)).json(),
    })
    expect(api.clock.waiting).toBe(1)
    await api.scope.close()
    await reader.closed.catch(() => {})
    expect([api.clock.waiting, api.bus.listeners]).toEqual([0, 0])
  })
})
