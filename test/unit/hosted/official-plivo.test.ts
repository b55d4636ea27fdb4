import { createRequire } from 'node:module'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { elementsOf, readXml, textOf, type XmlElement } from '../../../src/apps/document/xml.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { Scope } from '../../../src/base/scope.ts'
import {
  cancelPlivoCall,
  hangUpPlivoCall,
  placePlivoCall,
  redirectPlivoCall,
} from '../../../src/carriers/plivo/calls.ts'
import { plivoClient } from '../../../src/carriers/plivo/client.ts'
import { plivoNumbers } from '../../../src/carriers/plivo/numbers.ts'
import { plivoTexts } from '../../../src/carriers/plivo/texts.ts'
import { plivo as dialect } from '../../../src/engines/hosted/plivo.ts'
import type { Occasion, Step } from '../../../src/engines/hosted/step.ts'
import { signPlivo } from '../../../src/webhooks/sign/plivo.ts'
import { isPlivoSigned } from '../../../src/webhooks/sign/verify-plivo.ts'
import { type TestDatabase, testDatabase } from '../../kit/database.ts'
import { FakeClock } from '../../kit/fake-clock.ts'
import { type Receiver, startReceiver } from '../../kit/receiver.ts'
import { gather, say, shown } from './official-kit.ts'

type Attributes = Readonly<Record<string, string | number | boolean>>
/** An element of the builder of the official package, which takes no attribute and no child that it does not know. */
interface Builder {
  addSpeak(text: string, attributes: Attributes): Builder
  addPlay(url: string, attributes: Attributes): Builder
  addGetDigits(attributes: Attributes): Builder
  addRecord(attributes: Attributes): Builder
  addDial(attributes: Attributes): Builder
  addNumber(number: string, attributes: Attributes): Builder
  addUser(uri: string, attributes: Attributes): Builder
  addDTMF(digits: string, attributes: Attributes): Builder
  addWait(attributes: Attributes): Builder
  addRedirect(url: string, attributes: Attributes): Builder
  addHangup(attributes: Attributes): Builder
  toXML(): string
}
interface Client {
  readonly messages: { create(fields: object): Promise<unknown> }
  readonly calls: {
    create(from: string, to: string, answerUrl: string, more: object): Promise<unknown>
    hangup(id: string): Promise<unknown>
    cancel(id: string): Promise<unknown>
    transfer(id: string, more: object): Promise<unknown>
  }
  readonly numbers: {
    search(country: string, more: object): Promise<unknown>
    buy(number: string, application?: string): Promise<unknown>
    unrent(number: string): Promise<unknown>
  }
}
interface Official {
  Client: new (id: string, token: string) => Client
  Response(): Builder
  validateV3Signature(
    ...of: [method: string, url: string, nonce: string, token: string, signature: string, params: object]
  ): boolean
}
interface SentByOfficial {
  readonly method: string
  readonly url: string
  readonly params?: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly data?: string
}
const require = createRequire(import.meta.url)
const official = require('plivo') as Official
/** What it sends by. Its host is in its code. */
const axios = createRequire(require.resolve('plivo'))('axios') as {
  defaults: { adapter: unknown }
}

const url = (about: Occasion) => `https://phone.example/voice/plivo/call_1/7/${about}`

/** The same document by the official builder. */
function built(document: string): string {
  const made = (to: Builder, { name, attributes }: XmlElement, text: string): Builder => {
    switch (name) {
      case 'Speak':
        return to.addSpeak(text, attributes)
      case 'Play':
        return to.addPlay(text, attributes)
      case 'GetDigits':
        return to.addGetDigits(attributes)
      case 'Record':
        return to.addRecord(attributes)
      case 'Dial':
        return to.addDial(attributes)
      case 'Number':
        return to.addNumber(text, attributes)
      case 'User':
        return to.addUser(text, attributes)
      case 'DTMF':
        return to.addDTMF(text, attributes)
      case 'Wait':
        return to.addWait(attributes)
      case 'Redirect':
        return to.addRedirect(text, attributes)
      case 'Hangup':
        return to.addHangup(attributes)
      default:
        throw new Error(`the official package has no ${name}`)
    }
  }
  const each = (to: Builder, element: XmlElement): void => {
    for (const child of elementsOf(element)) each(made(to, child, textOf(child)), child)
  }
  const response = official.Response()
  each(response, readXml(document))
  return response.toXML()
}

describe('documents for Plivo are such as its official package builds', () => {
  it.each<[string, Step]>([
    ['words and a file', { kind: 'play', sounds: [say('Hello & bye'), { kind: 'play', url: 'https://x/a.wav' }] }],
    ['words of a language', { kind: 'play', sounds: [{ kind: 'say', text: 'Guten Tag', language: 'de-DE' }] }],
    ['keys', gather],
    ['some keys during a file', { ...gather, sounds: [{ kind: 'play', url: 'https://x/a.wav' }], allowed: '12' }],
    ['a recording', { kind: 'record', maxSeconds: 60, silenceSeconds: 0, stopOn: '#', beep: true }],
    [
      'a dial',
      {
        ...{
          kind: 'dial',
          places: [{ to: '+15550177', digits: '1w2' }, { to: 'sip:ann@phone.plivo.com' }],
          seconds: 20,
        },
        ...{ callerId: '+15550100', maxSeconds: 60, hangupOnStar: true },
      },
    ],
    ['keys to press', { kind: 'send', digits: '1w2' }],
    ['nothing yet', { kind: 'wait', seconds: 3, silence: 'https://x/s.wav' }],
    ['a refusal', { kind: 'hangup', answered: false, code: 'declined' }],
    ['an end', { kind: 'hangup', answered: true, code: 'completed' }],
  ])('%s', (_, step) => {
    const document = dialect.write(step, url)
    expect(shown(document)).toEqual(shown(built(document)))
  })
})

describe('requests to Plivo are those of its official package', () => {
  const scope = new Scope('test')
  const [id, token] = ['MAXXXXXXXXXXXXXXXXXX', 'a-token-of-this-test']
  const client = new official.Client(id, token)
  let company: Receiver
  let database: TestDatabase
  let last: SentByOfficial | undefined

  beforeAll(async () => {
    company = await startReceiver(scope)
    company.answer = ({ path }) => ({
      status: 201,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(
        path.includes('?')
          ? { objects: [{ number: '254711082880', monthly_rental_rate: '0.8' }] }
          : { message_uuid: ['uuid-1'], request_uuid: 'req-1', status: 'fulfilled' },
      ),
    })
    axios.defaults.adapter = async (config: SentByOfficial) => {
      last = config
      const data = { message_uuid: ['uuid-1'], request_uuid: 'req-1', objects: [], meta: {}, numbers: [] }
      return { status: 201, statusText: 'Created', headers: {}, config, data }
    }
    database = await testDatabase()
    scope.add('database', () => database.close())
  })
  afterAll(() => scope.close())

  // The official package says nothing as an empty text.
  const json = (body: string | undefined): unknown =>
    body === undefined || ['', '""'].includes(body) ? {} : JSON.parse(body)
  /** What the official package sent. */
  function theirs(): object {
    const { method, url: to, params = {}, headers, data } = last!
    const { pathname, search } = new URL(to)
    const query = [...new URLSearchParams(search), ...Object.entries(params)].map(([name, value]) => [name, `${value}`])
    const isGet = method.toUpperCase() === 'GET'
    const body = isGet ? {} : json(data)
    return { method: method.toUpperCase(), path: pathname, query: query.sort(), key: headers.Authorization, body }
  }
  /** What came here last. */
  function ours(): object {
    const { method, path, headers, body } = company.received.at(-1)!
    const { pathname, searchParams } = new URL(path, company.url)
    return { method, path: pathname, query: [...searchParams].sort(), key: headers.authorization, body: json(body) }
  }
  const ask = () => plivoClient({ url: company.url, authId: id, authToken: token })

  it('to send a text', async () => {
    const reports = 'https://phone.example/carriers/plivo/reports?message=msg_1'
    const text = { src: '+15550100', dst: '+254722000001', text: 'Karibu & asante' }
    await client.messages.create({ ...text, type: 'sms', url: reports, method: 'POST' })
    const carrier = plivoTexts({ ask: ask(), reportsTo: () => reports })
    const sent = await carrier.send({ id: 'msg_1', from: text.src, to: text.dst, body: text.text })

    expect(ours()).toEqual(theirs())
    expect(sent).toEqual({ kind: 'sent', refs: ['uuid-1'] })
  })

  it('to call somebody', async () => {
    const [answerUrl, ringUrl, hangupUrl] = ['next', 'ringing', 'over'].map((one) => url(one as Occasion))
    const methods = { answerMethod: 'POST', ringMethod: 'POST', hangupMethod: 'POST' }
    const more = { ...methods, ringUrl, hangupUrl, ringTimeout: 30 }
    await client.calls.create('15550100', '254722000001', answerUrl!, more)
    const urls = { answerUrl: answerUrl!, ringUrl: ringUrl!, hangupUrl: hangupUrl! }
    const placed = await placePlivoCall(ask(), { from: '+15550100', to: '+254722000001', seconds: 30, ...urls })

    expect(ours()).toEqual(theirs())
    expect(placed).toBe('req-1')
  })

  it.each([
    ['to end a call', () => client.calls.hangup('uuid-1'), () => hangUpPlivoCall(ask(), 'uuid-1')],
    ['to stop it ringing', () => client.calls.cancel('req-1'), () => cancelPlivoCall(ask(), 'req-1')],
    [
      'to have a call ask elsewhere',
      () => client.calls.transfer('uuid-1', { legs: 'aleg', alegUrl: url('next'), alegMethod: 'POST' }),
      () => redirectPlivoCall(ask(), 'uuid-1', url('next')),
    ],
  ])('%s', async (_, official, own) => {
    await official()
    await own()

    expect(ours()).toEqual(theirs())
  })

  it('to find, rent and give back a number', async () => {
    const own = plivoNumbers({
      ...{ ask: ask(), db: database.store.db, clock: new FakeClock(), log: silentLogger },
      ...{ application: '4711', country: undefined },
    })
    await client.numbers.search('KE', { pattern: '711', limit: 5 })
    const found = await own.search({ contains: '+254711', limit: 5 })
    expect(ours()).toEqual(theirs())
    expect(found).toMatchObject([{ e164: '+254711082880', monthlyCost: 0.8 }])

    await client.numbers.buy('254711082880', '4711')
    await own.rent('+254711082880')
    expect(ours()).toEqual(theirs())

    await client.numbers.unrent('254711082880')
    await own.release('+254711082880')
    expect(ours()).toEqual(theirs())
  })
})

describe('what Plivo signs', () => {
  const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,8}$/)
  const value = fc.string({ unit: 'grapheme-ascii', maxLength: 12 })
  const params = fc.dictionary(word, value, { maxKeys: 6, noNullPrototype: true })
  const query = fc.dictionary(word, fc.stringMatching(/^[A-Za-z0-9]{1,6}$/), { maxKeys: 2, noNullPrototype: true })
  const posted = fc.record({
    params,
    query,
    nonce: fc.stringMatching(/^[0-9]{1,20}$/),
    token: fc.stringMatching(/^\w{8,20}$/),
  })
  const addressOf = (asked: object): string => {
    const text = new URLSearchParams({ ...asked }).toString()
    return `https://phone.example/voice/plivo/call_1${text === '' ? '' : `?${text}`}`
  }

  it.each([
    ['as it is', {}],
    ['among others', { several: true }],
    ['with another nonce', { nonce: '7' }],
    ['with another token', { token: 'another-token' }],
    ['with another parameter', { params: { Digits: '1' } }],
    ['with another query', { query: { n: '8' } }],
    ['with no parameter', { params: {} }],
  ])('is taken here where its official package takes it: %s', (_, change) => {
    fc.assert(
      fc.property(posted, (signed) => {
        const pairs = Object.entries(signed.params)
        const made = signPlivo(
          { method: 'POST', url: addressOf(signed.query), params: pairs, nonce: signed.nonce },
          signed.token,
        )
        const right = made['X-Plivo-Signature-V3'] ?? ''
        const signature = 'several' in change ? `c29tZXRoaW5nIGVsc2U=,${right}` : right
        const asked = { ...signed, ...change }
        const { nonce, token } = asked
        const at = addressOf(asked.query)
        const taken = official.validateV3Signature('POST', at, nonce, token, signature, { ...asked.params })

        const own = isPlivoSigned({ url: at, signature, nonce, params: Object.entries(asked.params) }, token)
        expect(own).toBe(taken)
        if (Object.keys(change).length === 0 || 'several' in change) expect(own).toBe(true)
      }),
      { numRuns: 200 },
    )
  })
})
