import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deferred } from '../../src/base/deferred.ts'
import { call, connected, Field, isAnswer, isRequest, media, rawSdp, until } from './sip-kit.ts'

describe.each(['UDP', 'TCP'] as const)('a call by %s', (transport) => {
  let field: Field
  beforeEach(() => {
    field = new Field(transport)
  })
  afterEach(async () => {
    expect(await field.leaks()).toEqual([])
  })

  it('rings, is answered and is hung up by the caller', async () => {
    const [a, b] = [await field.agent(), await field.agent()]
    const caller = call(a, b.uri())
    const callee = await b.incoming()
    expect(callee.session.remote).toMatchObject({ displayName: 'Ann "A" O’Hara', uri: { user: 'ann' } })
    callee.session.ring()
    expect(await caller.ear.next('provisional')).toMatchObject({ status: 180, early: undefined })
    callee.session.accept(media(5000))
    expect((await callee.ear.next('media')).media).toMatchObject({ address: '127.0.0.1', port: 4000, codec: 'PCMU' })
    expect((await caller.ear.next('media')).media).toMatchObject({ address: '127.0.0.1', port: 5000, codec: 'PCMU' })
    await caller.ear.next('accepted')
    await until(() => b.ladder().includes('< ACK'))
    caller.session.hangup({ q850: 16, text: 'done, "really"' })
    expect((await callee.ear.next('ended')).end).toEqual({ by: 'remote', how: 'bye', q850: 16, text: 'done, "really"' })
    expect((await caller.ear.next('ended')).end).toEqual({ by: 'local', how: 'bye', q850: 16 })
    expect(caller.ear.kinds).toEqual(['provisional', 'media', 'accepted', 'ended'])
  })

  it('is hung up by the callee', async () => {
    const { caller, callee } = await connected(await field.agent(), await field.agent())
    callee.session.hangup()
    expect((await caller.ear.next('ended')).end).toEqual({ by: 'remote', how: 'bye' })
  })

  it('is hung up by both at once', async () => {
    const [a, b] = [await field.agent(), await field.agent()]
    const { caller, callee } = await connected(a, b)
    caller.session.hangup()
    callee.session.hangup()
    await until(() => a.ladder().includes('< 200 BYE') && b.ladder().includes('< 200 BYE'))
    expect([...caller.ear.kinds, ...callee.ear.kinds].filter((kind) => kind === 'ended')).toHaveLength(2)
  })

  it('is hung up by the callee before its ACK came: BYE waits for the ACK', async () => {
    const [a, b] = [await field.agent(), await field.agent()]
    const caller = call(a, b.uri())
    const callee = await b.incoming()
    callee.session.accept(media(5000))
    callee.session.hangup()
    expect((await callee.ear.next('ended')).end).toEqual({ by: 'local', how: 'bye' })
    expect((await caller.ear.next('ended')).end).toMatchObject({ by: 'remote', how: 'bye' })
    const ladder = b.ladder()
    expect(ladder.indexOf('> BYE')).toBeGreaterThan(ladder.indexOf('< ACK'))
  })

  it.each([
    [486, 'busy', 17],
    [603, 'declined', undefined],
    [404, 'unknown', undefined],
  ])('is refused with %i', async (status, text, q850) => {
    const [a, b] = [await field.agent(), await field.agent()]
    const caller = call(a, b.uri())
    const callee = await b.incoming()
    const reason: [string, string][] = q850 === undefined ? [] : [['Reason', `Q.850;cause=${q850}`]]
    callee.session.reject(status, text, [['Retry-After', '30'], ...reason])
    expect((await caller.ear.next('ended')).end).toEqual({
      by: 'remote',
      how: 'rejected',
      status,
      text,
      retryAfter: 30,
      ...(q850 === undefined ? {} : { q850 }),
    })
    expect((await callee.ear.next('ended')).end).toEqual({ by: 'local', how: 'rejected', status })
  })

  it('is given up while it rings', async () => {
    const [a, b] = [await field.agent(), await field.agent()]
    const caller = call(a, b.uri())
    const callee = await b.incoming()
    callee.session.ring()
    await caller.ear.next('provisional')
    caller.session.hangup({ q850: 26, text: 'answered elsewhere' })
    expect((await callee.ear.next('ended')).end).toEqual({
      by: 'remote',
      how: 'cancel',
      q850: 26,
      text: 'answered elsewhere',
    })
    await until(() => a.ladder().includes('< 487 INVITE'))
    expect(caller.ear.all.at(-1)).toEqual({ kind: 'ended', end: { by: 'local', how: 'cancel', q850: 26 } })
  })

  it('is given up before anything was answered: CANCEL waits for a provisional answer', async () => {
    const [a, b] = [await field.agent(), await field.agent()]
    const caller = call(a, b.uri())
    const callee = await b.incoming()
    caller.session.hangup()
    await field.settle()
    expect(a.ladder()).not.toContain('> CANCEL')
    await field.pass(250)
    expect((await callee.ear.next('ended')).end).toMatchObject({ by: 'remote', how: 'cancel' })
    await until(() => a.ladder().includes('< 487 INVITE'))
    expect(a.ladder().indexOf('> CANCEL')).toBeGreaterThan(a.ladder().indexOf('< 100 INVITE'))
  })

  it('is given up before it was sent', async () => {
    const [a, b] = [await field.agent(), await field.agent()]
    const caller = call(a, b.uri())
    caller.session.hangup()
    expect((await caller.ear.next('ended')).end).toEqual({ by: 'local', how: 'cancel' })
    await field.settle()
    expect(a.ladder()).toEqual([])
  })

  it('is ended at once when CANCEL crosses the 200', async () => {
    const [a, b] = [await field.agent(), await field.agent()]
    const caller = call(a, b.uri())
    const callee = await b.incoming()
    callee.session.ring()
    await caller.ear.next('provisional')
    callee.session.accept(media(5000))
    caller.session.hangup()
    expect((await callee.ear.next('ended')).end).toEqual({ by: 'remote', how: 'bye' })
    expect(caller.ear.kinds).toEqual(['provisional', 'ended'])
    expect(a.ladder().filter((line) => line.startsWith('> '))).toEqual(['> INVITE', '> CANCEL', '> ACK', '> BYE'])
  })

  it('brings audio before it is answered', async () => {
    const [a, b] = [await field.agent(), await field.agent()]
    const caller = call(a, b.uri())
    const callee = await b.incoming()
    callee.session.progress(media(5000))
    const early = await caller.ear.next('provisional')
    expect(early).toMatchObject({ status: 183, early: { port: 5000, codec: 'PCMU' } })
    callee.session.accept(media(5000))
    await caller.ear.next('accepted')
    caller.session.hangup()
    await callee.ear.next('ended')
  })

  it('is refused where no codec is common', async () => {
    const [a, b] = [await field.agent(), await field.agent()]
    const caller = call(a, b.uri(), { media: media(4000, ['PCMA']) })
    const callee = await b.incoming()
    callee.session.accept(media(5000, ['PCMU']))
    expect((await callee.ear.next('ended')).end).toMatchObject({ by: 'local', how: 'incompatible_media', status: 488 })
    expect((await caller.ear.next('ended')).end).toMatchObject({ how: 'rejected', status: 488 })
  })

  it('is held, taken back and moved', async () => {
    const { caller, callee } = await connected(await field.agent(), await field.agent())
    expect((await caller.session.reoffer({ direction: 'sendonly' })).direction).toBe('sendonly')
    expect((await callee.ear.next('media')).media.direction).toBe('recvonly')
    expect((await caller.session.reoffer({ direction: 'sendrecv' })).direction).toBe('sendrecv')
    expect((await callee.ear.next('media')).media.direction).toBe('sendrecv')
    await until(() => callee.session.flow !== undefined)
    await field.settle()
    expect((await callee.session.reoffer({ media: media(5002) })).port).toBe(4000)
    await caller.ear.next('media')
    await caller.ear.next('media')
    expect((await caller.ear.next('media')).media.port).toBe(5002)
    callee.session.hangup()
    await caller.ear.next('ended')
  })

  it('is hung up where the phone moved to, when it offered anew from there', async () => {
    const [a, b] = [await field.agent(), await field.agent()]
    const { callee, caller } = await connected(a, b)
    const invite = b.trace.find(({ message }) => message.kind === 'request' && message.method === 'INVITE')!.message
    const answered = b.trace.find(({ message }) => message.kind === 'response' && message.status === 200)!.message
    const moved = await field.peer()
    moved.send(
      b.port,
      [
        `INVITE sip:127.0.0.1:${b.port} SIP/2.0`,
        `Via: SIP/2.0/UDP 10.9.8.7:5062;rport;branch=z9hG4bKmoved`,
        `From: ${invite.headers.get('From')}`,
        `To: ${answered.headers.get('To')}`,
        `Call-ID: ${invite.callId}`,
        'CSeq: 7 INVITE',
        'Max-Forwards: 70',
        // Behind another NAT than before.
        'Contact: <sip:ann@10.9.8.7:5062>',
        'Content-Type: application/sdp',
      ],
      rawSdp(4100),
    )
    await moved.next(isAnswer(200, 'INVITE'))
    moved.send(b.port, [
      `ACK sip:127.0.0.1:${b.port} SIP/2.0`,
      `Via: SIP/2.0/UDP 10.9.8.7:5062;rport;branch=z9hG4bKmovedack`,
      `From: ${invite.headers.get('From')}`,
      `To: ${answered.headers.get('To')}`,
      `Call-ID: ${invite.callId}`,
      'CSeq: 7 ACK',
    ])
    await until(() => b.ladder().filter((line) => line === '< ACK').length === 2)
    callee.session.hangup()
    const bye = await moved.next(isRequest('BYE'))
    moved.answer(b.port, bye, 200, 'x')
    caller.session.hangup()
    await caller.ear.next('ended')
  })

  it('survives both sides offering at once', async () => {
    const [a, b] = [await field.agent(), await field.agent()]
    const { caller, callee } = await connected(a, b)
    const both = Promise.all([
      caller.session.reoffer({ direction: 'inactive' }),
      callee.session.reoffer({ media: media(5002) }),
    ])
    let done = false
    const settle = (): void => {
      done = true
    }
    both.then(settle, settle)
    while (!done) await field.pass(1000)
    const [held, moved] = await both
    expect(held.direction).toBe('inactive')
    expect(moved.port).toBe(4000)
    expect([...a.ladder(), ...b.ladder()]).toContain('< 491 INVITE')
    caller.session.hangup()
    await callee.ear.next('ended')
  })

  it('carries keys by INFO both ways', async () => {
    const { caller, callee } = await connected(await field.agent(), await field.agent())
    await caller.session.info('#', 200)
    await callee.session.info('7', 100)
    expect(await callee.ear.next('digit')).toEqual({ kind: 'digit', key: '#', ms: 200 })
    expect(await caller.ear.next('digit')).toEqual({ kind: 'digit', key: '7', ms: 100 })
    caller.session.hangup()
    await callee.ear.next('ended')
  })

  it('ends with its user agent', async () => {
    const [a, b] = [await field.agent(), await field.agent()]
    const { callee } = await connected(a, b)
    await a.scope.close()
    expect((await callee.ear.next('ended')).end).toEqual({ by: 'remote', how: 'bye' })
  })
})

describe('a call by a connection', () => {
  it('tells whence it came when its connection is gone', async () => {
    const field = new Field('TCP')
    const closed = deferred<void>()
    const b = await field.agent({ flowClosed: () => closed.resolve() })
    const socket = connect(b.port, '127.0.0.1')
    const head =
      'INVITE sip:bob@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKgone\r\nCSeq: 1 INVITE\r\n'
    const parties =
      'From: <sip:ann@127.0.0.1>;tag=a\r\nTo: <sip:bob@127.0.0.1>\r\nCall-ID: gone\r\nMax-Forwards: 70\r\n'
    socket.write(`${head}${parties}Contact: <sip:ann@127.0.0.1:9;transport=tcp>\r\nContent-Length: 0\r\n\r\n`)
    const { session } = await b.incoming()
    const { remotePort } = session.flow

    socket.destroy()
    await closed.promise

    expect(session.flow).toMatchObject({ transport: 'TCP', remoteAddress: '127.0.0.1', remotePort })
    session.reject(486)
    expect(await field.leaks()).toEqual([])
  })
})
