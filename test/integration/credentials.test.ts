import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { type InsideService, openInside } from '../kit/inside-service.ts'
import { type Answer, type Receiver, startReceiver } from '../kit/receiver.ts'
import { Smsc } from '../kit/smsc.ts'

const [ours, theirs] = ['+15550100', '+254722000001'] as const

/** Every setting that is secret, each with a value that stands nowhere else. */
const secrets = {
  OFFHOOK_FLOWROUTE_KEY: 'fr-access-0a1b2c3d4e',
  OFFHOOK_FLOWROUTE_SECRET: 'fr-secret-0a1b2c3d4e',
  OFFHOOK_FLOWROUTE_CALLBACK_KEY: 'fr-callback-0a1b2c3d4e',
  OFFHOOK_AFRICASTALKING_KEY: 'at-key-0a1b2c3d4e',
  OFFHOOK_AFRICASTALKING_CALLBACK_KEY: 'at-callback-0a1b2c3d4e',
  OFFHOOK_PLIVO_TOKEN: 'plivo-token-0a1b2c3d4e',
  OFFHOOK_SMPP_PASSWORD: 'smpp0a1b',
  OFFHOOK_GATEWAY_KEY: 'gateway-key-0a1b2c3d4e',
  OFFHOOK_SMTP_URL: 'smtp://mail:smtp-password-0a1b@127.0.0.1:9',
} as const
const plivoId = 'MAOFFHOOKTESTACCOUNT'
const pairs = [
  `${secrets.OFFHOOK_FLOWROUTE_KEY}:${secrets.OFFHOOK_FLOWROUTE_SECRET}`,
  `${plivoId}:${secrets.OFFHOOK_PLIVO_TOKEN}`,
].map((pair) => Buffer.from(pair).toString('base64'))

describe('accounts of carriers', { timeout: 60_000 }, () => {
  const scope = new Scope('test')
  let company: Receiver
  let smsc: Smsc
  let house: InsideService
  /** Whatever the API answered. */
  const shown: unknown[] = []

  beforeAll(async () => {
    company = await startReceiver(scope)
    smsc = await Smsc.open(scope)
    smsc.password = secrets.OFFHOOK_SMPP_PASSWORD
    house = await openInside(scope, {
      ...{ OFFHOOK_LOG_LEVEL: 'debug', OFFHOOK_MAIL_FROM: 'phone@example.com', ...secrets },
      ...{ OFFHOOK_FLOWROUTE_URL: company.url, OFFHOOK_PLIVO_URL: company.url, OFFHOOK_PLIVO_ID: plivoId },
      ...{ OFFHOOK_AFRICASTALKING_USERNAME: 'sandbox', OFFHOOK_AFRICASTALKING_URL: company.url },
      ...{ OFFHOOK_AFRICASTALKING_VOICE_URL: company.url, OFFHOOK_SMPP_SYSTEM_ID: 'offhook' },
      OFFHOOK_SMPP_URL: `smpp://127.0.0.1:${smsc.port}`,
    })
  })
  afterAll(() => scope.close())

  const ask = async (method: string, path: string, body?: unknown): Promise<number> => {
    const reply = await house.request(method, path, body)
    shown.push(reply)
    return reply.status
  }

  /** A company that refuses, and quotes what it was sent with. */
  const quotes =
    (status: number) =>
    ({ headers }: { readonly headers: object }): Answer => {
      const said = `who are you? ${JSON.stringify(headers)}`
      const body = { error: said, errorMessage: said, errors: [{ detail: said, title: said }], SMSMessageData: said }
      return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    }

  it('stand in no line of the log and in no answer, whatever a company does with them', async () => {
    await house.api('POST', '/v1/numbers', { number: ours })
    await smsc.until(() => smsc.binds > 0)
    smsc.password = 'another'
    smsc.cut()
    for (const status of [401, 403, 400, 500]) {
      company.answer = quotes(status)
      for (const carrier of ['africastalking', 'plivo', 'flowroute']) {
        await house.api('PUT', '/v1/text-rules', { routes: [{ prefix: '+254', carriers: [{ carrier }] }] })
        const before = company.received.length
        await ask('POST', '/v1/messages', { from: ours, to: theirs, body: 'Hello' })
        await company.count(before + 1)
      }
      await ask('GET', '/v1/numbers/available')
    }
    for (const uri of ['africastalking:{number}', 'plivo:{number}']) {
      const trunk = await house.api<{ id: string }>('POST', '/v1/trunks', { name: 'out', uri, default: true })
      const before = company.received.length
      await ask('POST', '/v1/calls', { app: 'api', from: ours, to: theirs })
      await company.count(before + 1)
      await ask('DELETE', `/v1/trunks/${trunk.id}`)
    }
    const keys = { at: secrets.OFFHOOK_AFRICASTALKING_CALLBACK_KEY, fr: secrets.OFFHOOK_FLOWROUTE_CALLBACK_KEY }
    const statuses = [
      await ask('POST', `/carriers/africastalking/${keys.at}`, { nothing: 'of use' }),
      await ask('POST', `/voice/africastalking/${keys.at}`, { nothing: 'of use' }),
      await ask('POST', `/api/sms/incoming/${keys.fr}`, { nothing: 'of use' }),
      await ask('POST', `/dlr?key=${secrets.OFFHOOK_GATEWAY_KEY}`, { id: 'x', status: 'odd' }),
      await ask('POST', `/ussd?key=${secrets.OFFHOOK_GATEWAY_KEY}`, {}),
      await ask('GET', `/ussd?key=${secrets.OFFHOOK_GATEWAY_KEY}`),
    ]
    await ask('GET', '/v1/messages?limit=50')
    await ask('GET', '/v1/calls?limit=50')

    const said = [...house.log, ...shown].map((line) => JSON.stringify(line)).join('\n')
    for (const secret of [...Object.values(secrets), ...pairs, 'smtp-password-0a1b']) expect(said).not.toContain(secret)
    // What is looked at is there.
    expect(statuses).toEqual([400, 400, 400, 200, 400, 405])
    expect(said).toContain('the connection to the SMSC is given up')
  })
})
