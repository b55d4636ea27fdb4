import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SipMessage } from '../../src/sip/message/message.ts'
import { call, connected, Field, isAnswer, isRequest, media, type RawPeer, rawSdp, until } from './sip-kit.ts'

let field: Field
beforeEach(() => {
  field = new Field()
})
afterEach(async () => {
  expect(await field.leaks()).toEqual([])
})

const withSdp = (peer: RawPeer, ...more: string[]) => [
  `Contact: <sip:peer@127.0.0.1:${peer.port}>`,
  'Content-Type: application/sdp',
  ...more,
]

/** A call of ours to a bare peer that answers with these header fields. */
async function answered(...headers: string[]) {
  const [a, peer] = [await field.agent(), await field.peer()]
  const { session, ear } = call(a, `sip:bob@127.0.0.1:${peer.port}`)
  const invite = await peer.next(isRequest('INVITE'))
  peer.answer(a.port, invite, 200, 'x', withSdp(peer, ...headers), rawSdp(7000))
  await ear.next('accepted')
  await peer.next(isRequest('ACK'))
  return { a, peer, session, ear, invite }
}

/** A request of the bare peer in the dialog of our INVITE. */
function send(peer: RawPeer, port: number, invite: SipMessage, cseq: string, more: string[] = [], body = ''): void {
  const method = cseq.split(' ')[1]
  peer.send(
    port,
    [
      `${method} sip:127.0.0.1:${port} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${peer.port};branch=z9hG4bK-${cseq.replace(' ', '')}-${peer.port}`,
      'Max-Forwards: 70',
      `From: ${invite.headers.get('To')};tag=x`,
      `To: ${invite.headers.get('From')}`,
      `Call-ID: ${invite.callId}`,
      `CSeq: ${cseq}`,
      ...(more.some((line) => line.startsWith('Contact')) ? [] : [`Contact: <sip:peer@127.0.0.1:${peer.port}>`]),
      ...more,
    ],
    body,
  )
}

describe('a session timer (RFC 4028)', () => {
  it('is agreed between two of ours, and the call is refreshed by UPDATE', async () => {
    const [a, b] = [await field.agent(), await field.agent()]
    const { caller, callee } = await connected(a, b)

    await field.pass(901_000)
    await until(() => b.ladder().includes('< 200 UPDATE'))
    await field.pass(1_200_000)

    expect([caller.ear.kinds, callee.ear.kinds].flat()).not.toContain('ended')
    expect(a.ladder()).toContain('> 200 UPDATE')
    caller.session.hangup()
    await callee.ear.next('ended')
  })

  it('is refreshed by re-INVITE where the other side does not take UPDATE', async () => {
    const { a, peer, session, invite } = await answered('Session-Expires: 200;refresher=uac', 'Allow: INVITE, BYE')
    expect(invite.headers.get('Session-Expires')).toBe('1800')
    expect(invite.headers.all('Supported')).toContain('timer')

    await field.pass(101_000)
    const again = await peer.next(isRequest('INVITE'))
    peer.answer(a.port, again, 200, 'x', withSdp(peer, 'Session-Expires: 200;refresher=uac'), rawSdp(7000))
    await peer.next(isRequest('ACK'))

    expect(again.headers.get('Session-Expires')).toBe('200;refresher=uac')
    // The same description: its version has not gone up.
    expect(again.body.toString()).toBe(invite.body.toString())
    session.hangup()
    peer.answer(a.port, await peer.next(isRequest('BYE')), 200, 'x')
  })

  it('ends a call that the other side does not refresh', async () => {
    const { a, peer, ear } = await answered('Session-Expires: 90;refresher=uas')

    await field.pass(59_000)
    expect(ear.kinds).not.toContain('ended')
    await field.pass(2_000)

    expect((await ear.next('ended')).end).toEqual({ by: 'network', how: 'no_response', status: 408 })
    peer.answer(a.port, await peer.next(isRequest('BYE')), 200, 'x')
  })

  it('starts anew when the other side refreshes by UPDATE', async () => {
    const { a, peer, ear, invite, session } = await answered('Session-Expires: 90;refresher=uas')
    await field.pass(50_000)

    const timer = ['Supported: timer', 'Session-Expires: 90;refresher=uac']
    send(peer, a.port, invite, '2 UPDATE', timer)
    const answer = await peer.next(isAnswer(200, 'UPDATE'))
    await field.pass(50_000)

    expect(answer.headers.get('Session-Expires')).toBe('90;refresher=uac')
    expect(answer.headers.all('Require')).toEqual(['timer'])
    expect(answer.headers.has('Contact')).toBe(true)
    expect(ear.kinds).not.toContain('ended')
    session.hangup()
    peer.answer(a.port, await peer.next(isRequest('BYE')), 200, 'x')
  })

  it('tries again with the longer interval after 422', async () => {
    const [a, peer] = [await field.agent(), await field.peer()]
    const { session, ear } = call(a, `sip:bob@127.0.0.1:${peer.port}`)
    peer.answer(a.port, await peer.next(isRequest('INVITE')), 422, 'y', ['Min-SE: 3600'])
    const again = await peer.next((message) => isRequest('INVITE')(message) && message.cseq.number === 2)
    peer.answer(a.port, again, 200, 'x', withSdp(peer), rawSdp(7000))
    await ear.next('accepted')

    expect(again.headers.get('Session-Expires')).toBe('3600')
    expect(again.headers.get('Min-SE')).toBe('3600')
    session.hangup()
    peer.answer(a.port, await peer.next(isRequest('BYE')), 200, 'x')
  })

  it('gives up where 422 asks for nothing new', async () => {
    const [a, peer] = [await field.agent(), await field.peer()]
    const { ear } = call(a, `sip:bob@127.0.0.1:${peer.port}`)
    peer.answer(a.port, await peer.next(isRequest('INVITE')), 422, 'y', ['Min-SE: 60'])

    expect((await ear.next('ended')).end).toMatchObject({ how: 'rejected', status: 422 })
  })
})

describe('UPDATE (RFC 3311)', () => {
  it('holds the call by an offer', async () => {
    const { a, peer, ear, session, invite } = await answered()
    await ear.next('media')

    send(peer, a.port, invite, '2 UPDATE', ['Content-Type: application/sdp'], rawSdp(7002, 'sendonly'))
    const answer = await peer.next(isAnswer(200, 'UPDATE'))

    expect(answer.body.toString()).toContain('a=recvonly')
    expect((await ear.next('media')).media).toMatchObject({ port: 7002, direction: 'recvonly' })
    session.hangup()
    peer.answer(a.port, await peer.next(isRequest('BYE')), 200, 'x')
  })

  it('with an offer that crosses ours is answered 491', async () => {
    const { a, peer, session, invite } = await answered()
    const offered = session.reoffer({ media: media(4002) })
    const reinvite = await peer.next(isRequest('INVITE'))

    send(peer, a.port, invite, '2 UPDATE', ['Content-Type: application/sdp'], rawSdp(7002))
    await peer.next(isAnswer(491, 'UPDATE'))

    peer.answer(a.port, reinvite, 200, 'x', withSdp(peer), rawSdp(7000))
    await offered
    session.hangup()
    peer.answer(a.port, await peer.next(isRequest('BYE')), 200, 'x')
  })

  it('with a refused offer leaves the target where it was', async () => {
    const { a, peer, session, invite } = await answered()
    const sdp = rawSdp(7002, 'sendrecv', '9')
    send(peer, a.port, invite, '2 UPDATE', ['Contact: <sip:evil@127.0.0.1:9>', 'Content-Type: application/sdp'], sdp)
    await peer.next(isAnswer(488, 'UPDATE'))

    session.hangup()
    peer.answer(a.port, await peer.next(isRequest('BYE')), 200, 'x')
  })
})
