import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../src/base/log.ts'
import { Scope } from '../../src/base/scope.ts'
import { readInbound, readReport } from '../../src/carriers/flowroute/callback.ts'
import { textSender } from '../../src/jobs/send-text.ts'
import { type TestApi, testApi } from '../kit/api.ts'
import { type Answer, type Received, type Receiver, startReceiver } from '../kit/receiver.ts'

let api: TestApi
let flowroute: Receiver
const scope = new Scope('test')
const callbackKey = 'a-secret-of-this-test'
const bought = '17865550123'
const json = (status: number, body: object): Answer => ({
  status,
  headers: { 'content-type': 'application/vnd.api+json' },
  body: JSON.stringify(body),
})
const fault = (status: number, detail: string): Answer => json(status, { errors: [{ id: 'x', status, detail }] })

/** The company, as its documentation tells it: numbers that are free, those of the account, texts that were taken. */
class Company {
  readonly free = new Set([bought, '17865550124'])
  readonly owned = new Map<string, { route: string }>()
  readonly texts: { to: string; from: string; body: string; dlr_callback?: string }[] = []
  /** What it answers to the next request whose line fits, in place of what is right. */
  fails: { line: RegExp; answer: Answer }[] = []

  answer = ({ method, path, body, headers }: Received): Answer => {
    if (headers.authorization !== `Basic ${btoa('access:secret')}`) return fault(401, 'Unauthorized')
    const line = `${method} ${path}`
    const failing = this.fails.findIndex((fail) => fail.line.test(line))
    if (failing >= 0) return this.fails.splice(failing, 1)[0]!.answer
    const url = new URL(path, 'http://company')
    const sent = body === '' ? {} : JSON.parse(body)
    const number = /^\/v2\/numbers\/(\d+)/.exec(url.pathname)?.[1] ?? ''
    if (url.pathname === '/v2/numbers/available') {
      const start = url.searchParams.get('starts_with') ?? ''
      const data = [...this.free].filter((one) => one.startsWith(start)).slice(0, Number(url.searchParams.get('limit')))
      return json(200, {
        data: data.map((id) => ({ type: 'number', id, attributes: { monthly_cost: 0.5, setup_cost: 1, value: id } })),
      })
    }
    if (line === 'POST /v2.1/messages') {
      this.texts.push(sent.data.attributes)
      return json(202, { data: { id: `mdr2-${this.texts.length}`, type: 'message', links: { self: 'x' } } })
    }
    if (method === 'POST' && this.free.delete(number)) {
      this.owned.set(number, { route: '0' })
      return json(201, { data: { type: 'number', id: number, attributes: { ...sent.data.attributes, value: number } } })
    }
    if (method === 'PATCH' && this.owned.has(number)) {
      this.owned.set(number, { route: sent.data.id })
      return { status: 204 }
    }
    if (method === 'GET' && this.owned.has(number)) return json(200, { data: { type: 'number', id: number } })
    if (method === 'DELETE' && this.owned.delete(number)) return { status: 204 }
    return fault(404, 'The number is not available.')
  }
}

let company: Company
beforeEach(async () => {
  company = new Company()
  flowroute = await startReceiver(scope)
  flowroute.answer = company.answer
  api = await testApi({
    numbers: ['+17862062698', '+17862062699'],
    flowroute: { url: flowroute.url, accessKey: 'access', secretKey: 'secret', route: '4711', callbackKey },
  })
})
afterEach(async () => {
  await api.close()
  flowroute.close()
})

const buy = (phonenumber: string) => api.call('POST', '/api/did_numbers/', { body: { phonenumber } })

describe('numbers', () => {
  it('are searched behind those of the site, bought with their route, and released', async () => {
    const found = (await api.call('GET', '/api/did_numbers/search/?npa=786&limit=3')).json()
    const made = await buy(bought)
    const { route } = company.owned.get(bought)!
    const released = await api.call('DELETE', `/api/did_numbers/${made.json().id}/`)

    expect(found.data).toEqual([
      { number: '17862062698', monthly_cost: 0 },
      { number: '17862062699', monthly_cost: 0 },
      { number: bought, monthly_cost: 0.5 },
    ])
    expect([made.statusCode, made.json().phonenumber, route]).toEqual([201, bought, '4711'])
    expect(JSON.parse(flowroute.received.find(({ method }) => method === 'POST')!.body)).toEqual({
      data: { type: 'number', attributes: { messaging_enabled: true } },
    })
    expect([released.statusCode, [...company.owned]]).toEqual([204, []])
    expect((await api.call('GET', '/v1/numbers')).json().items).toEqual([])
  })

  it('are never bought unless somebody names them', async () => {
    for (let i = 0; i < 2; i++) await api.call('POST', '/v1/numbers', { body: {} })

    expect((await api.call('POST', '/v1/numbers', { body: {} })).json()).toMatchObject({ code: 'no_number_available' })
    expect(company.owned.size).toBe(0)
  })

  it('that cannot be had are refused with what the company says', async () => {
    const gone = await buy('17865550199')
    company.fails = [{ line: /^POST/, answer: fault(422, 'Not enough funds.') }]
    const poor = await buy(bought)
    company.fails = [{ line: /^POST/, answer: fault(500, 'Try again.') }]
    const down = await buy(bought)

    expect([gone.statusCode, gone.json()]).toEqual([400, { phonenumber: [expect.stringContaining('not available')] }])
    expect([poor.statusCode, poor.json()]).toEqual([400, { phonenumber: [expect.stringContaining('funds')] }])
    expect([down.statusCode, down.json()]).toEqual([502, { detail: expect.stringContaining('Try again') }])
    expect((await api.call('GET', '/v1/numbers')).json().items).toEqual([])
  })

  it('that the account has already, since a purchase was cut off, are not bought twice', async () => {
    company.free.delete(bought)
    company.owned.set(bought, { route: '0' })

    expect((await buy(bought)).statusCode).toBe(201)
    expect((await buy(bought)).json()).toEqual({ phonenumber: [expect.stringContaining('rented already')] })
  })

  it('whose route cannot be set stay rented, and it is said', async () => {
    company.fails = [{ line: /^PATCH/, answer: fault(404, 'There is no route 4711.') }]

    const made = await api.call('POST', '/v1/numbers', { body: { number: `+${bought}` } })

    expect(made.json()).toMatchObject({ code: 'carrier_failed', detail: expect.stringMatching(/was bought.*no route/) })
    expect((await api.call('GET', '/v1/numbers')).json().items).toMatchObject([{ number: `+${bought}` }])
  })

  it('are not searched where the keys are wrong', async () => {
    company.fails = [{ line: /available/, answer: { status: 401 } }]

    const found = await api.call('GET', '/v1/numbers/available')

    expect(found.json()).toMatchObject({ status: 502, detail: expect.stringContaining('refuses the keys') })
  })
})

describe('texts', () => {
  const text = { sms_to: '13055550100', sms_body: 'hello', callback_url: 'http://127.0.0.1:8090/answers' }
  const post = (path: string, body: unknown) => api.call('POST', `/api/sms/${path}`, { body, token: '' })
  const texts = async () => (await api.call('GET', '/v1/messages')).json().items

  async function send(): Promise<string> {
    // Ids of one millisecond have no order.
    api.clock.advance(1000)
    await buy(bought)
    await api.call('POST', '/api/sendsms/', { body: text })
    const [{ id }] = await texts()
    const { clock, bus, texts: ways, database } = api
    await textSender({ db: database.store.db, clock, log: silentLogger, bus, ways }).send(id, true)
    return id
  }

  it('go out by it, and what it reports of them is kept', async () => {
    const id = await send()
    const sent = (await texts())[0].state
    const report = (attributes: object) =>
      post(`callback/${callbackKey}/?message=${id}`, {
        data: { type: 'delivery_receipt', id: 'mdr2-1', attributes: { level: 1, ...attributes } },
      })
    const taken = {
      status: 'message buffered',
      status_code: 1003,
      status_code_description: 'Message accepted by Carrier',
    }
    const first = await report(taken)
    const buffered = (await texts())[0].state
    await report({ level: 2, status: 'delivered', status_code: 1000 })
    await report({ level: 2, status: 'undelivered', status_code: 2 })

    const path = `/api/sms/callback/${callbackKey}/?message=${id}`
    const dlr_callback = `http://phone.test${path}`
    expect(company.texts).toEqual([{ to: text.sms_to, from: bought, body: 'hello', dlr_callback }])
    expect([sent, buffered, first.json()]).toEqual(['sent', 'sent', { status: 'ok' }])
    expect((await texts())[0]).toMatchObject({ state: 'delivered', reason: null })
  })

  it('fail where it says so, at once or later', async () => {
    company.fails = [{ line: /messages/, answer: fault(422, 'The from number is not enabled for texts.') }]
    await send()
    const refused = (await texts())[0]
    const later = await send()
    // Reports of the whole account know its id alone.
    await post(`callback/${callbackKey}`, {
      id: 'mdr2-1',
      attributes: { status: 'smsc submit failed', status_code: 69 },
    })

    expect(refused).toMatchObject({ state: 'failed', reason: expect.stringContaining('not enabled') })
    const failed = (await texts()).find((one: { id: string }) => one.id === later)
    expect(failed).toMatchObject({ state: 'failed', reason: 'Flowroute reports: smsc submit failed (69).' })
  })

  it('that come in are kept once, however often they are posted', async () => {
    await buy(bought)
    const posted = { id: 'mdr1-7', to: bought, from: '13055550100', body: 'Fydyd' }
    const attributes = { to: bought, from: '13055550100', body: 'again', direction: 'inbound' }

    const replies = [
      await post(`incoming/${callbackKey}/`, posted),
      await post(`incoming/${callbackKey}`, posted),
      await post(`incoming/${callbackKey}`, { data: { type: 'message', id: 'mdr1-8', attributes } }),
      await post(`incoming/${callbackKey}`, { ...posted, id: 'mdr1-9', to: '13055550111' }),
    ]

    expect(replies.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200])
    expect((await texts()).map(({ from, body, state }: Record<string, string>) => ({ from, body, state }))).toEqual(
      expect.arrayContaining([
        { from: '+13055550100', body: 'Fydyd', state: 'received' },
        { from: '+13055550100', body: 'again', state: 'received' },
      ]),
    )
    expect(await texts()).toHaveLength(2)
  })

  it('are taken from nobody who does not know the path', async () => {
    const posted = { id: 'mdr1-7', to: bought, from: '13055550100', body: 'Fydyd' }

    expect((await post('incoming/another-secret-of-16/', posted)).statusCode).toBe(404)
    expect((await post(`incoming/${callbackKey}/`, { any: 'thing' })).statusCode).toBe(400)
  })
})

describe('what it posts', () => {
  it.each([
    ['message buffered', 1003, 'Message accepted by Carrier', 'pending'],
    ['smsc submit', null, null, 'pending'],
    ['delivered', 1000, 'Message delivered', 'delivered'],
    ['DELIVRD', null, null, 'delivered'],
    ['undelivered', 1001, 'Not delivered', 'failed'],
    ['rejected', 2, 'Unroutable', 'failed'],
  ] as const)('%s (%s, %s) is %s', (status, status_code, status_code_description, outcome) => {
    const attributes = { status, status_code, status_code_description }

    expect(readReport({ data: { id: 'mdr2-1', attributes } })?.outcome).toBe(outcome)
    expect(readReport({ id: 'mdr2-1', attributes })).toEqual(readReport({ data: { id: 'mdr2-1', attributes } }))
  })

  it('is read with and without plus, codes of a network as they are', () => {
    const read = (from: string) => readInbound({ id: '1', to: '17865550123', from, body: null })

    expect(read('13055550100')).toEqual({ id: '1', to: '+17865550123', from: '+13055550100', body: '' })
    expect([read('+13055550100')?.from, read('40404')?.from]).toEqual(['+13055550100', '40404'])
    expect([readInbound({ id: '1' }), readInbound(null), readReport('x'), readReport({ id: '1' })]).toEqual([
      ...[undefined, undefined, undefined, undefined],
    ])
  })
})
