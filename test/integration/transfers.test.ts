import { afterAll, beforeAll, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, tune } from '../kit/audio.ts'
import { House } from '../kit/house.ts'
import type { VirtualCall } from '../kit/virtual-call.ts'
import type { VirtualPhone } from '../kit/virtual-phone.ts'

type Phone = VirtualPhone & { readonly username: string }

const scope = new Scope('whole')
let house: House

beforeAll(async () => {
  house = await House.open({ scope })
})
afterAll(() => scope.close())

const uri = (username: string): string => `sip:${username}@${house.server}`

/** Both ends of a call that is up. */
async function talk(from: Phone, to: Phone): Promise<{ readonly caller: VirtualCall; readonly callee: VirtualCall }> {
  const caller = from.call(to.username)
  const callee = await to.nextCall()
  await callee.answer()
  await caller.answered
  return { caller, callee }
}

/** Each says something of its own and hears what the other said. */
async function hearEachOther(one: VirtualCall, other: VirtualCall, seed: number): Promise<void> {
  const [atOne, atOther] = [one.listen(), other.listen()]
  await Promise.all([one.play(house.wav(tune(seed, 1.5))), other.play(house.wav(tune(seed + 1, 1.5)))])
  // 1.5 s were said; both ears get them whole before they are asked.
  const [heardByOne, heardByOther] = await Promise.all([atOne.stop(), atOther.stop()])
  expect(likeness(heardByOther, tune(seed, 1))).toBeGreaterThan(0.9)
  expect(likeness(heardByOne, tune(seed + 1, 1))).toBeGreaterThan(0.9)
}

const phones = (): Promise<[Phone, Phone, Phone]> => Promise.all([house.signedIn(), house.signedIn(), house.signedIn()])

it('the one who was called hands the caller over: the caller talks on, in the same call', async () => {
  const [ann, bob, carl] = await phones()
  const { caller, callee } = await talk(ann, bob)
  const referred = callee.refer(uri(carl.username))
  const third = await carl.nextCall()
  await third.answer()

  expect(await referred).toEqual({ kind: 'answered', status: 200 })
  expect(await callee.ended).toMatchObject({ how: 'bye', by: 'remote' })
  await hearEachOther(caller, third, 1)
  caller.hangup()
  await third.ended
  const story = (await house.endedCall(ann.username)).timeline.filter(({ kind }) => !kind.startsWith('sip'))
  expect(story.map(({ text }) => text)).toEqual(
    expect.arrayContaining([
      `${bob.username} hands the call over to ${carl.username}`,
      `${carl.username} answered; both sides hear each other`,
    ]),
  )
})

it('the caller hands the one over whom it called: that one goes on in a call of its own', async () => {
  const [ann, bob, carl] = await phones()
  const { caller, callee } = await talk(ann, bob)
  const referred = caller.refer(uri(carl.username))
  const third = await carl.nextCall()
  await third.answer()

  expect(await referred).toEqual({ kind: 'answered', status: 200 })
  await caller.ended
  await hearEachOther(callee, third, 3)
  expect(third.remote.user).toBe(bob.username)
  third.hangup()
  await callee.ended
  expect((await house.endedCall(ann.username)).timeline.map(({ text }) => text)).toContain(
    `the caller hands ${bob.username} over to ${carl.username}`,
  )
  expect((await house.endedCall(bob.username)).end).toMatchObject({ code: 'completed', by: 'callee' })
})

it('the caller leaves before the other answers, and the other is rung all the same', async () => {
  const [ann, bob, carl] = await phones()
  const { caller, callee } = await talk(ann, bob)
  const referred = caller.refer(uri(carl.username))
  const third = await carl.nextCall()
  caller.hangup()
  await caller.ended
  await referred
  await third.answer()

  await hearEachOther(callee, third, 5)
  callee.hangup()
  await third.ended
})

it('a target that is busy gives the caller back to who wanted to hand it over', async () => {
  const [ann, bob, carl] = await phones()
  const { caller, callee } = await talk(ann, bob)
  const referred = callee.refer(uri(carl.username))
  const third = await carl.nextCall()
  third.refuse(486)

  expect(await referred).toEqual({ kind: 'answered', status: 486 })
  await hearEachOther(caller, callee, 7)
  caller.hangup()
  await callee.ended
})

it('nobody is handed over to where the extension may not call', async () => {
  const [ann, bob] = await phones()
  const { caller, callee } = await talk(ann, bob)

  expect(await callee.refer(uri('+15550999'))).toEqual({ kind: 'refused', status: 403 })
  expect(await callee.refer(uri('nobody'))).toEqual({ kind: 'refused', status: 403 })
  caller.hangup()
  await callee.ended
  expect((await house.endedCall(ann.username)).timeline.map(({ text }) => text)).toContainEqual(
    expect.stringContaining(`${bob.username} may not hand the call over to +15550999: `),
  )
})

it('joins the two lines of one who was called and called another (attended transfer)', async () => {
  const [ann, bob, carl] = await phones()
  const first = await talk(ann, bob)
  await first.callee.hold()
  const second = await talk(bob, carl)

  expect(await first.callee.refer(uri(carl.username), second.caller)).toEqual({ kind: 'answered', status: 200 })
  await Promise.all([first.callee.ended, second.caller.ended])
  await hearEachOther(first.caller, second.callee, 9)
  first.caller.hangup()
  await second.callee.ended
})

it('joins the two whom one called (attended transfer)', async () => {
  const [ann, bob, carl] = await phones()
  const first = await talk(ann, bob)
  const second = await talk(ann, carl)

  expect(await first.caller.refer(uri(carl.username), second.caller)).toEqual({ kind: 'answered', status: 200 })
  await Promise.all([first.caller.ended, second.caller.ended])
  await house.told(bob.username, /both sides hear each other/)
  await hearEachOther(first.callee, second.callee, 11)
  second.callee.hangup()
  await first.callee.ended
})

it('joins one who called with the one who is called afterwards, from the second line', async () => {
  const [ann, bob, carl] = await phones()
  const first = await talk(ann, bob)
  const second = await talk(bob, carl)

  expect(await second.caller.refer(uri(ann.username), first.callee)).toEqual({ kind: 'answered', status: 200 })
  await Promise.all([first.callee.ended, second.caller.ended])
  await house.told(ann.username, new RegExp(`^${carl.username} answered`))
  await hearEachOther(first.caller, second.callee, 13)
  first.caller.hangup()
  await second.callee.ended
})

it('a line that is not there is joined with nothing', async () => {
  const [ann, bob, carl] = await phones()
  const first = await talk(ann, bob)
  const second = await talk(bob, carl)
  second.caller.hangup()
  await second.callee.ended

  expect(await first.callee.refer(uri(carl.username), second.caller)).toEqual({ kind: 'refused', status: 603 })
  await hearEachOther(first.caller, first.callee, 15)
  first.caller.hangup()
  await first.callee.ended
})

it('a phone that redirects is followed', async () => {
  const [ann, bob, carl] = await phones()
  const caller = ann.call(bob.username)
  const second = await bob.nextCall()
  second.redirect(`<${uri(carl.username)}>`)
  const third = await carl.nextCall()
  await third.answer()
  await caller.answered

  await hearEachOther(caller, third, 17)
  caller.hangup()
  await third.ended
  expect((await house.endedCall(ann.username)).timeline.map(({ text }) => text)).toContain(
    `${bob.username} redirects to ${carl.username}`,
  )
})

it('phones that redirect to each other are told apart from a way', async () => {
  const [ann, bob, carl] = await phones()
  const caller = ann.call(bob.username)
  ;(await bob.nextCall()).redirect(`<${uri(carl.username)}>`)
  ;(await carl.nextCall()).redirect(`<${uri(bob.username)}>`)

  expect(await caller.ended).toMatchObject({ how: 'rejected' })
  expect((await house.callFrom(ann.username, ({ state }) => state === 'ended')).end).toMatchObject({
    sentence: `${bob.username} redirects to ${bob.username}, which was not followed: that was rung before`,
  })
})

it('a phone does not redirect to where its extension may not call', async () => {
  const [ann, bob] = await phones()
  const caller = ann.call(bob.username)
  ;(await bob.nextCall()).redirect(`<${uri('+15550999')}>`)

  expect(await caller.ended).toMatchObject({ how: 'rejected' })
  expect((await house.callFrom(ann.username, ({ state }) => state === 'ended')).end).toMatchObject({
    code: 'not_allowed',
    sentence: expect.stringContaining(`${bob.username} redirects to +15550999, which was not followed: `),
  })
})

it.each([
  ['takes', 200],
  ['refuses', 603],
] as const)('the API hands a call over to the phone itself, which %s that', async (_, status) => {
  const [ann, bob] = await phones()
  const placed = house.service.api<{ id: string }>('POST', '/v1/calls', {
    to: ann.username,
    from: bob.username,
    app: 'api',
  })
  const call = await ann.nextCall()
  call.onRefer = (refer) => {
    if (status === 603) return refer.reject(603)
    refer.accept()
    refer.notify(status)
  }
  await call.answer()
  const { id } = await placed
  await house.service.until<{ state: string }>(`/v1/calls/${id}`, ({ state }) => state === 'up')
  await house.service.api('POST', `/v1/calls/${id}/actions`, { block: 'transfer', to: bob.username, refer: true })
  if (status === 603) {
    const other = await bob.nextCall()
    await other.answer()
    await hearEachOther(call, other, 19)
    call.hangup()
  }
  await call.ended

  const { timeline } = await house.service.until<{ state: string; timeline: readonly { text: string }[] }>(
    `/v1/calls/${id}`,
    ({ state }) => state === 'ended',
  )
  expect(timeline.map(({ text }) => text)).toContain(
    status === 603
      ? `the other side does not call ${bob.username} itself (603)`
      : `the other side was answered 200 by ${bob.username}`,
  )
})
