import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type TestApi, testApi } from '../kit/api.ts'

let api: TestApi
beforeEach(async () => {
  api = await testApi({ numbers: ['+17862062698', '+17862062705'] })
})
afterEach(() => api.close())

/** As its programs sign in. */
async function call(method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE', path: string, body?: unknown) {
  const token = (await api.call('POST', '/v1/tokens', { body: { name: 'crawler', scopes: ['write'] } })).json().token
  const headers = { authorization: `Token ${token}` }
  return api.call(method, `/api/${path}`, { token: '', headers, ...(body === undefined ? {} : { body }) })
}
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)

describe('the door', () => {
  it('takes Token, and says what is wrong in `detail`', async () => {
    const none = await api.call('GET', '/api/extensions/', { token: '' })
    const wrong = await api.call('GET', '/api/extensions/', { token: '', headers: { authorization: 'Token wrong' } })

    expect([none.statusCode, wrong.statusCode]).toEqual([401, 401])
    expect(none.json()).toEqual({ detail: expect.stringContaining('Authorization: Token <token>') })
    expect(none.headers['www-authenticate']).toBe('Token')
  })

  it('asks for the scope that ours do', async () => {
    const made = await api.call('POST', '/v1/tokens', { body: { name: 'reader', scopes: ['extensions:read'] } })
    const { token } = made.json()
    const as = (method: 'GET' | 'POST', path: string) => api.call(method, path, { token, body: {} })

    expect((await api.call('GET', '/api/extensions/', { token })).statusCode).toBe(200)
    expect((await as('POST', '/api/sendsms/')).statusCode).toBe(403)
    expect((await api.call('GET', '/api/did_numbers/', { token })).statusCode).toBe(403)
  })

  it('says what is no JSON', async () => {
    const headers = { 'content-type': 'application/json' }
    const reply = await api.call('POST', '/api/sendsms/', { headers, body: '{' })

    expect([reply.statusCode, reply.json()]).toEqual([400, { detail: expect.stringContaining('JSON') }])
  })
})

it('takes numbers without quotes where digits are text, as there', async () => {
  const made = await call('POST', 'extensions/', { sip_username: 1003, sip_password: 123456, cellphone: 17865550199 })
  const bought = await call('POST', 'did_numbers/', { phonenumber: 17862062698, extension: made.json().id })
  const sent = await call('POST', 'sendsms/', { sms_to: 17865550199, sms_body: 'hello' })

  expect([made.statusCode, bought.statusCode, sent.statusCode]).toEqual([201, 201, 201])
  expect(made.json()).toMatchObject({ sip_username: '1003', cellphone: '17865550199' })
  expect([bought.json().phonenumber, sent.json().sms_to]).toEqual(['17862062698', '17865550199'])
})

describe('extensions', () => {
  const create = { sip_username: '1003', sip_password: '123456' }

  it('are made as the example does, and listed without their password', async () => {
    const made = await call('POST', 'extensions/', create)
    const list = await call('GET', 'extensions/')

    expect(made.statusCode).toBe(201)
    const { id } = made.json()
    expect(made.json()).toEqual({
      ...create,
      id: expect.any(Number),
      user: { id: 1, username: 'offhook' },
      cellphone: '',
      transcription: 0,
      created_at: time,
      updated_at: time,
    })
    expect(list.json()).toEqual([
      {
        id,
        user_id: 1,
        cellphone: '',
        transcription: 0,
        sip_username: '1003',
        sip_password: null,
        updated_at: time,
        domain: 'phone.test',
      },
    ])
    const native = await api.call('GET', '/v1/extensions/1003')
    expect(native.json()).toMatchObject({ username: '1003' })
  })

  it('are found with and without the slash, changed in part, and deleted', async () => {
    const { id } = (await call('POST', 'extensions/', create)).json()

    const changed = await call('PATCH', `extensions/${id}/`, { cellphone: '17865550100' })
    const read = await call('GET', `extensions/${id}`)
    const gone = await call('DELETE', `extensions/${id}/`)

    expect(changed.json()).toMatchObject({ cellphone: '17865550100', sip_password: null })
    expect(read.json()).toMatchObject({ id, cellphone: '17865550100', sip_username: '1003' })
    expect(gone.statusCode).toBe(204)
    expect((await call('GET', `extensions/${id}`)).statusCode).toBe(404)
  })

  it('name the field that cannot be accepted', async () => {
    await call('POST', 'extensions/', create)

    const twice = await call('POST', 'extensions/', create)
    const empty = await call('POST', 'extensions/', {})

    expect([twice.statusCode, twice.json()]).toEqual([400, { sip_username: [expect.stringContaining('1003')] }])
    const missing = ['is missing; it takes text']
    expect([empty.statusCode, empty.json()]).toEqual([400, { sip_username: missing, sip_password: missing }])
  })

  it('are not renamed, nor taken from a number of theirs', async () => {
    const { id } = (await call('POST', 'extensions/', create)).json()
    await call('POST', 'did_numbers/', { phonenumber: '17862062698', extension: id })

    const renamed = await call('PUT', `extensions/${id}/`, { sip_username: '1004', sip_password: '123456' })
    const deleted = await call('DELETE', `extensions/${id}/`)

    expect(renamed.json()).toEqual({ sip_username: [expect.stringContaining('1003')] })
    expect([deleted.statusCode, deleted.json()]).toEqual([
      400,
      { non_field_errors: [expect.stringContaining('+17862062698')] },
    ])
  })
})

describe('did_numbers', () => {
  it('are searched by area code, bought and assigned, and given back', async () => {
    const { id: extension } = (
      await call('POST', 'extensions/', { sip_username: '1003', sip_password: '123456' })
    ).json()

    const found = await call('GET', 'did_numbers/search/?npa=786&limit=2')
    const bought = await call('POST', 'did_numbers/', { phonenumber: '17862062698', extension })
    const list = await call('GET', 'did_numbers/')

    expect(found.json()).toEqual({
      data: [
        { number: '17862062698', monthly_cost: 0 },
        { number: '17862062699', monthly_cost: 0 },
      ],
    })
    expect(bought.statusCode).toBe(201)
    const { id } = bought.json()
    expect(list.json()).toEqual([
      {
        id,
        provider: expect.any(Number),
        phonenumber: '17862062698',
        domain: 'phone.test',
        extension,
        created_at: time,
      },
    ])
    expect((await api.call('GET', '/v1/numbers/%2B17862062698')).json().assignment).toEqual({
      kind: 'extension',
      username: '1003',
    })
    expect((await call('DELETE', `did_numbers/${id}/`)).statusCode).toBe(204)
    expect((await call('GET', 'did_numbers/')).json()).toEqual([])
    expect((await call('GET', 'did_numbers/search/?npa=786&limit=1')).json().data[0].number).toBe('17862062698')
  })

  it('say so when one cannot be had', async () => {
    await call('POST', 'did_numbers/', { phonenumber: '17862062698' })

    const taken = await call('POST', 'did_numbers/', { phonenumber: '17862062698' })
    const foreign = await call('POST', 'did_numbers/', { phonenumber: '13055550100' })
    const nobody = await call('POST', 'did_numbers/', { phonenumber: '17862062699', extension: 99 })
    const nothing = await call('POST', 'did_numbers/', { phonenumber: '17862062699', extension: 2147483648 })

    expect([taken.statusCode, taken.json()]).toEqual([400, { phonenumber: [expect.stringContaining('rented')] }])
    expect(foreign.json()).toEqual({ phonenumber: [expect.stringContaining('range')] })
    for (const refused of [nobody, nothing])
      expect(refused.json()).toEqual({ extension: [expect.stringContaining('A valid value is required')] })
    expect((await call('GET', 'did_numbers/')).json()).toHaveLength(1)
  })

  it('finds nothing in another area', async () => {
    expect((await call('GET', 'did_numbers/search/?npa=862')).json()).toEqual({ data: [] })
  })
})

describe('sendsms', () => {
  const text = { sms_to: '17865550199', sms_body: 'hello', callback_url: 'http://127.0.0.1:8090/answers' }

  it('queues the text and answers as the example does', async () => {
    await call('POST', 'did_numbers/', { phonenumber: '17862062698' })

    const sent = await call('POST', 'sendsms/', text)

    expect([sent.statusCode, sent.json()]).toEqual([201, { id: expect.any(Number), ...text, status: 0 }])
    const { items } = (await api.call('GET', '/v1/messages')).json()
    expect(items).toMatchObject([{ from: '+17862062698', to: '+17865550199', body: 'hello', state: 'queued' }])
  })

  it.each([
    ['sms_to', { ...text, sms_to: 'nobody at all' }],
    ['sms_body', { ...text, sms_body: '' }],
    ['callback_url', { ...text, callback_url: 'http://10.0.0.1/' }],
    ['callback_url', { ...text, callback_url: 'no url' }],
  ])('names %s where it cannot be accepted', async (field, body) => {
    await call('POST', 'did_numbers/', { phonenumber: '17862062698' })

    const refused = await call('POST', 'sendsms/', body)

    expect([refused.statusCode, Object.keys(refused.json())]).toEqual([400, [field]])
    expect((await api.call('GET', '/v1/messages')).json().items).toEqual([])
  })

  it('needs a number of the site to send from', async () => {
    const none = await call('POST', 'sendsms/', text)
    const foreign = await call('POST', 'sendsms/?from_number=13055550100', text)

    expect([none.json(), foreign.json()]).toEqual([
      { from_number: [expect.stringContaining('rented')] },
      { from_number: [expect.stringContaining('rented')] },
    ])
  })
})
