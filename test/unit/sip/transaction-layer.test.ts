import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { buildResponse, type ServerTransaction } from '../../../src/sip/index.ts'
import { FakeClock } from '../../kit/fake-clock.ts'
import { ClientLog, type Peer, peer, request } from './layer-kit.ts'

const open: Peer[] = []
async function pair(clock?: FakeClock): Promise<[Peer, Peer]> {
  const both: [Peer, Peer] = [await peer(clock ? { clock } : {}), await peer(clock ? { clock } : {})]
  open.push(...both)
  return both
}
const answer = (t: ServerTransaction, status: number): void =>
  t.respond(buildResponse(t.request, status, { toTag: t.toTag }))

afterEach(async () => {
  for (const one of open.splice(0)) {
    await one.scope.close()
    expect(one.layer.counts()).toEqual({ client: 0, server: 0, timers: 0 })
    expect(one.scope.open()).toEqual([])
  }
})

describe.each(['UDP', 'TCP'] as const)('requests and answers by %s', (transport) => {
  it('carries a request and its answer, with our Via on top', async () => {
    const [ann, bob] = await pair()
    const log = new ClientLog()

    ann.layer.request(request('OPTIONS'), { destinations: [bob.at(transport)] }, log)
    const incoming = await bob.requests.next()
    answer(incoming, 200)
    const { response } = await log.responses.next()

    expect(response.status).toBe(200)
    expect(response.to.params.get('tag')).toBe(incoming.toTag)
    const top = incoming.request.vias[0]!
    expect(top).toMatchObject({ transport, host: '127.0.0.1', port: ann.port })
    expect(top.params.get('received')).toBe('127.0.0.1')
    expect(top.params.get('rport')).toBe(String(incoming.flow.remotePort))
  })

  it('hands up the answers of an INVITE in order, and the ACK of a 2xx', async () => {
    const [ann, bob] = await pair()
    const log = new ClientLog()
    const invite = request('INVITE')

    ann.layer.request(invite, { destinations: [bob.at(transport)] }, log)
    const incoming = await bob.requests.next()
    for (const status of [180, 183, 200]) answer(incoming, status)
    const statuses = [await log.responses.next(), await log.responses.next(), await log.responses.next()]
    await ann.layer.sendAck(request('ACK'), { destinations: [bob.at(transport)] })

    expect(statuses.map(({ response }) => response.status)).toEqual([180, 183, 200])
    expect((await bob.acks.next()).method).toBe('ACK')
  })

  it('acknowledges a failure by itself: the user sees neither ACK nor a second answer', async () => {
    const [ann, bob] = await pair()
    const log = new ClientLog()

    ann.layer.request(request('INVITE'), { destinations: [bob.at(transport)] }, log)
    const incoming = await bob.requests.next()
    answer(incoming, 486)
    const { response } = await log.responses.next()
    answer(incoming, 200)
    const after = new ClientLog()
    ann.layer.request(request('OPTIONS'), { destinations: [bob.at(transport)] }, after)
    answer(await bob.requests.next(), 200)
    await after.responses.next()

    expect(response.status).toBe(486)
    expect(log.responses.size).toBe(0)
    expect(bob.acks.size).toBe(0)
    expect(bob.trace.map(({ message: m }) => (m.kind === 'request' ? m.method : m.status))).toEqual([
      'INVITE',
      486,
      'ACK',
      'OPTIONS',
      200,
    ])
  })

  it('cancels: the CANCEL waits for a provisional answer, its tag is that of the INVITE', async () => {
    const [ann, bob] = await pair()
    const log = new ClientLog()

    const client = ann.layer.request(request('INVITE'), { destinations: [bob.at(transport)] }, log)
    const incoming = await bob.requests.next()
    incoming.listen({ cancelled: () => answer(incoming, 487) })
    client.cancel([['Reason', 'Q.850;cause=16']])
    expect(bob.trace.length).toBe(1)
    answer(incoming, 180)
    await log.responses.next()
    const { response } = await log.responses.next()

    expect(response.status).toBe(487)
    const cancel = bob.trace.find(({ message: m }) => m.kind === 'request' && m.method === 'CANCEL')!.message
    expect(cancel.headers.get('Reason')).toBe('Q.850;cause=16')
    expect(cancel.vias[0]?.branch).toBe(incoming.request.vias[0]?.branch)
    const ok = bob.trace.find(({ message: m }) => m.kind === 'response' && m.cseq.method === 'CANCEL')!.message
    expect(ok.to.params.get('tag')).toBe(incoming.toTag)
  })
})

describe('what can go wrong', () => {
  it('answers a CANCEL that matches nothing with 481', async () => {
    const [ann, bob] = await pair()
    const log = new ClientLog()

    ann.layer.request(request('CANCEL'), { destinations: [bob.at('UDP')] }, log)

    expect((await log.responses.next()).response.status).toBe(481)
    expect(bob.requests.size).toBe(0)
  })

  it('sends 100 when the user is silent for 200 ms, and not when it was not', async () => {
    const clock = new FakeClock()
    const [ann, bob] = await pair(clock)
    const log = new ClientLog()

    ann.layer.request(request('INVITE'), { destinations: [bob.at('UDP')] }, log)
    const incoming = await bob.requests.next()
    clock.advance(200)

    expect((await log.responses.next()).response.status).toBe(100)
    expect(incoming.status).toBe(100)
  })

  it('gives up after 64*T1 without an answer: 7 INVITEs, then 408', async () => {
    const clock = new FakeClock()
    const [ann] = await pair(clock)
    const deaf = createSocket('udp4')
    deaf.bind(0, '127.0.0.1')
    await once(deaf, 'listening')
    const log = new ClientLog()

    const to = { transport: 'UDP' as const, address: '127.0.0.1', port: deaf.address().port }
    ann.layer.request(request('INVITE'), { destinations: [to] }, log)
    await once(deaf, 'message')
    clock.advance(32_000)
    const failure = await log.failures.next()
    await log.over.promise
    deaf.close()

    expect(failure).toMatchObject({ kind: 'timeout', status: 408 })
    expect(ann.trace.length).toBe(7)
    expect(clock.waiting).toBe(2) // the sweeps of the two TCP transports
  })

  it('tries the next address after a refusal and after a 503', async () => {
    const [ann, bob] = await pair()
    const carol = await peer()
    open.push(carol)
    const free = createServer().listen(0, '127.0.0.1')
    await once(free, 'listening')
    const address = free.address()
    const port = typeof address === 'object' && address ? address.port : 0
    free.close()
    await once(free, 'close')
    const log = new ClientLog()

    const nobody = { transport: 'TCP' as const, address: '127.0.0.1', port }
    ann.layer.request(request('INVITE'), { destinations: [nobody, bob.at('UDP'), carol.at('TCP')] }, log)
    answer(await bob.requests.next(), 503)
    answer(await carol.requests.next(), 200)

    const { response, flow } = await log.responses.next()
    expect(response.status).toBe(200)
    expect(flow).toMatchObject({ transport: 'TCP', remotePort: carol.port })
  })

  it('names the address when there is nobody', async () => {
    const [ann] = await pair()
    const log = new ClientLog()

    ann.layer.request(
      request('OPTIONS'),
      { destinations: [{ transport: 'TLS', address: '127.0.0.1', port: 5061 }] },
      log,
    )

    expect(await log.failures.next()).toMatchObject({
      kind: 'transport',
      status: 503,
      sentence: 'cannot reach 127.0.0.1 port 5061 by TLS',
    })
    await log.over.promise
  })

  it('sends a request of more than 1300 bytes by TCP, and by UDP where TCP is not taken', async () => {
    const ann = await peer()
    const bob = await peer()
    const udpOnly = await peer({ transports: ['UDP'] })
    open.push(ann, bob, udpOnly)
    const large = request('MESSAGE', { body: 'x'.repeat(1200) })
    const logs = [new ClientLog(), new ClientLog()]

    ann.layer.request(large, { destinations: [bob.at('UDP')] }, logs[0]!)
    ann.layer.request(large, { destinations: [udpOnly.at('UDP')] }, logs[1]!)

    expect((await bob.requests.next()).request.vias[0]).toMatchObject({ transport: 'TCP' })
    expect((await udpOnly.requests.next()).request.vias[0]).toMatchObject({ transport: 'UDP' })
  })

  it('fails a request whose connection closes before any answer', async () => {
    const ann = await peer()
    open.push(ann)
    const rude = createServer((socket) => socket.once('data', () => socket.destroy())).listen(0, '127.0.0.1')
    await once(rude, 'listening')
    const address = rude.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const log = new ClientLog()

    ann.layer.request(request('INVITE'), { destinations: [{ transport: 'TCP', address: '127.0.0.1', port }] }, log)
    const failure = await log.failures.next()
    rude.close()

    expect(failure).toMatchObject({ kind: 'transport', status: 503 })
  })

  it('marks a request that came by two paths', async () => {
    const [ann, bob] = await pair()
    const twice = request('INVITE')

    ann.layer.request(twice, { destinations: [bob.at('UDP')] }, new ClientLog())
    const first = await bob.requests.next()
    ann.layer.request(twice, { destinations: [bob.at('UDP')] }, new ClientLog())
    const second = await bob.requests.next()

    expect([first.merged, second.merged]).toEqual([false, true])
  })

  it('answers 400 with the fault where a request can be answered, and goes on', async () => {
    const [ann, bob] = await pair()
    const bad = `OPTIONS sip:bob@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@c>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n`
    const socket = connect(bob.port, '127.0.0.1')

    socket.write(bad)
    const [bytes] = (await once(socket, 'data')) as [Buffer]
    socket.destroy()
    const log = new ClientLog()
    ann.layer.request(request('OPTIONS'), { destinations: [bob.at('UDP')] }, log)
    answer(await bob.requests.next(), 200)

    expect(bytes.toString()).toMatch(/^SIP\/2.0 400 The method of CSeq is not that of the request\r\n/)
    expect((await log.responses.next()).response.status).toBe(200)
  })
})
