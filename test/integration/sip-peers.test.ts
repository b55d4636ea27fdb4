import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  address,
  call,
  connected,
  contact,
  Field,
  inDialog,
  isAnswer,
  isRequest,
  media,
  rawSdp,
  request,
  until,
  withSdp,
} from './sip-kit.ts'

let field: Field
beforeEach(() => {
  field = new Field()
})
afterEach(async () => {
  expect(await field.leaks()).toEqual([])
})

describe('a caller that misbehaves', () => {
  it('never sends ACK: the 200 is repeated for 64*T1, then comes BYE', async () => {
    const [b, peer] = [await field.agent(), await field.peer()]
    peer.send(b.port, request(peer, b.port, 'INVITE', { 'Content-Type': 'application/sdp' }), rawSdp(6000))
    const { session, ear } = await b.incoming()
    session.accept(media(5000))
    await field.pass(31_000)
    expect(ear.kinds).not.toContain('ended')
    await field.pass(1_500)
    expect((await ear.next('ended')).end).toEqual({ by: 'network', how: 'no_ack' })
    const bye = await peer.next(isRequest('BYE'))
    peer.answer(b.port, bye, 200, 'x')
    // At 0, 0.5, 1.5, 3.5, 7.5 s and every 4 s from then on.
    expect(peer.received.filter(isAnswer(200, 'INVITE'))).toHaveLength(11)
  })

  it('is hung up on before its ACK came: BYE waits for the ACK (§15)', async () => {
    const [b, peer] = [await field.agent(), await field.peer()]
    peer.send(b.port, request(peer, b.port, 'INVITE', { 'Content-Type': 'application/sdp' }), rawSdp(6000))
    const { session } = await b.incoming()
    session.accept(media(5000))
    session.hangup()
    const answer = await peer.next(isAnswer(200))
    await field.pass(5_000)
    expect(peer.received.some(isRequest('BYE'))).toBe(false)
    peer.send(b.port, inDialog(peer, b.port, 'ACK', answer, 1))
    peer.answer(b.port, await peer.next(isRequest('BYE')), 200, 'x')
  })

  it('offers nothing: our offer is answered by the ACK', async () => {
    const [b, peer] = [await field.agent(), await field.peer()]
    peer.send(b.port, request(peer, b.port, 'INVITE'))
    const { session, ear } = await b.incoming()
    session.accept(media(5000))
    const answer = await peer.next(isAnswer(200))
    expect(answer.body.toString()).toContain('m=audio 5000 RTP/AVP 0 8 101')
    expect(ear.kinds).toEqual([])
    const ack = inDialog(peer, b.port, 'ACK', answer, 1, { 'Content-Type': 'application/sdp' })
    peer.send(b.port, ack, rawSdp(6000, 'sendrecv', '8'))
    expect((await ear.next('media')).media).toMatchObject({ port: 6000, codec: 'PCMA' })
    peer.send(b.port, inDialog(peer, b.port, 'BYE', answer, 2))
    await ear.next('ended')
  })

  it('offers nothing and answers nothing: the call is ended', async () => {
    const [b, peer] = [await field.agent(), await field.peer()]
    peer.send(b.port, request(peer, b.port, 'INVITE'))
    const { session, ear } = await b.incoming()
    session.accept(media(5000))
    peer.send(b.port, inDialog(peer, b.port, 'ACK', await peer.next(isAnswer(200)), 1))
    expect((await ear.next('ended')).end).toMatchObject({ how: 'incompatible_media' })
    peer.answer(b.port, await peer.next(isRequest('BYE')), 200, 'x')
  })

  it('ends its early call by BYE: the INVITE is answered 487', async () => {
    const [b, peer] = [await field.agent(), await field.peer()]
    peer.send(b.port, request(peer, b.port, 'INVITE'))
    const { session, ear } = await b.incoming()
    session.ring()
    const ringing = await peer.next(isAnswer(180))
    peer.send(b.port, inDialog(peer, b.port, 'BYE', ringing, 2))
    expect((await ear.next('ended')).end).toMatchObject({ by: 'remote', how: 'bye' })
    await peer.next(isAnswer(200, 'BYE'))
    await peer.next(isAnswer(487, 'INVITE'))
  })

  it('counts CSeq backwards: 500', async () => {
    const [b, peer] = [await field.agent(), await field.peer()]
    peer.send(
      b.port,
      request(peer, b.port, 'INVITE', { CSeq: '10 INVITE', 'Content-Type': 'application/sdp' }),
      rawSdp(6000),
    )
    const { session, ear } = await b.incoming()
    session.accept(media(5000))
    const answer = await peer.next(isAnswer(200))
    peer.send(b.port, inDialog(peer, b.port, 'ACK', answer, 10))
    peer.send(b.port, inDialog(peer, b.port, 'INFO', answer, 9))
    await peer.next(isAnswer(500, 'INFO'))
    peer.send(b.port, inDialog(peer, b.port, 'BYE', answer, 11))
    await ear.next('ended')
  })

  it('holds by c=0.0.0.0 and comes from a new address', async () => {
    const [b, peer] = [await field.agent(), await field.peer()]
    peer.send(b.port, request(peer, b.port, 'INVITE', { 'Content-Type': 'application/sdp' }), rawSdp(6000))
    const { session, ear } = await b.incoming()
    session.accept(media(5000))
    const answer = await peer.next(isAnswer(200))
    peer.send(b.port, inDialog(peer, b.port, 'ACK', answer, 1))
    const held = rawSdp(6000).replace('c=IN IP4 127.0.0.1', 'c=IN IP4 0.0.0.0')
    const moved = await field.peer()
    const target = { Contact: `<sip:peer@127.0.0.1:${moved.port}>`, 'Content-Type': 'application/sdp' }
    peer.send(b.port, inDialog(peer, b.port, 'INVITE', answer, 2, target), held)
    const again = await peer.next((message) => isAnswer(200)(message) && message.cseq.number === 2)
    expect(again.body.toString()).toContain('a=recvonly')
    await ear.next('media')
    expect((await ear.next('media')).media.direction).toBe('recvonly')
    peer.send(b.port, inDialog(peer, b.port, 'ACK', answer, 2))
    await until(() => b.ladder().filter((line) => line === '< ACK').length === 2)
    session.hangup()
    moved.answer(b.port, await moved.next(isRequest('BYE')), 200, 'x')
  })

  it.each<[string, string, Record<string, string>, number, string | undefined]>([
    ['an unknown method', 'JUMP', {}, 405, 'Allow'],
    ['a method without a handler', 'MESSAGE', {}, 405, 'Allow'],
    ['an extension that we lack', 'INVITE', { Require: '100rel, zzz' }, 420, 'Unsupported'],
    ['no hops left', 'INVITE', { 'Max-Forwards': '0' }, 483, undefined],
    ['a dialog that we do not know', 'BYE', { To: '<sip:bob@example.test>;tag=never' }, 481, undefined],
    ['BYE without a dialog', 'BYE', {}, 481, undefined],
    ['a foreign scheme', 'OPTIONS', { Uri: 'http://example.test/' }, 416, undefined],
    ['no Contact', 'INVITE', { Contact: '' }, 400, 'Warning'],
    ['OPTIONS', 'OPTIONS', { 'Max-Forwards': '0' }, 200, 'Allow'],
  ])('sends %s', async (_, method, fields, status, header) => {
    const [b, peer] = [await field.agent(), await field.peer()]
    peer.send(b.port, request(peer, b.port, method, fields))
    const answer = await peer.next((message) => message.kind === 'response' && message.status >= 200)
    expect(answer).toMatchObject({ status })
    if (header !== undefined) expect(answer.headers.has(header)).toBe(true)
    if (status >= 300 && method === 'INVITE')
      peer.send(
        b.port,
        request(peer, b.port, 'ACK', {
          ...fields,
          To: answer.headers.get('To')!,
          Via: answer.headers.get('Via')!,
          'Call-ID': answer.callId,
          Require: '',
        }),
      )
  })

  it.each([
    ['application/json', '{}', 415],
    ['application/sdp', 'nonsense', 400],
    ['application/sdp', rawSdp(6000, 'sendrecv', '9'), 488],
    ['application/sdp', rawSdp(6000).replace('m=audio', 'm=video'), 488],
  ])('sends a body of %s that is of no use: %j', async (type, body, status) => {
    const [b, peer] = [await field.agent(), await field.peer()]
    peer.send(b.port, request(peer, b.port, 'INVITE', { 'Content-Type': type }), body)
    const answer = await peer.next((message) => message.kind === 'response' && message.status >= 200)
    expect(answer).toMatchObject({ status })
    expect(answer.headers.get('Warning')).toMatch(/^3\d\d 127\.0\.0\.1:\d+ ".+\."$/)
  })
})

describe('a callee that misbehaves', () => {
  it('never answers: no_response after 64*T1', async () => {
    const [a, peer] = [await field.agent(), await field.peer()]
    const { ear } = call(a, `sip:bob@127.0.0.1:${peer.port}`)
    await peer.next(isRequest('INVITE'))
    await field.pass(33_000)
    expect((await ear.next('ended')).end).toMatchObject({ by: 'network', how: 'no_response', status: 408 })
  })

  it('forks: the first 200 wins, the second is acknowledged and ended', async () => {
    const [a, peer] = [await field.agent(), await field.peer()]
    const { session, ear } = call(a, `sip:bob@127.0.0.1:${peer.port}`)
    const invite = await peer.next(isRequest('INVITE'))
    peer.answer(a.port, invite, 180, 'one', [contact(peer)])
    peer.answer(a.port, invite, 183, 'two', withSdp(peer), rawSdp(7002))
    expect(await ear.next('provisional')).toMatchObject({ status: 180, early: undefined })
    expect(await ear.next('provisional')).toMatchObject({ status: 183, early: { port: 7002 } })
    peer.answer(a.port, invite, 200, 'one', withSdp(peer), rawSdp(7000))
    expect((await ear.next('media')).media.port).toBe(7000)
    await ear.next('accepted')
    peer.answer(a.port, invite, 200, 'two', withSdp(peer), rawSdp(7002))
    const bye = await peer.next(isRequest('BYE'))
    expect(bye.to.params.get('tag')).toBe('two')
    peer.answer(a.port, bye, 200, 'two')
    const acks = peer.received.filter(isRequest('ACK')).map((ack) => ack.to.params.get('tag'))
    expect(acks).toEqual(['one', 'two'])
    // A lost ACK: the same 200 again is acknowledged again, and tells the user nothing.
    peer.answer(a.port, invite, 200, 'one', withSdp(peer), rawSdp(7000))
    await until(() => peer.received.filter(isRequest('ACK')).length === 3)
    session.hangup()
    peer.answer(a.port, await peer.next(isRequest('BYE')), 200, 'one')
    expect(ear.kinds).toEqual(['provisional', 'provisional', 'media', 'accepted', 'ended'])
  })

  it('answers without SDP: BYE', async () => {
    const [a, peer] = [await field.agent(), await field.peer()]
    const { ear } = call(a, `sip:bob@127.0.0.1:${peer.port}`)
    peer.answer(a.port, await peer.next(isRequest('INVITE')), 200, 'x', [contact(peer)])
    await peer.next(isRequest('ACK'))
    peer.answer(a.port, await peer.next(isRequest('BYE')), 200, 'x')
    expect((await ear.next('ended')).end).toMatchObject({ how: 'incompatible_media' })
  })

  it('answers in the 183 only: that counts', async () => {
    const [a, peer] = [await field.agent(), await field.peer()]
    const { session, ear } = call(a, `sip:bob@127.0.0.1:${peer.port}`)
    const invite = await peer.next(isRequest('INVITE'))
    peer.answer(a.port, invite, 183, 'x', withSdp(peer), rawSdp(7000))
    peer.answer(a.port, invite, 200, 'x', [contact(peer)])
    expect((await ear.next('media')).media.port).toBe(7000)
    session.hangup()
    peer.answer(a.port, await peer.next(isRequest('BYE')), 200, 'x')
  })

  it('stands behind a route: ACK and BYE go there, in the right order', async () => {
    const [a, peer, proxy] = [await field.agent(), await field.peer(), await field.peer()]
    const { session, ear } = call(a, `sip:bob@127.0.0.1:${peer.port}`)
    const routes = [`Record-Route: <sip:10.9.9.9;lr>`, `Record-Route: <sip:127.0.0.1:${proxy.port};lr>`]
    peer.answer(a.port, await peer.next(isRequest('INVITE')), 200, 'x', [...withSdp(peer), ...routes], rawSdp(7000))
    await ear.next('accepted')
    const ack = await proxy.next(isRequest('ACK'))
    expect(ack.headers.all('Route')).toEqual([`<sip:127.0.0.1:${proxy.port};lr>`, '<sip:10.9.9.9;lr>'])
    session.hangup()
    const bye = await proxy.next(isRequest('BYE'))
    expect(bye).toMatchObject({ uri: { user: 'peer', port: peer.port } })
    proxy.answer(a.port, bye, 200, 'x')
  })

  it('forgot the call: 481 to INFO ends it', async () => {
    const [a, peer] = [await field.agent(), await field.peer()]
    const { session, ear } = call(a, `sip:bob@127.0.0.1:${peer.port}`)
    peer.answer(a.port, await peer.next(isRequest('INVITE')), 200, 'x', withSdp(peer), rawSdp(7000))
    await ear.next('accepted')
    const sent = session.info('1', 100)
    peer.answer(a.port, await peer.next(isRequest('INFO')), 481, 'x')
    await expect(sent).rejects.toThrow('481')
    expect((await ear.next('ended')).end).toMatchObject({ by: 'network', how: 'no_response', status: 481 })
    peer.answer(a.port, await peer.next(isRequest('BYE')), 481, 'x')
  })

  it('refuses a re-INVITE: what held before goes on', async () => {
    const [a, peer] = [await field.agent(), await field.peer()]
    const { session, ear } = call(a, `sip:bob@127.0.0.1:${peer.port}`)
    peer.answer(a.port, await peer.next(isRequest('INVITE')), 200, 'x', withSdp(peer), rawSdp(7000))
    await ear.next('accepted')
    const offered = session.reoffer({ direction: 'sendonly' })
    peer.answer(a.port, await peer.next(isRequest('INVITE')), 488, 'x')
    await expect(offered).rejects.toThrow('488')
    session.hangup()
    peer.answer(a.port, await peer.next(isRequest('BYE')), 200, 'x')
  })
})

describe('what nobody may write', () => {
  it.each([
    ['uri', { uri: 'sip:bob@x\r\nEvil: 1' }],
    ['from', { from: { ...address('ann'), displayName: 'a\r\nEvil: 1' } }],
  ])('a line break in %s', async (field_, options) => {
    const a = await field.agent()
    expect(() => call(a, 'sip:bob@127.0.0.1', options as never)).toThrow(field_)
  })

  it('a line break in further headers: the call fails with a sentence', async () => {
    const a = await field.agent()
    const { ear } = call(a, 'sip:bob@127.0.0.1:9', { headers: [['Subject', 'a\r\nEvil: 1']] })
    expect((await ear.next('ended')).end).toMatchObject({ how: 'transport', text: expect.stringContaining('Subject') })
  })

  it('a name that leads nowhere ends the call with a sentence', async () => {
    const a = await field.agent()
    const { ear } = call(a, 'sip:bob@127.0.0.1:9;transport=tls')
    expect((await ear.next('ended')).end).toMatchObject({ by: 'network', how: 'transport', status: 503 })
  })

  it('two calls share nothing', async () => {
    const [a, b] = [await field.agent(), await field.agent()]
    const one = await connected(a, b)
    const caller = call(a, b.uri())
    const callee = await b.incoming()
    one.caller.session.hangup()
    await one.callee.ear.next('ended')
    expect(callee.ear.kinds).toEqual([])
    callee.session.reject(486)
    await caller.ear.next('ended')
  })
})
