import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import { Scope } from '../../../src/base/scope.ts'
import type { SmppAccount } from '../../../src/carriers/smpp/account.ts'
import { type SmppCarrier, smppCarrier } from '../../../src/carriers/smpp/texts.ts'
import type { CarrierNews } from '../../../src/phone/carrier.ts'
import { Authority } from '../../kit/authority.ts'
import { NotedLog } from '../../kit/noted-log.ts'
import { Smsc } from '../../kit/smsc.ts'

describe('an SMSC by TLS', () => {
  const whole = new Scope('file')
  const [ours, another] = [Authority.make(whole), Authority.make(whole)]
  afterAll(() => whole.close())

  let own: Scope
  let log: NotedLog
  const news: CarrierNews[] = []
  beforeEach(() => {
    own = new Scope('test')
    log = new NotedLog()
    news.splice(0)
  })
  afterEach(() => own.close())

  function open(port: number, host: string): SmppCarrier {
    const account: SmppAccount = {
      ...{ host, port, tls: true, authorities: readFileSync(ours.ca), systemId: 'offhook', password: 'secret' },
      ...{ systemType: '', window: 10, enquireSeconds: 30, receiptIds: 'same', shiftTables: [] },
    }
    const carrier = smppCarrier({ account, clock: systemClock, log, take: async (told) => void news.push(told) })
    own.add('carrier', () => carrier.close())
    carrier.open()
    return carrier
  }

  it.each(['127.0.0.1', 'localhost'])('takes texts and sends receipts: %s', async (host) => {
    const smsc = await Smsc.open(own, ours.issue())
    const carrier = open(smsc.port, host)

    const sent = await carrier.send({ id: 'msg_1', from: 'ACME', to: '+254722000001', body: 'Hello' })
    const answered = await smsc.receipt('id-1')

    expect(sent).toEqual({ kind: 'sent', refs: ['id-1'] })
    expect(smsc.submitted.map(({ text }) => text)).toEqual(['Hello'])
    expect(smsc.encrypted).toBe(true)
    expect([answered, news]).toMatchObject([0, [{ kind: 'report', report: { ref: 'id-1' } }]])
  })

  it.each([
    ['of an authority that nobody trusts', () => another.issue(), /unable to verify the first certificate/],
    ['of another name', () => ours.issue('DNS:smsc.example.com'), /does not match certificate/],
    ['that has ended', () => ours.issue(undefined, -1), /certificate has expired/],
  ] as const)('is told no password where it shows a certificate %s', async (_which, issue, why) => {
    const smsc = await Smsc.open(own, issue())
    open(smsc.port, '127.0.0.1')

    const line = await log.said(({ level }) => level === 'warn')
    expect(line).toMatchObject({
      text: 'there is no connection to the SMSC; it is tried again',
      fields: { why: expect.stringMatching(why) },
    })
    await log.said(({ fields }) => fields.ms === 1000)
    expect(smsc.binds).toBe(0)
    expect(smsc.asked).toBe(0)
  })

  it('is told no password where it speaks no TLS', async () => {
    const smsc = await Smsc.open(own)
    open(smsc.port, '127.0.0.1')

    await log.said(({ level }) => level === 'warn')

    expect(smsc.asked).toBe(0)
  })
})
