import { afterEach, beforeEach, expect, it } from 'vitest'
import { call, Field, isAnswer, isRequest, rawSdp } from './sip-kit.ts'

let field: Field
beforeEach(() => {
  field = new Field()
})
afterEach(async () => {
  expect(await field.leaks()).toEqual([])
})

const anywhere = { most: 3, allow: () => true }

it('an INVITE that is redirected is answered elsewhere, without our password', async () => {
  const [a, peer, other] = [await field.agent(), await field.peer(), await field.peer()]
  const login = { username: 'ann', password: 'secret' }
  const { session, ear } = call(a, `sip:bob@127.0.0.1:${peer.port}`, { redirects: anywhere, login })
  const first = await peer.next(isRequest('INVITE'))
  peer.answer(a.port, first, 302, 'x', [`Contact: <sip:carol@127.0.0.1:${other.port}>`])
  const second = await other.next(isRequest('INVITE'))

  expect(second).toMatchObject({ callId: first.callId, uri: { user: 'carol' } })
  expect(second.cseq.number).toBe(first.cseq.number + 1)
  other.answer(a.port, second, 401, 'z', ['WWW-Authenticate: Digest realm="x", nonce="y"'])
  expect((await ear.next('ended')).end).toMatchObject({ how: 'rejected', status: 401 })
  expect(other.received.some((message) => message.headers.has('Authorization'))).toBe(false)
  session.hangup()
})

it('a call that was redirected is up, and is hung up there', async () => {
  const [a, peer, other] = [await field.agent(), await field.peer(), await field.peer()]
  const { session, ear } = call(a, `sip:bob@127.0.0.1:${peer.port}`, { redirects: anywhere })
  const contact = `Contact: <sip:carol@127.0.0.1:${other.port}>`
  peer.answer(a.port, await peer.next(isRequest('INVITE')), 302, 'x', [contact])
  const invite = await other.next(isRequest('INVITE'))
  other.answer(a.port, invite, 200, 'z', [contact, 'Content-Type: application/sdp'], rawSdp(7000))
  await ear.next('accepted')
  session.hangup()

  other.answer(a.port, await other.next(isRequest('BYE')), 200, 'z')
  expect(peer.received.some(isAnswer(200))).toBe(false)
})

it('a redirect ends the call where nobody asked to follow it', async () => {
  const [a, peer] = [await field.agent(), await field.peer()]
  const { ear } = call(a, `sip:bob@127.0.0.1:${peer.port}`)
  peer.answer(a.port, await peer.next(isRequest('INVITE')), 302, 'x', ['Contact: <sip:carol@127.0.0.1:9>'])

  expect((await ear.next('ended')).end).toMatchObject({ how: 'rejected', status: 302 })
})
