import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { africasTalkingName } from '../../../src/carriers/africas-talking/texts.ts'
import { TextLedger } from '../../../src/jobs/text-ledger.ts'
import type { MessageRow } from '../../../src/store/messages.ts'
import { voiceMessageOfSession } from '../../../src/store/voice-messages.ts'
import { gatewayKey, type TestApi, testApi } from '../../kit/api.ts'
import { eventually } from '../../kit/eventually.ts'

/** The requests of source document 5, with the commas that two of them lack. */
const samples = {
  dlr: {
    ...{ id: 'ATx138920183226162773', status: 'FAILED', phoneNumber: '+254722000000', networkCode: '63902' },
    failureReason: 'UserIsInactive',
  },
  receiveSMS: {
    ...{ from: '+254722000000', to: '20414', text: 'Ruby', date: '2018-07-10' },
    ...{ id: 'ATidx138920183226162773', linkId: 'ATldx138920183226162773' },
  },
  communicate: { to: '+254722000000', message: 'I am a lumberjack, I work all day and sleep all night!' },
  voice: {
    ...{ isActive: '1', sessionId: 'ATidx13892018322632001901', direction: 'outgoing' },
    ...{ callerNumber: '+254711082880', destinationNumber: '+254722000000', dtmfDigits: '' },
    ...{
      recordingUrl: 'http.cms.africastalking.com/xkdLsI',
      durationInSeconds: '3.21',
      currencyCode: 'KES',
      amount: '0.58',
    },
  },
} as const

let api: TestApi
let ledger: TextLedger
const sender = '+15550100'

beforeAll(async () => {
  api = await testApi()
  await api.call('POST', '/v1/numbers', { body: { number: sender } })
  const { clock, bus } = api
  ledger = new TextLedger({ db: api.database.store.db, clock, bus, log: silentLogger })
})
afterAll(() => api.close())

const post = (path: string, body: object) => api.call('POST', `${path}?key=${gatewayKey}`, { body, token: '' })
const form = (path: string, fields: Readonly<Record<string, string>>) =>
  api.app.inject({
    method: 'POST',
    url: `${path}?key=${gatewayKey}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams(fields).toString(),
  })
/** A text that a carrier took. */
async function sent(to: string, body: string, ref?: string): Promise<string> {
  // The last of several is told by its time.
  api.clock.advance(1)
  const { id } = await api.texts.send({ from: sender, to, body })
  await ledger.taken(id, africasTalkingName, ref === undefined ? [] : [ref], undefined)
  return id
}
const message = async (id: string) => (await api.call('GET', `/v1/messages/${id}`)).json<MessageRow>()
const bodies = { json: post, form } as const

describe('reports', () => {
  it.each(['json', 'form'] as const)('are taken as %s, by the id of the gateway', async (kind) => {
    const id = await sent('+254722000001', 'Hello', `ref-${kind}`)
    const reply = await bodies[kind]('/dlr', { ...samples.dlr, id: `ref-${kind}` })
    expect(reply.statusCode).toBe(200)
    expect(await message(id)).toMatchObject({ state: 'undelivered', code: 'absent' })
  })

  it('are taken by the number where nobody knows the id: the request of the source', async () => {
    const id = await sent(samples.dlr.phoneNumber, 'Hello')
    expect((await post('/dlr', samples.dlr)).statusCode).toBe(200)
    expect(await message(id)).toMatchObject({ state: 'undelivered', code: 'absent' })
  })

  it('by the number are on none of two texts that could be meant', async () => {
    const ids = [await sent('+254722000002', 'One'), await sent('+254722000002', 'Two')]
    await post('/dlr', { ...samples.dlr, id: 'of-neither', phoneNumber: '+254722000002' })
    expect((await Promise.all(ids.map(message))).map(({ state }) => state)).toEqual(['sent', 'sent'])
  })

  it('say Success where a text arrived, in whatever case, and later ones change nothing', async () => {
    const id = await sent('+254722000003', 'Hello', 'good')
    for (const status of ['Buffered', 'success', 'Failed']) await post('/dlr', { id: 'good', status })
    expect(await message(id)).toMatchObject({ state: 'delivered' })
  })
})

/** What is kept of texts that say what that of the source says. */
const fromSource = async (): Promise<MessageRow[]> => {
  const { items } = (await api.call('GET', '/v1/messages?direction=inbound')).json<{ items: MessageRow[] }>()
  return items.filter(({ body }) => body === samples.receiveSMS.text)
}

describe('texts that come in', () => {
  it.each(['json', 'form'] as const)('are kept once, as %s', async (kind) => {
    const text = { ...samples.receiveSMS, to: sender, id: `in-${kind}`, text: `Ruby by ${kind}` }
    for (let time = 0; time < 2; time++) expect((await bodies[kind]('/receiveSMS', text)).statusCode).toBe(200)
    const listed = (await api.call('GET', '/v1/messages?direction=inbound')).json<{ items: MessageRow[] }>().items
    expect(listed.filter(({ body }) => body === text.text)).toMatchObject([{ from: '+254722000000', to: sender }])
  })

  it.each(['json', 'form'] as const)(
    'for a number that is not ours are answered, so that they come no more, and not kept: the request of the source as %s',
    async (kind) => {
      expect((await bodies[kind]('/receiveSMS', samples.receiveSMS)).statusCode).toBe(200)
      expect(await fromSource()).toEqual([])
    },
  )

  it('for a short code that texts go out as are kept, once: the request of the source', async () => {
    const rules = { routes: [{ prefix: '+254', from: samples.receiveSMS.to }] }
    expect((await api.call('PUT', '/v1/text-rules', { body: rules })).statusCode).toBe(200)
    for (const kind of ['json', 'form'] as const)
      expect((await bodies[kind]('/receiveSMS', samples.receiveSMS)).statusCode).toBe(200)
    expect(await fromSource()).toMatchObject([
      { direction: 'inbound', from: '+254722000000', to: '20414', body: 'Ruby', state: 'received' },
    ])
    await api.call('PUT', '/v1/text-rules', { body: {} })
  })

  it('say also that somebody wants none any more', async () => {
    const optOut = { senderId: sender, phoneNumber: '+254722000030' }
    expect((await form('/receiveSMS', optOut)).statusCode).toBe(200)
    const reply = await post('/communicate', { to: '+254722000030', message: 'Hello' })
    expect(reply.json()).toMatchObject({ code: 'opted_out', status: 409 })
  })

  it('name what they lack', async () => {
    const reply = await post('/receiveSMS', { from: '+254722000000' })
    expect(reply.json()).toMatchObject({ errors: [{ field: '/to' }, { field: '/id' }] })
  })
})

describe('a message to somebody', () => {
  it('goes by text to whom nothing is known of, and to whom the last one reached', async () => {
    const to = '+254722000010'
    const first = (await post('/communicate', { ...samples.communicate, to })).json<{ kind: string; id: string }>()
    expect(first.kind).toBe('text')
    expect(await message(first.id)).toMatchObject({ to, body: samples.communicate.message, direction: 'outbound' })
    await ledger.taken(first.id, africasTalkingName, ['reached'], undefined)
    await post('/dlr', { id: 'reached', status: 'Success' })
    expect((await form('/communicate', { ...samples.communicate, to })).json()).toMatchObject({ kind: 'text' })
  })

  it('goes by call to whom the last text did not reach: the request of the source, after its report', async () => {
    const before = api.phone.placed.length
    const reply = await post('/communicate', samples.communicate)
    expect(reply.statusCode).toBe(201)
    expect(reply.json()).toMatchObject({ kind: 'call' })
    expect(api.phone.placed.slice(before)).toMatchObject([
      {
        ...{ from: { e164: sender }, to: { e164: '+254722000000' } },
        by: { actions: [{ block: 'play', prompt: { text: samples.communicate.message } }, { block: 'hangup' }] },
      },
    ])
  })

  it('keeps with the contact what came of the call', async () => {
    const phone = '+254722000032'
    const contact = (await api.call('POST', '/v1/contacts', { body: { phone, status: 'inactive' } })).json<{
      id: string
    }>()
    const { id } = (await post('/communicate', { to: phone, message: 'Hello' })).json<{ id: `call_${string}` }>()

    await api.phone.hangUp(id)
    api.bus.publish({ type: 'call.ended', at: api.clock.wall(), call: id })

    const lastCall = await eventually(
      async () => (await api.call('GET', `/v1/contacts/${contact.id}`)).json<{ lastCall: object | null }>().lastCall,
      (last) => last !== null,
    )
    expect(lastCall).toMatchObject({ code: 'canceled' })
  })

  it('is not spoken to whom wants no texts', async () => {
    const to = '+254722000031'
    await sent(to, 'Hello', 'stopped')
    await post('/dlr', { id: 'stopped', status: 'Failed' })
    await post('/receiveSMS', { senderId: sender, phoneNumber: to })
    const before = api.phone.placed.length
    expect((await post('/communicate', { to, message: 'Hello' })).json()).toMatchObject({ code: 'opted_out' })
    expect(api.phone.placed.length).toBe(before)
  })

  it.each([
    ['to nobody', { message: 'x' }, '/to'],
    ['to what is no number', { to: 'ann', message: 'x' }, '/to'],
    ['of nothing', { to: '+254722000000' }, '/message'],
  ])('%s is refused, and says which field', async (_, body, field) => {
    const reply = await post('/communicate', body)
    expect(reply.statusCode).toBe(400)
    expect(reply.json()).toMatchObject({ errors: [{ field }] })
  })

  it('is sent by nobody without the key', async () => {
    const reply = await api.call('POST', '/communicate', { body: samples.communicate, token: '' })
    expect(reply.statusCode).toBe(403)
  })
})

describe('a call that asks what to say', () => {
  it('speaks the message of that contact, and sends nothing: the request of the source', async () => {
    await sent('+254722000000', 'Fish & <chips> at "noon"')
    const before = { calls: api.phone.placed.length, texts: await texts() }
    const reply = await post('/communicate', samples.voice)
    expect(reply.headers['content-type']).toBe('application/xml; charset=utf-8')
    expect(reply.body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Say>Fish &amp; &lt;chips&gt; at &quot;noon&quot;</Say></Response>\n',
    )
    expect({ calls: api.phone.placed.length, texts: await texts() }).toEqual(before)
  })

  it('speaks the same when it asks again, whatever was sent meanwhile, and by form', async () => {
    const first = await post('/communicate', { ...samples.voice, sessionId: 'same' })
    await sent('+254722000000', 'Something newer')
    const second = await form('/communicate', { ...samples.voice, sessionId: 'same' })
    expect(second.body).toBe(first.body)
  })

  it('is known by the called one in either field', async () => {
    await sent('+254722000011', 'Yours')
    const turned = { callerNumber: '+254722000011', destinationNumber: sender, direction: 'Outbound' }
    expect((await post('/communicate', { ...samples.voice, sessionId: 'turned', ...turned })).body).toContain(
      '<Say>Yours<',
    )
  })

  it('has nothing for a stranger', async () => {
    const stranger = { sessionId: 'stranger', destinationNumber: '+254722999999' }
    expect((await post('/communicate', { ...samples.voice, ...stranger })).body).toContain(
      'There is no message for you',
    )
  })

  it.each([
    ['was heard', { durationInSeconds: '12', hangupCause: 'NORMAL_CLEARING' }, 'spoken', null],
    ['was not heard', { durationInSeconds: '0', hangupCause: 'USER_BUSY' }, 'failed', 'USER_BUSY'],
  ])('that %s is noted at its end, once', async (name, end, state, reason) => {
    await sent('+254722000012', 'Hello')
    const asked = { ...samples.voice, sessionId: name, destinationNumber: '+254722000012' }
    await post('/communicate', asked)
    const over = { ...asked, isActive: '0', ...end }
    expect((await post('/communicate', over)).body).toMatch(/<Response><\/Response>/)
    await post('/communicate', { ...over, durationInSeconds: '99' })
    expect(await voiceMessageOfSession(api.database.store.db, name)).toMatchObject({ state, reason })
  })

  async function texts(): Promise<number> {
    return (await api.call('GET', '/v1/messages?limit=200')).json<{ items: unknown[] }>().items.length
  }
})
