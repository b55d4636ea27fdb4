import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { Scope } from '../../../src/base/scope.ts'
import {
  buildResponse,
  type Flow,
  openTransports,
  type ParseFault,
  parseMessage,
  parseVia,
  type SipMessage,
  type SipRequest,
  type TransportSet,
  type TransportsOptions,
} from '../../../src/sip/index.ts'
import { Framer } from '../../../src/sip/transport/framer.ts'
import { markReceived, responseFlow } from '../../../src/sip/transport/received.ts'
import { FakeClock } from '../../kit/fake-clock.ts'
import { Inbox } from './layer-kit.ts'

const options = (o: { via?: string; callId?: string; length?: string; body?: string; top?: string } = {}): string =>
  [
    'OPTIONS sip:bob@127.0.0.1 SIP/2.0',
    `Via: ${o.via ?? 'SIP/2.0/TCP 127.0.0.1:5099;branch=z9hG4bK1'}`,
    'From: <sip:ann@127.0.0.1>;tag=1',
    'To: <sip:bob@127.0.0.1>',
    `Call-ID: ${o.callId ?? '1'}`,
    'CSeq: 1 OPTIONS',
    ...(o.length === '' ? [] : [o.length ?? `Content-Length: ${Buffer.byteLength(o.body ?? '')}`]),
    '',
    o.body ?? '',
  ].join('\r\n')

const read = (text: string): SipRequest => {
  const message = parseMessage(Buffer.from(text))
  if (message.kind !== 'request') throw new Error('not a request')
  return message
}

interface Door {
  readonly clock: FakeClock
  readonly scope: Scope
  readonly set: TransportSet
  readonly port: number
  readonly messages: Inbox<{ message: SipMessage; flow: Flow }>
  readonly faults: Inbox<ParseFault>
  readonly closed: Inbox<Flow>
}
const doors: Door[] = []
const clients: Socket[] = []

async function door(o: Partial<TransportsOptions> = {}): Promise<Door> {
  const clock = new FakeClock()
  const scope = new Scope('door')
  const set = await openTransports({ address: '127.0.0.1', port: 0, clock, scope, log: silentLogger, ...o })
  const messages = new Inbox<{ message: SipMessage; flow: Flow }>()
  const faults = new Inbox<ParseFault>()
  const closed = new Inbox<Flow>()
  set.listen({
    message: (message, flow) => messages.put({ message, flow }),
    fault: (fault) => faults.put(fault),
    closed: (flow) => closed.put(flow),
  })
  const made = { clock, scope, set, port: set.all[0]!.localPort, messages, faults, closed }
  doors.push(made)
  return made
}

function client(port: number): Socket {
  const socket = connect(port, '127.0.0.1')
  clients.push(socket)
  return socket
}

afterEach(async () => {
  for (const socket of clients.splice(0)) socket.destroy()
  for (const { scope, clock } of doors.splice(0)) {
    await scope.close()
    expect(scope.open()).toEqual([])
    expect(clock.waiting).toBe(0)
  }
})

describe('cutting a stream into messages', () => {
  const first = options({ callId: 'one', body: 'body\r\n\r\nwith lines' })
  const second = options({ callId: 'two', length: 'l:\r\n  0' })

  it('gives the same messages however the bytes are cut', () => {
    const bytes = Buffer.from(`\r\n\r\n${first}\r\n${second}\r\n\r\n`)
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
        const framer = new Framer()
        const frames = [0, ...cuts.sort((a, b) => a - b)].flatMap((cut, i, all) =>
          framer.push(bytes.subarray(cut, all[i + 1] ?? bytes.length)),
        )

        expect(frames.map((f) => (f.kind === 'message' ? f.bytes.toString() : f.kind))).toEqual([
          'ping',
          first,
          second,
          'ping',
        ])
        expect(framer.pending).toBe(0)
      }),
    )
  })

  it.each([
    ['Content-Length is missing', options({ length: '' })],
    ['Content-Length is not a number of bytes', options({ length: 'Content-Length: x' })],
    ['Content-Length stands there more than once', options({ length: 'Content-Length: 0\r\nl: 5' })],
    ['the body is longer than 262144 bytes', options({ length: 'Content-Length: 262145' })],
    ['the headers are longer than 65536 bytes', `OPTIONS ${'x'.repeat(70_000)}`],
  ])('breaks off: %s', (sentence, text) => {
    const framer = new Framer()

    expect(framer.push(Buffer.from(text))).toMatchObject([{ kind: 'broken', sentence }])
    expect(framer.push(Buffer.from(first))).toEqual([])
  })

  it('never throws, whatever comes, and keeps no more than one message', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 }), (chunks) => {
        const framer = new Framer()
        for (const chunk of chunks) framer.push(Buffer.from(chunk))
        expect(framer.pending).toBeLessThan(2001)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('where a request came from, and where its answer goes (RFC 3261 §18.2, RFC 3581)', () => {
  const flow: Flow = {
    transport: 'UDP',
    localAddress: '192.0.2.1',
    localPort: 5060,
    remoteAddress: '203.0.113.9',
    remotePort: 40001,
  }
  it.each([
    ['203.0.113.9:5062;branch=z9hG4bK1', '203.0.113.9:5062;branch=z9hG4bK1', 5062],
    ['203.0.113.9;branch=z9hG4bK1', '203.0.113.9;branch=z9hG4bK1', 5060],
    [
      '203.0.113.9:5062;rport;branch=z9hG4bK1',
      '203.0.113.9:5062;rport=40001;branch=z9hG4bK1;received=203.0.113.9',
      40001,
    ],
    ['10.0.0.4:5062;branch=z9hG4bK1', '10.0.0.4:5062;branch=z9hG4bK1;received=203.0.113.9', 40001],
    [
      'phone.example.com;rport;branch=z9hG4bK1',
      'phone.example.com;rport=40001;branch=z9hG4bK1;received=203.0.113.9',
      40001,
    ],
    ['203.0.113.9:5062;received=198.51.100.1;branch=z9hG4bK1', '203.0.113.9:5062;branch=z9hG4bK1', 5062],
    [
      '203.0.113.9:5062;maddr=198.51.100.1;branch=z9hG4bK1',
      '203.0.113.9:5062;maddr=198.51.100.1;branch=z9hG4bK1',
      5062,
    ],
  ])('%s', (sent, marked, port) => {
    const request = markReceived(read(options({ via: `SIP/2.0/UDP ${sent}, SIP/2.0/UDP below.example.com` })), flow)

    expect(request.headers.all('Via')).toEqual([`SIP/2.0/UDP ${marked}`, 'SIP/2.0/UDP below.example.com'])
    expect(request.vias[0]).toEqual(parseVia(`SIP/2.0/UDP ${marked}`))
    expect(responseFlow(request.vias[0]!, flow)).toEqual({ ...flow, remotePort: port })
  })
})

describe('TCP', () => {
  it('answers a ping, reads messages and answers on the same connection', async () => {
    const { set, port, messages } = await door()
    const socket = client(port)

    socket.write('\r\n\r\n')
    const [pong] = await once(socket, 'data')
    socket.write(options())
    const { message, flow } = await messages.next()
    await set.respond(message as SipRequest, flow, Buffer.from('an answer'), () => {})
    const [bytes] = await once(socket, 'data')

    expect([String(pong), String(bytes)]).toEqual(['\r\n', 'an answer'])
    expect(flow).toMatchObject({ transport: 'TCP', localPort: port, remotePort: socket.localPort })
  })

  it('reports a fault with the request and closes where the stream cannot be read on', async () => {
    const { port, faults, closed } = await door()
    const socket = client(port)

    socket.write(options({ length: '' }))
    const fault = await faults.next()
    socket.resume()
    await once(socket, 'end')
    await closed.next()

    expect(fault).toMatchObject({ status: 400, sentence: 'Content-Length is missing', request: { callId: '1' } })
  })

  it('uses an open connection again, and opens one for an answer whose connection is gone', async () => {
    const here = await door()
    const there = await door()
    const to = { transport: 'TCP' as const, address: '127.0.0.1', port: there.port }

    const [one, two] = await Promise.all([here.set.connect(to), here.set.connect(to)])
    await here.set.send(one, Buffer.from(options({ via: `SIP/2.0/TCP 127.0.0.1:${here.port};branch=z9hG4bK1` })))
    const { message, flow } = await there.messages.next()
    await here.scope.close()
    await there.closed.next()
    const again = await door({ port: here.port })
    const answer = Buffer.from(options({ callId: 'answer' }))
    const used = await there.set.respond(message as SipRequest, flow, answer, () => {})

    expect(two).toEqual(one)
    expect(used.connection).not.toBe(flow.connection)
    expect((await again.messages.next()).message.callId).toBe('answer')
  })

  it.each([
    ['a silent newcomer', '', 30_000],
    ['a message that never becomes whole', options().slice(0, 50), 30_000],
    ['a peer that fell silent', options(), 3_900_000],
  ])('closes %s', async (_, text, ms) => {
    const accepted = new Inbox<string>()
    const { clock, port, messages, closed } = await door({ accept: (address) => accepted.put(address) === undefined })
    const socket = client(port)
    await accepted.next()
    socket.write(text)
    if (text === options()) await messages.next()

    clock.advance(ms)
    expect(closed.size).toBe(0)
    clock.advance(5_001)
    socket.resume()

    expect((await closed.next()).remotePort).toBe(socket.localPort)
  })

  it('refuses connections beyond the cap of one address', async () => {
    const { port, messages } = await door({ streams: { connectionsPerAddress: 2 } })
    const [one, two, three] = [client(port), client(port), client(port)]

    for (const socket of [one, two]) socket.write(options())
    await messages.next()
    await messages.next()
    three.resume()
    await once(three, 'close')

    expect([one.destroyed, two.destroyed]).toEqual([false, false])
  })

  it('cuts off a peer that does not read', async () => {
    const { set, port, messages, closed } = await door({ streams: { unsentBytes: 100_000 } })
    const socket = client(port)
    socket.pause()
    socket.write(options())
    const { flow } = await messages.next()

    const flood = Buffer.alloc(50_000)
    const sends: Promise<void>[] = []
    for (let i = 0; i < 200 && closed.size === 0; i++) sends.push(set.send(flow, flood))
    const results = await Promise.allSettled(sends)
    await closed.next()

    expect(results.some(({ status }) => status === 'rejected')).toBe(true)
  })

  it('asks before it reads', async () => {
    const asked: string[] = []
    const { port } = await door({ accept: (address) => asked.push(address) === 0 })
    const socket = client(port)
    socket.resume()

    await once(socket, 'close')

    expect(asked).toEqual(['127.0.0.1'])
  })
})

describe('UDP', () => {
  it('asks before it reads, ignores keep-alives, reads what is left', async () => {
    let open = false
    const { port, messages, faults } = await door({ accept: () => open })
    const socket = createSocket('udp4')
    const send = (text: string): Promise<void> =>
      new Promise((resolve) => socket.send(text, port, '127.0.0.1', () => resolve()))

    await send(options({ callId: 'refused' }))
    const udp = createSocket('udp4')
    await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve))
    udp.send('x', udp.address().port, '127.0.0.1')
    await once(udp, 'message')
    udp.close()
    open = true
    for (const text of ['\r\n\r\n', '\0\0\0\0', options({ callId: 'taken' })]) await send(text)
    const { message } = await messages.next()
    socket.close()

    expect(message.callId).toBe('taken')
    expect(faults.size).toBe(0)
  })

  it('survives 3,000 datagrams of garbage and answers the next one', async () => {
    const { port, messages } = await door()
    const socket = createSocket('udp4')
    const good = options()
    for (let i = 0; i < 3000; i++) {
      const bytes = Buffer.from(good)
      for (let k = 0; k < 8; k++) bytes[(i * 31 + k * 97) % bytes.length] = (i * 7 + k * 13) % 256
      socket.send(bytes.subarray(0, (i * 17) % bytes.length || 1), port, '127.0.0.1')
      if (i % 50 === 0) await new Promise<void>((resolve) => setImmediate(resolve))
    }
    socket.send(options({ callId: 'last' }), port, '127.0.0.1')

    for (;;) if ((await messages.next()).message.callId === 'last') break
    socket.close()
  })

  const v6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))
  it.skipIf(!v6)('speaks IPv6', async () => {
    const here = await door({ address: '::1' })
    const there = await door({ address: '::' })

    for (const transport of ['UDP', 'TCP'] as const) {
      const flow = await here.set.connect({ transport, address: '::1', port: there.port })
      await here.set.send(
        flow,
        Buffer.from(options({ via: `SIP/2.0/${transport} [::1]:${here.port};branch=z9hG4bK1` })),
      )

      expect((await there.messages.next()).flow).toMatchObject({ transport, remoteAddress: '::1', localAddress: '::1' })
    }
  })

  it('names our own address where the socket is bound to all', async () => {
    const { set } = await door({ address: '0.0.0.0' })

    const flow = await set.connect({ transport: 'UDP', address: '127.0.0.9', port: 5060 })

    expect(flow.localAddress).toBe('127.0.0.1')
  })
})

describe('ports', () => {
  it('have one number for UDP and TCP', async () => {
    const { set } = await door()

    expect(new Set(set.all.map(({ localPort }) => localPort)).size).toBe(1)
    expect(set.all.map(({ name, reliable }) => [name, reliable])).toEqual([
      ['UDP', false],
      ['TCP', true],
    ])
  })

  it('that are taken are named, and nothing stays open', async () => {
    const { port } = await door()
    const scope = new Scope('second')

    const second = openTransports({ address: '127.0.0.1', port, clock: new FakeClock(), scope, log: silentLogger })

    await expect(second).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: `UDP port ${port} on 127.0.0.1 is taken by another program`,
    })
    expect(scope.open()).toEqual([])
  })

  it('sends nothing once closed', async () => {
    const { set, scope, port } = await door()
    const flow = await set.connect({ transport: 'UDP', address: '127.0.0.1', port })
    await scope.close()

    await expect(set.send(flow, Buffer.from('x'))).rejects.toMatchObject({ code: 'ECLOSED' })
    await expect(set.connect({ transport: 'TCP', address: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'ECLOSED',
    })
  })
})

it('an answer to a request that a transport read echoes its Via', () => {
  const request = read(options())

  expect(buildResponse(request, 200).headers.all('Via')).toEqual(request.headers.all('Via'))
})
