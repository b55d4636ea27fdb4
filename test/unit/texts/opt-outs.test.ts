import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { textSender } from '../../../src/jobs/send-text.ts'
import { type TestApi, testApi } from '../../kit/api.ts'

const ours = '+15550100'
const theirs = '+254722000001'
const key = 'a-secret-of-this-test'

let api: TestApi
let posted = 0
beforeEach(async () => {
  api = await testApi({
    flowroute: { url: 'http://127.0.0.1:9', accessKey: 'a', secretKey: 's', route: undefined, callbackKey: key },
  })
  await api.call('POST', '/v1/numbers', { body: { number: ours } })
})
afterEach(() => api.close())

const send = (more: object = {}) =>
  api.call('POST', '/v1/messages', { body: { from: ours, to: theirs, body: 'Hi', ...more } })
const answer = (text: string, to = ours, id = `in-${++posted}`) => {
  // Ids of one millisecond have no order.
  api.clock.advance(1000)
  const body = { id, from: theirs.slice(1), to: to.slice(1), body: text }
  return api.call('POST', `/api/sms/incoming/${key}/`, { body, token: '' })
}
const texts = async () => (await api.call('GET', '/v1/messages')).json().items

describe('who says STOP', () => {
  it('gets one answer and no more texts from that sender, until START', async () => {
    await answer('Stop.')
    const refused = await send()
    const both = await texts()
    await answer('START')
    const again = await send()

    const of = (wanted: string) => both.find(({ direction }: { direction: string }) => direction === wanted)
    expect(of('inbound')).toMatchObject({ body: 'Stop.' })
    expect(of('outbound')).toMatchObject({ from: ours, to: theirs, body: expect.stringContaining('START') })
    expect(refused.json()).toMatchObject({
      code: 'opted_out',
      status: 409,
      detail: `${theirs} wants no texts from ${ours}.`,
    })
    expect(again.statusCode).toBe(201)
  })

  it('is not answered again for saying it again, nor for one text that is posted twice', async () => {
    await answer('stop', ours, 'the-same')
    await answer('stop', ours, 'the-same')
    await answer('stop')

    expect((await texts()).filter((row: { direction: string }) => row.direction === 'outbound')).toHaveLength(1)
  })

  it('still gets texts from other senders', async () => {
    await api.call('POST', '/v1/numbers', { body: { number: '+15550101' } })
    await answer('stop')

    expect((await send({ from: '+15550101' })).statusCode).toBe(201)
  })

  it('gets none that were queued before', async () => {
    const { id } = (await send()).json()
    await answer('stop')
    const { clock, bus, texts: ways, database } = api
    await textSender({ db: database.store.db, clock, log: silentLogger, bus, ways }).send(id, true)

    expect((await api.call('GET', `/v1/messages/${id}`)).json()).toMatchObject({ state: 'rejected', code: 'opted_out' })
  })

  it('gets none from any sender where its contact is marked so, whatever it answers', async () => {
    const { id } = (await send()).json()
    await api.call('POST', '/v1/contacts', { body: { phone: theirs, optedOut: true } })
    const { clock, bus, texts: ways, database } = api
    await textSender({ db: database.store.db, clock, log: silentLogger, bus, ways }).send(id, true)
    await answer('yes')
    const refused = await send()

    expect((await api.call('GET', `/v1/messages/${id}`)).json()).toMatchObject({ state: 'rejected', code: 'opted_out' })
    expect(refused.json()).toMatchObject({ code: 'opted_out', status: 409 })
    expect((await texts()).map((row: { direction: string }) => row.direction)).toEqual(['inbound', 'outbound'])
  })

  it('is answered by what the rules say, or not at all', async () => {
    const answers = { stop: null, start: 'Welcome back', help: 'Call us' }
    await api.call('PUT', '/v1/text-rules', { body: { answers } })
    for (const word of ['stop', 'start', 'help']) await answer(word)

    const said = (await texts()).filter((row: { direction: string }) => row.direction === 'outbound')
    expect(said.map((row: { body: string }) => row.body)).toEqual(['Call us', 'Welcome back'])
  })
})

describe('opt-outs', () => {
  it('are listed, put and taken back', async () => {
    await answer('stop')
    await api.call('POST', '/v1/opt-outs', { body: { sender: 'ACME', receiver: theirs } })
    const list = async () =>
      (await api.call('GET', '/v1/opt-outs')).json().items.map((row: { sender: string }) => row.sender)

    expect(await list()).toEqual([ours, 'ACME'])
    expect((await api.call('DELETE', `/v1/opt-outs/ACME/${encodeURIComponent(theirs)}`)).statusCode).toBe(204)
    expect((await api.call('DELETE', `/v1/opt-outs/ACME/${encodeURIComponent(theirs)}`)).statusCode).toBe(404)
    expect(await list()).toEqual([ours])
  })
})

describe('the rules', () => {
  it('choose the sender, and are kept', async () => {
    const rules = {
      routes: [{ prefix: '+254', from: 'ACME', carriers: [{ carrier: 'flowroute', from: ours }] }],
      rates: { flowroute: 5 },
    }
    const put = await api.call('PUT', '/v1/text-rules', { body: rules })
    const sent = await send({ from: undefined })

    expect(put.json()).toMatchObject({ ...rules, reportMinutes: 1440 })
    expect((await api.call('GET', '/v1/text-rules')).json()).toEqual(put.json())
    expect(sent.json()).toMatchObject({ from: 'ACME', state: 'queued', encoding: 'gsm7', segments: 1 })
  })

  it('name carriers that there are', async () => {
    const bad = await api.call('PUT', '/v1/text-rules', {
      body: { routes: [{ prefix: '+1', carriers: [{ carrier: 'pigeon' }] }], rates: { owl: 1 } },
    })

    expect(bad.json().errors.map((fault: { field: string }) => fault.field)).toEqual([
      '/routes/0/carriers/0/carrier',
      '/rates/owl',
    ])
  })
})

describe('a text to the number of an extension', () => {
  it('came in, whichever phone it is still to go to', async () => {
    await api.call('POST', '/v1/extensions', { body: { username: '1001', password: 'a-long-password' } })
    await api.call('PATCH', `/v1/numbers/${encodeURIComponent(ours)}`, {
      body: { assignment: { kind: 'extension', username: '1001' } },
    })
    await answer('Hello')

    expect(await texts()).toMatchObject([{ direction: 'inbound', state: 'queued', from: theirs, to: ours }])
  })
})
