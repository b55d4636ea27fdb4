import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { Scope } from '../../../src/base/scope.ts'
import { africasTalkingName } from '../../../src/carriers/africas-talking/texts.ts'
import { textSender } from '../../../src/jobs/send-text.ts'
import { TextLedger } from '../../../src/jobs/text-ledger.ts'
import { getVoiceMessage } from '../../../src/store/voice-messages.ts'
import { gatewayKey, type TestApi, testApi } from '../../kit/api.ts'
import { type Receiver, startReceiver } from '../../kit/receiver.ts'

const scope = new Scope('test')
const us = '+254711082880'
const to = '+254722000020'
let company: Receiver
let api: TestApi

beforeAll(async () => {
  company = await startReceiver(scope)
  const account = {
    url: company.url,
    username: 'sandbox',
    apiKey: 'at-key',
    callbackKey: undefined,
    voiceUrl: company.url,
  }
  api = await testApi({ carriers: { africasTalking: { ...account, voice: { url: company.url, number: us } } } })
  // The last text to this phone did not reach anybody.
  await api.call('POST', '/v1/numbers', { body: { number: '+15550100' } })
  const { id } = await api.texts.send({ from: '+15550100', to, body: 'lost' })
  const { clock, bus, database } = api
  const ledger = new TextLedger({ db: database.store.db, clock, bus, log: silentLogger })
  await ledger.taken(id, africasTalkingName, ['gone'], undefined)
  await ask('/dlr', { id: 'gone', status: 'AbsentSubscriber' })
})
afterAll(async () => {
  await api.close()
  await scope.close()
})
beforeEach(() => {
  company.received.length = 0
})

const ask = (path: string, body: object) => api.call('POST', `${path}?key=${gatewayKey}`, { body, token: '' })
const queued = (status: string, sessionId: string) => ({
  status: 201,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ entries: [{ phoneNumber: to, status, sessionId }], errorMessage: 'None' }),
})
/** What the company was asked, as form fields. */
const asked = () => company.received.map(({ body }) => Object.fromEntries(new URLSearchParams(body)))

/** The company rings, somebody answers, and it speaks what it is told to. @returns what is heard */
async function ring(request: string, sessionId: string): Promise<string> {
  const call = { sessionId, clientRequestId: request, direction: 'Outbound', callerNumber: to, destinationNumber: us }
  const document = (await ask('/communicate', { ...call, isActive: '1' })).body
  await ask('/communicate', { ...call, isActive: '0', durationInSeconds: '4', hangupCause: 'NORMAL_CLEARING' })
  return /<Say>([^<]*)<\/Say>/.exec(document)?.[1] ?? ''
}

describe("a message spoken by a call of Africa's Talking", () => {
  it('is that of each call, also of two to one phone whose second is answered first', async () => {
    let n = 0
    company.answer = () => queued('Queued', `ATVId_${++n}`)
    const messages: string[] = []
    for (const message of ['First', 'Second']) {
      const reply = (await ask('/communicate', { to, message })).json<{ kind: string; id: string }>()
      expect(reply.kind).toBe('voice_message')
      messages.push(reply.id)
    }
    expect(company.received.map(({ method, path, headers }) => [method, path, headers.apikey])).toEqual([
      ['POST', '/call', 'at-key'],
      ['POST', '/call', 'at-key'],
    ])
    expect(asked()).toEqual(messages.map((clientRequestId) => ({ username: 'sandbox', from: us, to, clientRequestId })))
    expect(await ring(messages[1]!, 'ATVId_2')).toBe('Second')
    expect(await ring(messages[0]!, 'ATVId_1')).toBe('First')
    for (const id of messages)
      expect(await getVoiceMessage(api.database.store.db, id)).toMatchObject({ state: 'spoken', seconds: 4 })
  })

  it('goes by what is known of a contact, which learns what came of the call', async () => {
    company.answer = () => queued('Queued', 'ATVId_contact')
    const [phone, gone] = ['+254722000077', '+254722000078']
    const contact = await api.call('POST', '/v1/contacts', { body: { phone, status: 'inactive' } })
    await api.call('POST', '/v1/contacts', { body: { phone: gone, optedOut: true } })

    const reply = (await ask('/communicate', { to: phone, message: 'To a contact' })).json<{
      kind: string
      id: string
    }>()
    const heard = await ring(reply.id, 'ATVId_contact')
    const refused = await ask('/communicate', { to: gone, message: 'Nothing' })

    expect([reply.kind, heard]).toEqual(['voice_message', 'To a contact'])
    const { id } = contact.json<{ id: string }>()
    expect((await api.call('GET', `/v1/contacts/${id}`)).json()).toMatchObject({
      ...{ status: 'inactive', lastCall: { code: 'heard' }, contacted: { by: 'call' } },
    })
    expect([refused.statusCode, refused.json<{ code: string }>().code]).toEqual([409, 'opted_out'])
  })

  it('is found by the session alone where the company leaves our name of the call out', async () => {
    company.answer = () => queued('Queued', 'ATVId_alone')
    await ask('/communicate', { to, message: 'By session' })
    const reply = await ask('/communicate', {
      sessionId: 'ATVId_alone',
      isActive: '1',
      destinationNumber: '+254700000000',
    })
    expect(reply.body).toContain('<Say>By session<')
  })

  it.each([
    ['refuses the number', queued('InvalidPhoneNumber', 'None'), /did not place the call: InvalidPhoneNumber\./],
    ['fails', { status: 500, body: 'oops' }, /it answered 500/],
  ])('is refused with a reason where the company %s', async (_, answer, sentence) => {
    company.answer = () => answer
    const reply = await ask('/communicate', { to, message: 'Never' })
    expect(reply.statusCode).toBe(502)
    expect(reply.json()).toMatchObject({ code: 'carrier_failed', detail: expect.stringMatching(sentence) })
    const [request] = asked()
    expect(await getVoiceMessage(api.database.store.db, request?.clientRequestId ?? '')).toMatchObject({
      state: 'failed',
    })
  })
})

describe('a text that no report comes on', () => {
  it('is followed by a call, also where reports come to /dlr', async () => {
    const { clock, bus, database } = api
    const silent = '+254722000099'
    const { id } = await api.texts.send({ from: '+15550100', to: silent, body: 'lost' })
    company.answer = () => ({
      ...{ status: 201, headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ SMSMessageData: { Recipients: [{ statusCode: 101, messageId: 'quiet' }] } }),
    })
    const sender = textSender({ db: database.store.db, clock, log: silentLogger, bus, ways: api.texts })
    await sender.send(id, true)
    const { rows } = await database.store.pool.query(
      "select run_at from graphile_worker._private_jobs where key = 'text-silent:' || $1",
      [id],
    )
    await sender.silent(id)
    company.answer = () => queued('Queued', 'ATVId_quiet')
    const reply = (await ask('/communicate', { to: silent, message: 'Instead' })).json<{ kind: string }>()

    expect(rows).toHaveLength(1)
    expect(reply.kind).toBe('voice_message')
  })
})
