import { afterEach, beforeEach, expect, it } from 'vitest'
import { call, Field, isRequest, media, rawSdp, until, withSdp } from './sip-kit.ts'

/** Offers of ours before the call is answered (RFC 3311). */
let field: Field
beforeEach(() => {
  field = new Field()
})
afterEach(async () => {
  expect(await field.leaks()).toEqual([])
})

it('who calls offers anew before the answer, and the 200 of the INVITE changes nothing of that', async () => {
  const [a, b] = [await field.agent(), await field.agent()]
  const caller = call(a, b.uri())
  const callee = await b.incoming()
  callee.session.progress(media(5000))
  await caller.ear.next('provisional')
  await until(() => b.ladder().includes('> 200 PRACK'))

  expect(await caller.session.reoffer({ media: media(4004), direction: 'sendonly' })).toMatchObject({ port: 5000 })
  await until(() => callee.ear.all.some((heard) => heard.kind === 'media' && heard.media.port === 4004))
  callee.session.accept(media(5000))
  await caller.ear.next('accepted')
  await until(() => b.ladder().includes('< ACK'))

  expect(b.ladder()).toEqual([
    ...['< INVITE', '> 183 INVITE', '< PRACK', '> 200 PRACK', '< UPDATE', '> 200 UPDATE', '> 200 INVITE', '< ACK'],
  ])
  expect((await caller.session.reoffer({ direction: 'sendrecv' })).direction).toBe('sendrecv')
  caller.session.hangup()
  await callee.ear.next('ended')
})

it('who is called offers anew before it answers, once its provisional answer is acknowledged', async () => {
  const [a, b] = [await field.agent(), await field.agent()]
  const caller = call(a, b.uri())
  const callee = await b.incoming()
  callee.session.progress(media(5000))
  await expect(callee.session.reoffer({ media: media(5004) })).rejects.toThrow('before it is up')
  await caller.ear.next('provisional')
  await until(() => b.ladder().includes('> 200 PRACK'))

  expect(await callee.session.reoffer({ media: media(5004) })).toMatchObject({ port: 4000 })
  expect((await caller.ear.next('provisional')).early).toMatchObject({ port: 5004 })
  callee.session.accept(media(5004))
  await caller.ear.next('accepted')
  expect((await caller.ear.next('media')).media).toMatchObject({ port: 5004 })
  caller.session.hangup()
  await callee.ear.next('ended')
})

it('both at once are refused 491, tried again, and one after the other agreed', async () => {
  const [a, b] = [await field.agent(), await field.agent()]
  const caller = call(a, b.uri())
  const callee = await b.incoming()
  callee.session.progress(media(5000))
  await caller.ear.next('provisional')
  await until(() => b.ladder().includes('> 200 PRACK'))

  const both = Promise.all([
    caller.session.reoffer({ media: media(4004) }),
    callee.session.reoffer({ media: media(5004) }),
  ])
  let done = false
  const settle = (): void => {
    done = true
  }
  both.then(settle, settle)
  while (!done) await field.pass(1000)
  const [atCaller, atCallee] = await both

  // The maker of the Call-ID waits longer (RFC 3261 §14.1), so it sees where the other went before.
  expect([atCaller.port, atCallee.port]).toEqual([5004, 4000])
  expect([...a.ladder(), ...b.ladder()]).toContain('< 491 UPDATE')
  callee.session.accept(media(5004))
  await caller.ear.next('accepted')
  caller.session.hangup()
  await callee.ear.next('ended')
})

it('a refusal leaves the call as it is, and an answer that crosses it, too', async () => {
  const [a, peer] = [await field.agent(), await field.peer()]
  const { session, ear } = call(a, `sip:bob@127.0.0.1:${peer.port}`)
  const invite = await peer.next(isRequest('INVITE'))
  const settled = [...withSdp(peer), 'Require: 100rel', 'RSeq: 7', 'Allow: INVITE, PRACK, UPDATE']
  peer.answer(a.port, invite, 183, 'x', settled, rawSdp(6000))
  peer.answer(a.port, await peer.next(isRequest('PRACK')), 200, 'x')
  await ear.next('provisional')
  const refused = session.reoffer({ media: media(4004) })
  peer.answer(a.port, await peer.next(isRequest('UPDATE')), 488, 'x')
  await expect(refused).rejects.toThrow('refused with 488')

  const crossed = session.reoffer({ media: media(4006) })
  const update = await peer.next((message) => isRequest('UPDATE')(message) && message.body.includes('4006'))
  peer.answer(a.port, invite, 200, 'x', withSdp(peer), rawSdp(6666))
  await ear.next('accepted')
  expect((await ear.next('media')).media).toMatchObject({ port: 6000 })
  peer.answer(a.port, update, 200, 'x', withSdp(peer), rawSdp(6008))
  expect(await crossed).toMatchObject({ port: 6008 })
  session.hangup()
  peer.answer(a.port, await peer.next(isRequest('BYE')), 200, 'x')
})
