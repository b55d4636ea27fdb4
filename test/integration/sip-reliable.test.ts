import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  call,
  contact,
  Field,
  inDialog,
  isAnswer,
  isRequest,
  media,
  type RawPeer,
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

const sdpType = { 'Content-Type': 'application/sdp' }
const insists = { Require: '100rel' }

/** A PRACK of the bare peer for that answer. */
const prack = (peer: RawPeer, to: number, answer: Parameters<typeof inDialog>[3], cseq = 2, rseq?: string) =>
  inDialog(peer, to, 'PRACK', answer, cseq, { RAck: `${rseq ?? answer.headers.get('RSeq')} 1 INVITE`, ...sdpType })

describe('provisional answers of ours', () => {
  it('are acknowledged between two of our own, and the 200 has no description then', async () => {
    const [a, b] = [await field.agent(), await field.agent()]
    const caller = call(a, b.uri())
    const callee = await b.incoming()
    callee.session.ring()
    callee.session.progress(media(5000))
    callee.session.accept(media(5000))
    await caller.ear.next('accepted')
    await until(() => b.ladder().includes('< ACK'))

    expect(b.ladder()).toEqual([
      ...['< INVITE', '> 180 INVITE', '> 183 INVITE', '< PRACK', '> 200 PRACK', '> 200 INVITE', '< ACK'],
    ])
    const [answer] = b.trace.filter(({ message }) => isAnswer(200, 'INVITE')(message))
    expect(answer?.message.body.length).toBe(0)
    expect((await caller.ear.next('media')).media).toMatchObject({ port: 5000 })
    expect((await callee.ear.next('media')).media).toMatchObject({ port: 4000 })
    caller.session.hangup()
    await callee.ear.next('ended')
  })

  it('are repeated until their PRACK, and the 200 waits for it', async () => {
    const [b, peer] = [await field.agent(), await field.peer()]
    peer.send(b.port, request(peer, b.port, 'INVITE', { ...insists, ...sdpType }), rawSdp(6000))
    const { session, ear } = await b.incoming()
    session.progress(media(5000))
    session.accept(media(5000))
    const early = await peer.next(isAnswer(183))
    await field.pass(4_000)
    // At 0.5, 1.5 and 3.5 s.
    expect(peer.received.filter(isAnswer(183))).toHaveLength(3)
    expect(peer.received.some(isAnswer(200))).toBe(false)
    expect(early.headers.get('Require')).toBe('100rel')
    peer.send(b.port, prack(peer, b.port, early))
    await peer.next(isAnswer(200, 'PRACK'))
    const answer = await peer.next(isAnswer(200, 'INVITE'))
    peer.send(b.port, inDialog(peer, b.port, 'ACK', answer, 1))
    peer.send(b.port, inDialog(peer, b.port, 'BYE', answer, 3))
    await ear.next('ended')
  })

  it('that nobody acknowledges end the call with 504', async () => {
    const [b, peer] = [await field.agent(), await field.peer()]
    peer.send(b.port, request(peer, b.port, 'INVITE', { ...insists, ...sdpType }), rawSdp(6000))
    const { session, ear } = await b.incoming()
    session.ring()
    await field.pass(33_000)
    const refusal = await peer.next(isAnswer(504))
    peer.send(b.port, inDialog(peer, b.port, 'ACK', refusal, 1))
    expect((await ear.next('ended')).end).toMatchObject({ by: 'network', how: 'no_ack' })
  })

  it.each([
    ['another number', '1', 481],
    ['no number', 'x', 400],
  ])('refuse a PRACK with %s', async (_, rseq, status) => {
    const [b, peer] = [await field.agent(), await field.peer()]
    peer.send(b.port, request(peer, b.port, 'INVITE', { ...insists, ...sdpType }), rawSdp(6000))
    const { session, ear } = await b.incoming()
    session.ring()
    const early = await peer.next(isAnswer(180))
    peer.send(b.port, prack(peer, b.port, early, 2, rseq))
    await peer.next(isAnswer(status, 'PRACK'))
    session.reject(486)
    peer.send(b.port, inDialog(peer, b.port, 'ACK', await peer.next(isAnswer(486)), 1))
    await ear.next('ended')
  })

  it('carry our offer where the INVITE has none, which the PRACK answers', async () => {
    const [b, peer] = [await field.agent(), await field.peer()]
    peer.send(b.port, request(peer, b.port, 'INVITE', insists))
    const { session, ear } = await b.incoming()
    session.ring()
    session.progress(media(5000))
    const early = await peer.next(isAnswer(183))
    expect(early.body.toString()).toContain('m=audio 5000')
    expect(peer.received.some(isAnswer(180))).toBe(false)
    peer.send(b.port, prack(peer, b.port, early), rawSdp(6000, 'sendrecv', '8'))
    expect((await ear.next('media')).media).toMatchObject({ port: 6000, codec: 'PCMA' })
    session.accept(media(5000))
    const answer = await peer.next(isAnswer(200, 'INVITE'))
    expect(answer.body.length).toBe(0)
    peer.send(b.port, inDialog(peer, b.port, 'ACK', answer, 1))
    peer.send(b.port, inDialog(peer, b.port, 'BYE', answer, 3))
    await ear.next('ended')
  })

  it.each([
    ['no answer', ''],
    ['an answer of no use', rawSdp(6000, 'sendrecv', '9')],
  ])('with our offer end the call with 488 where the PRACK has %s', async (_, body) => {
    const [b, peer] = [await field.agent(), await field.peer()]
    peer.send(b.port, request(peer, b.port, 'INVITE', insists))
    const { session, ear } = await b.incoming()
    session.progress(media(5000))
    peer.send(b.port, prack(peer, b.port, await peer.next(isAnswer(183))), body)
    const refusal = await peer.next(isAnswer(488))
    peer.send(b.port, inDialog(peer, b.port, 'ACK', refusal, 1))
    expect((await ear.next('ended')).end).toMatchObject({ how: 'incompatible_media', status: 488 })
  })

  it('let the caller offer anew before the call is answered, by UPDATE or by the PRACK itself', async () => {
    const [b, peer] = [await field.agent(), await field.peer()]
    peer.send(b.port, request(peer, b.port, 'INVITE', { ...insists, ...sdpType }), rawSdp(6000))
    const { session, ear } = await b.incoming()
    const update = (early: Parameters<typeof inDialog>[3], cseq: number) =>
      inDialog(peer, b.port, 'UPDATE', early, cseq, sdpType)
    session.ring()
    const ringing = await peer.next(isAnswer(180))
    peer.send(b.port, prack(peer, b.port, ringing))
    await peer.next(isAnswer(200, 'PRACK'))
    // Their own offer has no answer yet (RFC 3311 §5.2).
    peer.send(b.port, update(ringing, 3), rawSdp(6002))
    expect((await peer.next(isAnswer(500, 'UPDATE'))).headers.has('Retry-After')).toBe(true)

    session.progress(media(5000))
    const early = await peer.next(isAnswer(183))
    peer.send(b.port, prack(peer, b.port, early, 4), rawSdp(6004))
    expect((await peer.next(isAnswer(200, 'PRACK'))).body.toString()).toContain('m=audio 5000')
    peer.send(b.port, update(early, 5), rawSdp(6006, 'sendonly'))
    expect((await peer.next(isAnswer(200, 'UPDATE'))).body.toString()).toContain('a=recvonly')
    const ports = ear.all.flatMap((heard) => (heard.kind === 'media' ? [heard.media.port] : []))
    expect(ports).toEqual([6000, 6004, 6006])

    session.accept(media(5000))
    const answer = await peer.next(isAnswer(200, 'INVITE'))
    peer.send(b.port, inDialog(peer, b.port, 'ACK', answer, 1))
    peer.send(b.port, inDialog(peer, b.port, 'BYE', answer, 6))
    await ear.next('ended')
  })

  it('stop when the caller gives up', async () => {
    const [a, b] = [await field.agent(), await field.agent()]
    const caller = call(a, b.uri())
    const callee = await b.incoming()
    callee.session.progress(media(5000))
    await caller.ear.next('provisional')
    caller.session.hangup()
    expect((await callee.ear.next('ended')).end).toMatchObject({ how: 'cancel' })
  })
})

describe('provisional answers of theirs', () => {
  const early = (rseq: number, peer: RawPeer) => [...withSdp(peer), 'Require: 100rel', `RSeq: ${rseq}`]

  it('are acknowledged once, in turn; the 200 needs no description, and one in it says nothing', async () => {
    const [a, peer] = [await field.agent(), await field.peer()]
    const { session, ear } = call(a, `sip:bob@127.0.0.1:${peer.port}`)
    const invite = await peer.next(isRequest('INVITE'))
    expect(invite.headers.all('Supported')).toContain('100rel')
    peer.answer(a.port, invite, 183, 'x', early(7, peer), rawSdp(6000))
    const first = await peer.next(isRequest('PRACK'))
    expect(first.headers.get('RAck')).toBe(`7 ${invite.cseq.number} INVITE`)
    peer.answer(a.port, first, 200, 'x')
    expect((await ear.next('provisional')).early).toMatchObject({ port: 6000 })

    // Again, and one too far: neither is taken.
    peer.answer(a.port, invite, 183, 'x', early(7, peer), rawSdp(6000))
    peer.answer(a.port, invite, 180, 'x', early(9, peer))
    peer.answer(a.port, invite, 180, 'x', early(8, peer))
    const second = await peer.next(isRequest('PRACK'))
    expect(second.headers.get('RAck')).toBe(`8 ${invite.cseq.number} INVITE`)
    expect(second.cseq.number).toBe(first.cseq.number + 1)
    peer.answer(a.port, second, 200, 'x')
    await ear.next('provisional')

    peer.answer(a.port, invite, 200, 'x', withSdp(peer), rawSdp(6666))
    await ear.next('accepted')
    expect((await ear.next('media')).media).toMatchObject({ port: 6000 })
    expect((await peer.next(isRequest('ACK'))).cseq.number).toBe(invite.cseq.number)
    session.hangup()
    const bye = await peer.next(isRequest('BYE'))
    expect(bye.cseq.number).toBe(second.cseq.number + 1)
    peer.answer(a.port, bye, 200, 'x')
    expect(ear.kinds).toEqual(['provisional', 'provisional', 'media', 'accepted', 'ended'])
  })

  it('may be followed by an UPDATE before the call is answered', async () => {
    const [a, peer] = [await field.agent(), await field.peer()]
    const { session, ear } = call(a, `sip:bob@127.0.0.1:${peer.port}`)
    const invite = await peer.next(isRequest('INVITE'))
    peer.answer(a.port, invite, 183, 'x', early(7, peer), rawSdp(6000))
    peer.answer(a.port, await peer.next(isRequest('PRACK')), 200, 'x')
    const update = request(peer, a.port, 'UPDATE', {
      From: `${invite.headers.get('To')};tag=x`,
      To: invite.headers.get('From')!,
      'Call-ID': invite.callId,
      ...sdpType,
    })
    await ear.next('provisional')
    peer.send(a.port, update, rawSdp(6002, 'sendonly'))
    expect((await peer.next(isAnswer(200, 'UPDATE'))).body.toString()).toContain('a=recvonly')
    expect((await ear.next('provisional')).early).toMatchObject({ port: 6002, direction: 'recvonly' })

    peer.answer(a.port, invite, 200, 'x', [contact(peer)])
    expect((await ear.next('media')).media).toMatchObject({ port: 6002 })
    await peer.next(isRequest('ACK'))
    session.hangup()
    peer.answer(a.port, await peer.next(isRequest('BYE')), 200, 'x')
  })

  it('of two branches each have their own answer; who answers the call is heard, and the other is let go', async () => {
    const [a, peer] = [await field.agent(), await field.peer()]
    const { session, ear } = call(a, `sip:bob@127.0.0.1:${peer.port}`)
    const invite = await peer.next(isRequest('INVITE'))
    for (const [tag, port] of [
      ['x', 6000],
      ['y', 6100],
    ] as const) {
      peer.answer(a.port, invite, 183, tag, early(7, peer), rawSdp(port))
      const prack = await peer.next(isRequest('PRACK'))
      expect(prack.to.params.get('tag')).toBe(tag)
      peer.answer(a.port, prack, 200, tag)
      expect((await ear.next('provisional')).early).toMatchObject({ port })
    }
    peer.answer(a.port, invite, 200, 'y', [contact(peer)])
    await ear.next('accepted')
    expect((await ear.next('media')).media).toMatchObject({ port: 6100 })
    await peer.next(isRequest('ACK'))

    peer.answer(a.port, invite, 200, 'x', withSdp(peer), rawSdp(6000))
    expect((await peer.next(isRequest('ACK'))).to.params.get('tag')).toBe('x')
    const bye = await peer.next(isRequest('BYE'))
    expect(bye.to.params.get('tag')).toBe('x')
    // Its own BYE crosses ours, and ends nothing else.
    const theirs = { From: bye.headers.get('To')!, To: bye.headers.get('From')!, 'Call-ID': bye.callId }
    peer.send(a.port, request(peer, a.port, 'BYE', theirs))
    await peer.next(isAnswer(200, 'BYE'))
    peer.answer(a.port, bye, 200, 'x')
    await field.settle()
    expect(ear.kinds).not.toContain('ended')
    session.hangup()
    const last = await peer.next(isRequest('BYE'))
    expect(last.to.params.get('tag')).toBe('y')
    peer.answer(a.port, last, 200, 'y')
  })
})

describe('an INVITE of ours without an offer', () => {
  const asking = async () => {
    const [a, peer] = [await field.agent(), await field.peer()]
    const made = call(a, `sip:bob@127.0.0.1:${peer.port}`, { offer: 'theirs' })
    const invite = await peer.next(isRequest('INVITE'))
    expect(invite.body.length).toBe(0)
    expect(invite.headers.has('Content-Type')).toBe(false)
    return { a, peer, invite, ...made }
  }

  it('is answered with an offer, which the ACK answers, each time it is sent', async () => {
    const { a, peer, invite, session, ear } = await asking()
    peer.answer(a.port, invite, 180, 'x', [contact(peer)])
    peer.answer(a.port, invite, 200, 'x', withSdp(peer), rawSdp(6000, 'sendrecv', '8'))
    const ack = await peer.next(isRequest('ACK'))
    expect(ack.body.toString()).toContain('m=audio 4000 RTP/AVP 8')
    await ear.next('accepted')
    expect((await ear.next('media')).media).toMatchObject({ port: 6000, codec: 'PCMA' })
    peer.answer(a.port, invite, 200, 'x', withSdp(peer), rawSdp(6000, 'sendrecv', '8'))
    expect((await peer.next(isRequest('ACK'))).body).toEqual(ack.body)
    session.hangup()
    peer.answer(a.port, await peer.next(isRequest('BYE')), 200, 'x')
  })

  it('has its offer in a provisional answer, which the PRACK answers', async () => {
    const { a, peer, invite, session, ear } = await asking()
    peer.answer(a.port, invite, 183, 'x', [...withSdp(peer), 'Require: 100rel', 'RSeq: 1'], rawSdp(6000))
    const prack = await peer.next(isRequest('PRACK'))
    expect(prack.body.toString()).toContain('m=audio 4000 RTP/AVP 0')
    peer.answer(a.port, prack, 200, 'x')
    expect((await ear.next('provisional')).early).toMatchObject({ port: 6000 })
    peer.answer(a.port, invite, 200, 'x', [contact(peer)])
    expect((await ear.next('media')).media).toMatchObject({ port: 6000 })
    expect((await peer.next(isRequest('ACK'))).body.length).toBe(0)
    session.hangup()
    peer.answer(a.port, await peer.next(isRequest('BYE')), 200, 'x')
  })

  it.each([
    ['no offer', ''],
    ['an offer of no use', rawSdp(6000, 'sendrecv', '9')],
  ])('that is answered with %s is ended', async (_, body) => {
    const { a, peer, invite, ear } = await asking()
    peer.answer(a.port, invite, 200, 'x', withSdp(peer), body)
    await peer.next(isRequest('ACK'))
    expect((await ear.next('ended')).end).toMatchObject({ how: 'incompatible_media' })
    peer.answer(a.port, await peer.next(isRequest('BYE')), 200, 'x')
  })
})
