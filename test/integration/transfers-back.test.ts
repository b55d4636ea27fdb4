import { afterAll, beforeAll, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, tune } from '../kit/audio.ts'
import { House } from '../kit/house.ts'
import type { VirtualCall } from '../kit/virtual-call.ts'
import type { VirtualPhone } from '../kit/virtual-phone.ts'

/** Transfers that nobody takes, and those of one whom both others called. */
type Phone = VirtualPhone & { readonly username: string }

const scope = new Scope('back')
let house: House

beforeAll(async () => {
  house = await House.open({ scope })
})
afterAll(() => scope.close())

const uri = (username: string): string => `sip:${username}@${house.server}`
const phones = (): Promise<[Phone, Phone, Phone]> => Promise.all([house.signedIn(), house.signedIn(), house.signedIn()])

async function talk(from: Phone, to: Phone): Promise<{ readonly caller: VirtualCall; readonly callee: VirtualCall }> {
  const caller = from.call(to.username)
  const callee = await to.nextCall()
  await callee.answer()
  await caller.answered
  return { caller, callee }
}

async function hearEachOther(one: VirtualCall, other: VirtualCall, seed: number): Promise<void> {
  const [atOne, atOther] = [one.listen(), other.listen()]
  await Promise.all([one.play(house.wav(tune(seed, 1.5))), other.play(house.wav(tune(seed + 1, 1.5)))])
  const [heardByOne, heardByOther] = await Promise.all([atOne.stop(), atOther.stop()])
  expect(likeness(heardByOther, tune(seed, 1))).toBeGreaterThan(0.9)
  expect(likeness(heardByOne, tune(seed + 1, 1))).toBeGreaterThan(0.9)
}

it.each([
  ['is busy', 486],
  ['declines', 603],
])('the caller has the party back whom it handed over to one who %s', async (_, status) => {
  const [ann, bob, carl] = await phones()
  const { caller, callee } = await talk(ann, bob)
  await caller.hold()
  const referred = caller.refer(uri(carl.username))
  ;(await carl.nextCall()).refuse(status)

  expect(await referred).toEqual({ kind: 'answered', status })
  await caller.resume()
  await house.told(ann.username, new RegExp(`^${bob.username} is back; both sides hear each other`))
  await hearEachOther(caller, callee, status)
  callee.hangup()
  await caller.ended
  expect((await house.endedCall(ann.username)).end).toMatchObject({ code: 'completed', by: 'callee' })
  expect((await house.endedCall(bob.username)).end).toMatchObject({ chain: [{ sip: status }] })
})

it.each([
  ['nobody', 404],
  ['+15550999', 403],
])('the caller has the party back that may not be handed over to %s', async (whom, status) => {
  const [ann, bob] = await phones()
  const { caller, callee } = await talk(ann, bob)

  expect(await caller.refer(uri(whom))).toEqual({ kind: 'answered', status })
  await house.told(ann.username, /is back; both sides hear each other/)
  await hearEachOther(caller, callee, 31)
  caller.hangup()
  await callee.ended
})

it('a party that was given back can be handed over again', async () => {
  const [ann, bob, carl] = await phones()
  const { caller, callee } = await talk(ann, bob)
  const first = caller.refer(uri(carl.username))
  ;(await carl.nextCall()).refuse(486)
  expect(await first).toEqual({ kind: 'answered', status: 486 })
  const second = caller.refer(uri(carl.username))
  const third = await carl.nextCall()
  await third.answer()

  expect(await second).toEqual({ kind: 'answered', status: 200 })
  await caller.ended
  await hearEachOther(callee, third, 33)
  callee.hangup()
  await third.ended
})

it('a party that hangs up while its new one rings is told as lost, and the caller is let go', async () => {
  const [ann, bob, carl] = await phones()
  const { caller, callee } = await talk(ann, bob)
  const referred = caller.refer(uri(carl.username))
  const third = await carl.nextCall()
  callee.hangup()

  expect(await third.ended).toMatchObject({ by: 'remote', how: 'cancel' })
  expect(await referred).toMatchObject({ kind: 'answered', status: 480 })
  expect(await caller.ended).toMatchObject({ by: 'remote', how: 'bye' })
  expect((await house.endedCall(ann.username)).end).toMatchObject({ code: 'completed', by: 'callee' })
})

it('nobody has the party back who left before: it is told why and let go', async () => {
  const [ann, bob, carl] = await phones()
  const { caller, callee } = await talk(ann, bob)
  const referred = caller.refer(uri(carl.username))
  const third = await carl.nextCall()
  caller.hangup()
  await referred
  third.refuse(486)

  expect(await callee.ended).toMatchObject({ by: 'remote', how: 'bye' })
  expect((await house.endedCall(bob.username)).end).toMatchObject({ code: 'busy' })
})

it('joins the two who both called the same phone (attended transfer)', async () => {
  const [ann, bob, carl] = await phones()
  const first = await talk(ann, bob)
  await first.callee.hold()
  const second = await talk(carl, bob)

  expect(await first.callee.refer(uri(carl.username), second.callee)).toEqual({ kind: 'answered', status: 200 })
  await Promise.all([first.callee.ended, second.callee.ended])
  await hearEachOther(first.caller, second.caller, 35)
  expect((await house.endedCall(carl.username)).end).toMatchObject({
    code: 'completed',
    by: 'callee',
    sentence: `${bob.username} handed the caller over to ${ann.username}`,
  })
  first.caller.hangup()
  expect(await second.caller.ended).toMatchObject({ by: 'remote', how: 'bye' })
  expect((await house.endedCall(ann.username)).end).toMatchObject({ code: 'completed', by: 'caller' })
})

it('the second of two who were joined may hang up', async () => {
  const [ann, bob, carl] = await phones()
  const first = await talk(ann, bob)
  const second = await talk(carl, bob)
  await first.callee.refer(uri(carl.username), second.callee)
  await house.told(ann.username, new RegExp(`^${carl.username} answered`))
  second.caller.hangup()

  expect(await first.caller.ended).toMatchObject({ by: 'remote', how: 'bye' })
  expect((await house.endedCall(ann.username)).end).toMatchObject({ code: 'completed', by: 'callee' })
  const { timeline } = await house.endedCall(carl.username)
  expect(timeline.filter(({ kind }) => kind === 'ended')).toHaveLength(1)
})
