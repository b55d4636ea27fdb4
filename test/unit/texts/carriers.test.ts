import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { Scope } from '../../../src/base/scope.ts'
import { readNews } from '../../../src/carriers/africas-talking/callback.ts'
import { textSender } from '../../../src/jobs/send-text.ts'
import { signPlivo } from '../../../src/webhooks/sign/plivo.ts'
import { signStandard } from '../../../src/webhooks/sign/standard.ts'
import { isPlivoSigned } from '../../../src/webhooks/sign/verify-plivo.ts'
import { adminToken, type TestApi, testApi } from '../../kit/api.ts'
import { type Answer, type Received, type Receiver, startReceiver } from '../../kit/receiver.ts'

const callbackKey = 'a-secret-of-this-test'
const token = 'a-token-of-this-test'
const authId = 'MAXXXXXXXXXXXXXXXXXX'
const theirs = '+254722000001'
const ours = '+15550100'

let api: TestApi
let company: Receiver
const scope = new Scope('test')
const json = (status: number, body: object, headers = {}): Answer => ({ status, headers, body: JSON.stringify(body) })

beforeEach(async () => {
  company = await startReceiver(scope)
  api = await testApi({
    carriers: {
      africasTalking: { url: company.url, username: 'sandbox', apiKey: 'at-key', callbackKey, voiceUrl: company.url },
      plivo: { url: company.url, authId, authToken: token, application: '4711' },
    },
  })
  await api.call('POST', '/v1/numbers', { body: { number: ours } })
})
afterEach(async () => {
  await api.close()
  company.close()
})

const form = (fields: Record<string, string>) => ({
  body: new URLSearchParams(fields).toString(),
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  token: '',
})
const message = async (id: string) => (await api.call('GET', `/v1/messages/${id}`)).json()
const texts = async () => (await api.call('GET', '/v1/messages')).json().items

async function send(more: object = {}, lastTry = true): Promise<string> {
  const { id } = (
    await api.call('POST', '/v1/messages', { body: { from: ours, to: theirs, body: 'Hello', ...more } })
  ).json()
  const { clock, bus, texts: ways, database } = api
  await textSender({ db: database.store.db, clock, log: silentLogger, bus, ways }).send(id, lastTry)
  return id
}
const route = (...carriers: string[]) =>
  api.call('PUT', '/v1/text-rules', {
    body: { routes: [{ prefix: '+254', carriers: carriers.map((carrier) => ({ carrier })) }] },
  })

const taken = (more: object = {}): Answer =>
  json(201, {
    SMSMessageData: {
      Message: 'Sent to 1/1 Total Cost: KES 0.8000',
      Recipients: [
        { statusCode: 101, number: theirs, cost: 'KES 0.8000', status: 'Success', messageId: 'ATXid_1', ...more },
      ],
    },
  })

describe("Africa's Talking", () => {
  const post = (fields: Record<string, string>, key = callbackKey) =>
    api.call('POST', `/carriers/africastalking/${key}`, form(fields))

  it('takes a text as its documentation has it, and reports on it', async () => {
    company.answer = () => taken()
    const id = await send()
    const sent = await message(id)
    await post({ id: 'ATXid_1', status: 'Buffered', phoneNumber: theirs, networkCode: '63902' })
    const buffered = await message(id)
    const answered = await post({ id: 'ATXid_1', status: 'Success', phoneNumber: theirs, networkCode: '63902' })

    const [request] = company.received as [Received]
    expect([request.method, request.path, request.headers.apikey]).toEqual(['POST', '/version1/messaging', 'at-key'])
    expect(Object.fromEntries(new URLSearchParams(request.body))).toEqual({
      ...{ username: 'sandbox', to: theirs, message: 'Hello', from: ours, bulkSMSMode: '1', enqueue: '1' },
    })
    expect([sent.state, sent.carrier, buffered.state]).toEqual(['sent', 'africastalking', 'sent'])
    expect(answered.statusCode).toBe(200)
    expect((await message(id)).state).toBe('delivered')
  })

  it('is believed when its report comes before its answer', async () => {
    company.answer = async () => {
      await post({ id: 'ATXid_1', status: 'FAILED', phoneNumber: theirs, failureReason: 'UserInBlackList' })
      return taken()
    }
    const id = await send()

    expect(await message(id)).toMatchObject({
      ...{ state: 'undelivered', code: 'blocked', reason: "Africa's Talking reports: FAILED (UserInBlackList)." },
    })
  })

  it.each([
    [taken({ statusCode: 403, status: 'InvalidPhoneNumber', messageId: 'None' }), 'failed', 'bad_receiver'],
    [taken({ statusCode: 406, status: 'UserInBlacklist', messageId: 'None' }), 'rejected', 'blocked'],
    [taken({ statusCode: 405, status: 'InsufficientBalance', messageId: 'None' }), 'failed', 'no_credit'],
    [json(201, { SMSMessageData: { Message: 'InvalidSenderId', Recipients: [] } }), 'failed', 'bad_sender'],
    [json(401, {}), 'failed', 'carrier_fault'],
  ])('says why it does not: %j', async (answer, state, code) => {
    company.answer = () => answer

    expect(await message(await send())).toMatchObject({ state, code })
  })

  it('brings a text that came in once, as a form or as JSON', async () => {
    const came = { date: '2026-01-01', from: theirs, id: 'in-1', text: 'Yes please', to: ours, networkCode: '63902' }
    await post(came)
    await api.call('POST', `/carriers/africastalking/${callbackKey}`, { body: came, token: '' })

    expect(await texts()).toMatchObject([{ direction: 'inbound', from: theirs, to: ours, body: 'Yes please' }])
  })

  it('brings a text that the webhook of the number is told of, signed', async () => {
    const hook = await startReceiver(scope)
    const number = encodeURIComponent(ours)
    const set = await api.call('PATCH', `/v1/numbers/${number}`, { body: { textsUrl: `${hook.url}/texts` } })
    await post({ from: theirs, id: 'in-1', text: 'Hello there', to: ours })
    const [{ path, body, headers }] = (await hook.count(1)) as [Received]
    hook.close()
    const secret = `whsec_${createHash('sha256').update(adminToken).digest('base64')}`
    const [id, timestamp] = [String(headers['webhook-id']), Number(headers['webhook-timestamp'])]

    expect(set.json().textsUrl).toBe(`${hook.url}/texts`)
    expect([path, JSON.parse(body)]).toMatchObject([
      '/texts',
      { type: 'message.received', data: { message: { from: theirs, to: ours, body: 'Hello there' } } },
    ])
    expect(headers['webhook-signature']).toBe(signStandard({ id, timestamp, body }, [secret])['webhook-signature'])
  })

  it('is known by the secret in its path', async () => {
    const came = { from: theirs, id: 'in-1', text: 'x', to: ours }

    expect((await post(came, 'another-secret-of-mine')).statusCode).toBe(404)
    expect((await post({ what: 'ever' })).statusCode).toBe(400)
    expect(await texts()).toEqual([])
  })

  it.each([
    [{ id: 'a', status: 'Rejected', failureReason: 'DoNotDisturbRejection' }, 'rejected', 'blocked'],
    [{ id: 'a', status: 'AbsentSubscriber' }, 'undelivered', 'absent'],
    [{ id: 'a', status: 'Expired' }, 'expired', 'expired'],
  ])('%j means %s', (posted, outcome, code) => {
    expect(readNews(posted)).toMatchObject({ kind: 'report', report: { ref: 'a', outcome, code } })
  })

  it('tells of those who want no texts', () => {
    expect(readNews({ senderId: '20880', phoneNumber: theirs })).toEqual({
      ...{ kind: 'opt_out', sender: '20880', receiver: theirs },
    })
  })
})

describe('Plivo', () => {
  const answer = (): Answer => json(202, { message: 'message(s) queued', message_uuid: ['uuid-1'], api_id: 'x' })

  function post(path: string, fields: Record<string, string>, by = token) {
    const url = `http://phone.test/carriers/plivo/${path}`
    const { headers, ...rest } = form(fields)
    const signed = signPlivo({ method: 'POST', url, params: Object.entries(fields), nonce: '12345' }, by)
    return api.call('POST', `/carriers/plivo/${path}`, { ...rest, headers: { ...headers, ...signed } })
  }

  it('takes a text, and reports on it with its signature', async () => {
    await route('plivo')
    company.answer = answer
    const id = await send()
    const { url } = JSON.parse(company.received[0]!.body)
    const path = new URL(url).pathname.replace('/carriers/plivo/', '') + new URL(url).search
    const facts = { MessageUUID: 'uuid-1', To: '254722000001', From: '15550100', Units: '1' }
    const forged = await post(path, { ...facts, Status: 'delivered' }, 'another token')
    const still = await message(id)
    const reported = await post(path, { ...facts, Status: 'undelivered', ErrorCode: '80' })

    expect(company.received[0]).toMatchObject({ method: 'POST', path: `/v1/Account/${authId}/Message/` })
    expect(company.received[0]!.headers.authorization).toBe(`Basic ${btoa(`${authId}:${token}`)}`)
    expect(JSON.parse(company.received[0]!.body)).toEqual({
      ...{ src: ours, dst: theirs, text: 'Hello', type: 'sms', method: 'POST' },
      url: `http://phone.test/carriers/plivo/reports?message=${id}`,
    })
    expect([forged.statusCode, still.state]).toEqual([404, 'sent'])
    expect(reported.statusCode).toBe(200)
    expect(await message(id)).toMatchObject({ state: 'undelivered', code: 'absent' })
  })

  it('brings a text that came in', async () => {
    const came = { MessageUUID: 'in-1', From: '254722000001', To: '15550100', Text: 'Hi & hello', Type: 'sms' }

    expect((await post('texts', came)).statusCode).toBe(200)
    expect(await texts()).toMatchObject([{ direction: 'inbound', from: theirs, to: ours, body: 'Hi & hello' }])
  })

  it('has numbers that are searched, bought and released', async () => {
    company.answer = ({ method, path }) => {
      if (method === 'GET')
        return json(200, { objects: [{ number: '14155550123', monthly_rental_rate: '0.80000', type: 'local' }] })
      return method === 'POST' ? json(201, { status: 'fulfilled', numbers: [{ number: path }] }) : { status: 204 }
    }
    const found = await api.call('GET', '/v1/numbers/available?contains=%2B1415')
    const made = await api.call('POST', '/v1/numbers', { body: { number: '+14155550123' } })
    const released = await api.call('DELETE', '/v1/numbers/+14155550123')

    expect(found.json().items).toMatchObject([{ number: '+14155550123', carrier: 'plivo', monthlyCost: 0.8 }])
    expect([made.statusCode, made.json().carrier, released.statusCode]).toEqual([201, 'plivo', 204])
    const lines = company.received.map(({ method, path }) => `${method} ${path.replace(`/v1/Account/${authId}/`, '')}`)
    expect(lines).toEqual([
      'GET PhoneNumber/?country_iso=US&limit=20&pattern=415',
      'POST PhoneNumber/14155550123/',
      'DELETE Number/14155550123/',
    ])
    expect(JSON.parse(company.received[1]!.body)).toEqual({ app_id: '4711' })
  })
})

test.each([
  // Vectors made with the company's own Python client.
  [
    'https://example.com/answer',
    'ZiS3kDPQ/B6EHMVVnv2Me8Z73/6SIrhz4mV9J7A16Rk=',
    { CallUUID: 'abc', From: '15550001111', To: '15550002222' },
  ],
  [
    'https://example.com/answer?x=1&a=2',
    'YtU7C/95YltwmtFG7x3hCHBdlRqDoJQsKUN9/N4lTBk=',
    { From: '15550001111', CallUUID: 'abc' },
  ],
  ['https://example.com/answer/', '5TEt2q+aUFkNfuE19svlYCxzcFLYNYRRPQFI11CQhYI=', {}],
])('the signature of %s is known', (url, signature, fields) => {
  const posted = { url, signature, nonce: '12345', params: Object.entries(fields) }

  expect(isPlivoSigned(posted, 'my_auth_token')).toBe(true)
  expect(isPlivoSigned({ ...posted, signature: `AAAA, ${signature}` }, 'my_auth_token')).toBe(true)
  expect(isPlivoSigned({ ...posted, nonce: '12346' }, 'my_auth_token')).toBe(false)
  expect(isPlivoSigned({ ...posted, nonce: undefined }, 'my_auth_token')).toBe(false)
  expect(isPlivoSigned(posted, 'my_auth_tokem')).toBe(false)
})

describe('a carrier that fails', () => {
  it('hands over to the next by rule', async () => {
    await route('africastalking', 'plivo')
    company.answer = ({ path }) =>
      path.startsWith('/version1') ? { status: 503 } : json(202, { message_uuid: ['uuid-1'] })

    expect(await message(await send())).toMatchObject({ state: 'sent', carrier: 'plivo' })
  })

  it('is tried again later where it is the last', async () => {
    company.answer = () => ({ status: 500 })

    await expect(send({}, false)).rejects.toThrow('status 500')
    expect(await texts()).toMatchObject([{ state: 'queued', attempts: 1 }])
  })

  it('and may have taken it is not asked again for a text that goes out once', async () => {
    await route('africastalking', 'plivo')
    company.answer = ({ path }) => (path.startsWith('/version1') ? json(201, { odd: true }) : answerOf('uuid-1'))
    const answerOf = (uuid: string): Answer => json(202, { message_uuid: [uuid] })
    const once = await send({ once: true })

    expect(await message(once)).toMatchObject({ state: 'sent', code: 'unsure', carrier: 'africastalking' })
    expect(await message(await send())).toMatchObject({ state: 'sent', code: null, carrier: 'plivo' })
  })
})
