import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../../../src/base/clock.ts'
import { deferred } from '../../../src/base/deferred.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { Scope } from '../../../src/base/scope.ts'
import type { SmppAccount } from '../../../src/carriers/smpp/account.ts'
import { shortMessages } from '../../../src/carriers/smpp/octets.ts'
import { type SmppCarrier, smppCarrier } from '../../../src/carriers/smpp/texts.ts'
import { type CarrierNews, MaybeTaken, Throttled } from '../../../src/phone/carrier.ts'
import { FakeClock } from '../../kit/fake-clock.ts'
import { Smsc } from '../../kit/smsc.ts'

const scope = () => new Scope('test')
let own: Scope
let smsc: Smsc
beforeEach(async () => {
  own = scope()
  smsc = await Smsc.open(own)
})
afterEach(() => own.close())

const news: CarrierNews[] = []
let takes: (told: CarrierNews) => Promise<void>
beforeEach(() => {
  news.splice(0)
  takes = async (told) => void news.push(told)
})

async function open(more: Partial<SmppAccount> = {}, clock: Clock = systemClock): Promise<SmppCarrier> {
  const account: SmppAccount = {
    ...{ host: '127.0.0.1', port: smsc.port, tls: false, systemId: 'offhook', password: 'secret', systemType: '' },
    ...{ window: 10, enquireSeconds: 30, receiptIds: 'same', shiftTables: [], ...more },
  }
  const carrier = smppCarrier({ account, clock, log: silentLogger, take: (told) => takes(told) })
  own.add('carrier', () => carrier.close())
  carrier.open()
  return carrier
}

const text = (body = 'Hello', from = 'ACME') => ({ id: 'msg_1', from, to: '+254722000001', body })

describe('a text', () => {
  it('goes out with its addresses and asks for a receipt', async () => {
    const carrier = await open()

    const sent = [
      await carrier.send(text()),
      await carrier.send(text('Hi', '+254711082100')),
      await carrier.send(text('Hi', '20880')),
    ]

    expect(sent).toEqual([1, 2, 3].map((n) => ({ kind: 'sent', refs: [`id-${n}`] })))
    const [name, number, code] = smsc.submitted
    expect(name).toMatchObject({ from: 'ACME', to: '254722000001', text: 'Hello' })
    expect(name!.pdu).toMatchObject({ source_addr_ton: 5, dest_addr_ton: 1, dest_addr_npi: 1, registered_delivery: 1 })
    expect(number!.pdu).toMatchObject({ source_addr: '254711082100', source_addr_ton: 1, source_addr_npi: 1 })
    expect(code!.pdu).toMatchObject({ source_addr: '20880', source_addr_ton: 3 })
  })

  it.each([
    ['in the basic alphabet', 'Price: 5 € [x] @ Ångström {~}', []],
    ['in UCS-2', 'Привет 😀', []],
    ['by the Turkish tables', 'Şişli değil', ['turkish']],
    ['by the Spanish table', 'Sí, allí está', ['spanish']],
    ['by the Portuguese tables', 'não, informação', ['portuguese']],
  ] as const)('comes %s as it was written', async (_how, body, shiftTables) => {
    const carrier = await open({ shiftTables: [...shiftTables] })

    await carrier.send(text(body))

    const [{ pdu, text: read }] = smsc.submitted as [(typeof smsc.submitted)[0]]
    const { udh } = pdu.short_message as { udh?: Buffer[] }
    expect(read).toBe(body)
    expect(udh?.map((element) => element[0])).toEqual(shiftTables.length === 0 ? undefined : [0x24])
  })

  it('takes a septet a letter where a locking table has them', async () => {
    const [message] = shortMessages('ğışŞİĞ'.repeat(20), 7, ['turkish'])

    expect([...message!.data.subarray(0, 10)]).toEqual([3, 0x25, 1, 1, 0x0c, 0x07, 0x1d, 0x1c, 0x40, 0x0b])
    expect(message!.data).toHaveLength(124)
  })

  it('of three parts is one text with three ids', async () => {
    const carrier = await open()
    const body = 'ж'.repeat(67 * 2 + 10)

    const sent = await carrier.send(text(body))

    expect(sent).toEqual({ kind: 'sent', refs: ['id-1', 'id-2', 'id-3'] })
    expect(smsc.submitted.map((part) => part.text).join('')).toBe(body)
    const headers = smsc.submitted.map(({ pdu }) => [...(pdu.short_message as { udh: Buffer[] }).udh[0]!])
    const reference = headers[0]![2]
    expect(headers).toEqual([1, 2, 3].map((part) => [0, 3, reference, 3, part]))
  })

  it.each([
    [0x0b, { kind: 'failed', code: 'bad_receiver', sentence: 'The SMSC refuses it (ESME_RINVDSTADR).' }],
    [0x0a, { kind: 'failed', code: 'bad_sender' }],
    [0x61, { kind: 'rejected', code: 'carrier_fault' }],
  ])('that it refuses with %i is not tried again', async (status, result) => {
    const carrier = await open()
    smsc.answer = () => status

    expect(await carrier.send(text())).toMatchObject(result)
  })

  it('waits where it is throttled or fails for the moment', async () => {
    const carrier = await open()
    const statuses = [0x58, 0x14, 0x08]
    smsc.answer = () => statuses.shift() ?? 'done'

    await expect(carrier.send(text())).rejects.toBeInstanceOf(Throttled)
    await expect(carrier.send(text())).rejects.toBeInstanceOf(Throttled)
    await expect(carrier.send(text())).rejects.toThrow('ESME_RSYSERR')
    expect(await carrier.send(text())).toEqual({ kind: 'sent', refs: ['done'] })
  })

  it('whose second part is throttled goes on with that part', async () => {
    const carrier = await open()
    smsc.answer = (_text, n) => (n === 2 ? 0x58 : `p${n}`)

    expect(await carrier.send(text('x'.repeat(200)))).toEqual({ kind: 'sent', refs: ['p1', 'p3'] })
  })
})

describe('a text whose first part went out', () => {
  it('goes on with the same part after a fault of the moment', async () => {
    const carrier = await open()
    smsc.answer = (_text, n) => (n === 2 ? 0x08 : `p${n}`)

    expect(await carrier.send(text('x'.repeat(200)))).toEqual({ kind: 'sent', refs: ['p1', 'p3'] })
  })

  it('goes on with the same part after the link broke', async () => {
    const carrier = await open()
    smsc.answer = (_text, n) => (n === 1 ? 'p1' : undefined)
    const sending = carrier.send(text('x'.repeat(200)))
    await smsc.until(() => smsc.submitted.length === 2)
    smsc.answer = (_text, n) => `p${n}`
    smsc.cut()

    expect(await sending).toEqual({ kind: 'sent', refs: ['p1', 'p3'] })
    const headers = smsc.submitted.map(({ pdu }) => (pdu.short_message as { udh: Buffer[] }).udh[0]!)
    expect(headers[2]).toEqual(headers[1])
  })

  it('and whose next is refused is for no other carrier', async () => {
    const carrier = await open()
    smsc.answer = (_text, n) => (n === 3 ? 0x61 : `p${n}`)

    expect(await carrier.send(text('x'.repeat(400)))).toEqual({
      ...{ kind: 'rejected', code: 'carrier_fault', partly: true },
      sentence: 'Only 2 of its 3 parts went out. The SMSC refuses it (ESME_RINVSCHED).',
    })
  })
})

describe('the link', () => {
  it('keeps to its window', async () => {
    const carrier = await open({ window: 3 })
    const go = deferred<void>()
    smsc.answer = async (_text, n) => {
      await go.promise
      return `id-${n}`
    }

    const sending = Promise.all(Array.from({ length: 12 }, () => carrier.send(text())))
    await smsc.until(() => smsc.submitted.length === 3)
    go.resolve()
    await sending

    expect(smsc.submitted).toHaveLength(12)
    expect(smsc.mostOpen).toBe(3)
  })

  it('gives the place of what waited too long for a bind to nobody', async () => {
    const clock = new FakeClock()
    smsc.answer = () => undefined
    const carrier = await open({ window: 1, password: 'wrong' }, clock)
    const late = expect(carrier.send(text('late'))).rejects.toThrow('There is no bind to the SMSC.')
    clock.advance(5000)
    await late
    smsc.password = 'wrong'
    await eventually(() => {
      clock.advance(1000)
      return smsc.binds > 0
    })
    const go = deferred<void>()
    smsc.answer = async (_text, n) => {
      await go.promise
      return `id-${n}`
    }
    const first = carrier.send(text('first'))
    await smsc.until(() => smsc.submitted.length === 1)
    const second = carrier.send(text('second'))
    go.resolve()

    expect(await Promise.all([first, second])).toEqual([1, 2].map((n) => ({ kind: 'sent', refs: [`id-${n}`] })))
  })

  it('that breaks in the middle of a window comes back; what had no answer may have gone out, all else goes out', async () => {
    const carrier = await open({ window: 4 })
    smsc.answer = (_text, n) => (n <= 2 ? `id-${n}` : undefined)
    const sending = Array.from({ length: 10 }, (_, n) => carrier.send(text(`text ${n}`)))
    await smsc.until(() => smsc.submitted.length === 6)
    smsc.answer = (_text, n) => `id-${n}`
    smsc.cut()

    const ends = await Promise.allSettled(sending)

    const kinds = ends.map((end) =>
      end.status === 'fulfilled' ? 'sent' : end.reason instanceof MaybeTaken ? 'maybe' : 'no',
    )
    expect(kinds).toEqual(['sent', 'sent', 'maybe', 'maybe', 'maybe', 'maybe', 'sent', 'sent', 'sent', 'sent'])
    expect(smsc.binds).toBe(2)
    expect(smsc.submitted.map((one) => one.text).sort()).toEqual(Array.from({ length: 10 }, (_, n) => `text ${n}`))
  })

  it('is tried when it is silent, and given up when nobody answers', async () => {
    const clock = new FakeClock()
    await open({ enquireSeconds: 7 }, clock)
    await smsc.until(() => smsc.binds === 1)
    // The bind is known here a moment after it is answered there.
    await eventually(() => {
      clock.advance(7000)
      return smsc.enquiries > 0
    })
    smsc.answersEnquiries = false
    await eventually(() => {
      clock.advance(40_000)
      return smsc.binds > 1
    })

    expect(smsc.binds).toBeGreaterThan(1)
  })

  it('that is refused takes no texts', async () => {
    const clock = new FakeClock()
    const carrier = await open({ password: 'wrong' }, clock)
    const refused = expect(carrier.send(text())).rejects.toThrow('There is no bind to the SMSC.')
    await eventually(() => {
      clock.advance(1000)
      return clock.now() > 10_000
    })

    await refused
    expect(smsc.submitted).toEqual([])
  })

  it.each([
    ['a length of four', Buffer.from([0, 0, 0, 4])],
    ['a length beyond reason', Buffer.from([0x7f, 0xff, 0xff, 0xff, 1, 2, 3, 4])],
    ['a text that ends within a field', Buffer.from([0, 0, 0, 18, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1, 65, 66])],
  ])('outlives what is no SMPP: %s', async (_what, bytes) => {
    const carrier = await open()
    await carrier.send(text())
    smsc.babble(bytes)
    smsc.cut()
    await smsc.until(() => smsc.binds === 2)

    expect(await carrier.send(text())).toMatchObject({ kind: 'sent' })
  })
})

describe('what the SMSC delivers', () => {
  it.each([
    ['same', '0000ABCDEF12', 'abcdef12'],
    ['decimal', '2882400018', 'abcdef12'],
    ['hex', 'ABCDEF12', '2882400018'],
  ] as const)('is a receipt whose id is written as %s', async (receiptIds, written, ref) => {
    const carrier = await open({ receiptIds })
    smsc.answer = () => ref
    const sent = await carrier.send(text())

    expect(await smsc.receipt(written)).toBe(0)

    expect(sent).toEqual({ kind: 'sent', refs: [ref] })
    expect(news).toEqual([
      { kind: 'report', report: { ref, outcome: 'delivered', sentence: 'The SMSC reports: DELIVRD.' } },
    ])
  })

  const from = { source_addr: '254722000001', destination_addr: '254711082100' }
  const part = (n: number, message: string, of = 3) =>
    smsc.deliver({
      ...{ ...from, esm_class: 0x40, data_coding: 0 },
      short_message: { udh: Buffer.from([5, 0, 3, 77, of, n]), message },
    })

  it('is a text, or one of several parts in any order', async () => {
    await open()
    await smsc.until(() => smsc.binds === 1)

    await smsc.deliver({ ...from, short_message: 'STOP' })
    await part(3, 'world')
    await part(1, 'Hello ')
    await part(2, 'whole ')

    expect(news.map((told) => (told.kind === 'text' ? told.text : told))).toMatchObject([
      { from: '+254722000001', to: '+254711082100', body: 'STOP' },
      { body: 'Hello whole world' },
    ])
  })

  it('in parts is whole also where it could not be taken in at first', async () => {
    await open()
    await smsc.until(() => smsc.binds === 1)
    const take = takes
    takes = () => Promise.reject(new Error('the store is away'))

    const away = [await part(1, 'Hello ', 2), await part(2, 'world', 2)]
    takes = take
    const back = await part(2, 'world', 2)

    expect(away).toEqual([0, 0x64])
    expect(back).toBe(0)
    expect(news).toMatchObject([{ kind: 'text', text: { body: 'Hello world' } }])
  })

  it('in parts that never get whole is taken in as far as it came, as soon as that can be', async () => {
    const clock = new FakeClock()
    await open({}, clock)
    await smsc.until(() => smsc.binds === 1)
    const take = takes
    const tried = deferred<void>()
    takes = () => {
      tried.resolve()
      return Promise.reject(new Error('the store is away'))
    }

    await part(1, 'Hello ')
    clock.advance(60_000)
    await tried.promise
    takes = take
    await eventually(() => {
      clock.advance(60_000)
      return news.length > 0
    })

    expect(news).toMatchObject([{ kind: 'text', text: { body: 'Hello ' } }])
  })
})

/** Does it until it holds, letting sockets be heard in between. */
async function eventually(step: () => boolean): Promise<void> {
  for (let n = 0; n < 2000; n++) {
    if (step()) return
    await new Promise((resolve) => setImmediate(resolve))
  }
  throw new Error('It did not come about.')
}
