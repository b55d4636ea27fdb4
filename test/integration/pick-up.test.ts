import { afterAll, beforeAll, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, tune } from '../kit/audio.ts'
import { House } from '../kit/house.ts'
import { headerOf, RawSip } from '../kit/raw-sip.ts'
import type { VirtualCall } from '../kit/virtual-call.ts'
import type { VirtualPhone } from '../kit/virtual-phone.ts'

/** INVITE with Replaces from outside (RFC 3891). */
type Phone = VirtualPhone & { readonly username: string }

const scope = new Scope('pick-up')
let house: House

beforeAll(async () => {
  house = await House.open({ scope })
})
afterAll(() => scope.close())

const phones = (): Promise<[Phone, Phone, Phone]> => Promise.all([house.signedIn(), house.signedIn(), house.signedIn()])

async function talk(from: Phone, to: Phone): Promise<{ readonly caller: VirtualCall; readonly callee: VirtualCall }> {
  const caller = from.call(to.username)
  const callee = await to.nextCall()
  await callee.answer()
  await caller.answered
  await house.told(from.username, /both sides hear each other/)
  return { caller, callee }
}

async function hearEachOther(one: VirtualCall, other: VirtualCall, seed: number): Promise<void> {
  const [atOne, atOther] = [one.listen(), other.listen()]
  await Promise.all([one.play(house.wav(tune(seed, 1.5))), other.play(house.wav(tune(seed + 1, 1.5)))])
  const [heardByOne, heardByOther] = await Promise.all([atOne.stop(), atOther.stop()])
  expect(likeness(heardByOther, tune(seed, 1))).toBeGreaterThan(0.9)
  expect(likeness(heardByOne, tune(seed + 1, 1))).toBeGreaterThan(0.9)
}

it('is said to be supported', async () => {
  const raw = await RawSip.open(scope, house.service.sipPort)
  const answer = await raw.ask({ uri: `sip:${house.server}`, callId: 'options', method: 'OPTIONS' })

  expect(headerOf(answer, 'Supported')?.split(', ')).toContain('replaces')
})

it('a call that rings is picked up at another phone', async () => {
  const [ann, bob, carl] = await phones()
  const caller = ann.call(bob.username)
  const rings = await bob.nextCall()
  rings.ring()
  await caller.ringing
  const picked = carl.call(bob.username, [['Replaces', rings.replaces()]])

  await Promise.all([picked.answered, caller.answered])
  expect(await rings.ended).toMatchObject({ by: 'remote', how: 'cancel' })
  await house.told(ann.username, /both sides hear each other/)
  await hearEachOther(caller, picked, 41)
  picked.hangup()
  expect(await caller.ended).toMatchObject({ by: 'remote', how: 'bye' })
  const { end, timeline } = await house.endedCall(ann.username)
  expect(end).toMatchObject({ code: 'completed', by: 'callee' })
  expect(timeline.map(({ text }) => text)).toEqual(
    expect.arrayContaining([
      `${carl.username} picked up, in place of ${bob.username}`,
      `${carl.username} answered; both sides hear each other`,
    ]),
  )
})

it('the one who was called is replaced by another phone', async () => {
  const [ann, bob, carl] = await phones()
  const { caller, callee } = await talk(ann, bob)
  const other = carl.call(ann.username, [['Replaces', callee.replaces()]])
  await other.answered

  expect(await callee.ended).toMatchObject({ by: 'remote', how: 'bye' })
  await hearEachOther(caller, other, 43)
  caller.hangup()
  expect(await other.ended).toMatchObject({ by: 'remote', how: 'bye' })
  expect((await house.endedCall(ann.username)).end).toMatchObject({ code: 'completed', by: 'caller' })
})

it('the caller is replaced by another phone, in a call of its own', async () => {
  const [ann, bob, carl] = await phones()
  const { caller, callee } = await talk(ann, bob)
  const other = carl.call(bob.username, [['Replaces', caller.replaces()]])
  await other.answered

  expect(await caller.ended).toMatchObject({ by: 'remote', how: 'bye' })
  await house.told(carl.username, /both sides hear each other/)
  await hearEachOther(callee, other, 45)
  callee.hangup()
  await other.ended
  expect((await house.endedCall(carl.username)).end).toMatchObject({ code: 'completed', by: 'callee' })
})

it('a phone may say that only a call that rings is to be replaced', async () => {
  const [ann, bob, carl] = await phones()
  const { caller, callee } = await talk(ann, bob)
  const other = carl.call(ann.username, [['Replaces', callee.replaces(true)]])

  expect(await other.ended).toMatchObject({ how: 'rejected', status: 486 })
  await hearEachOther(caller, callee, 47)
  caller.hangup()
  await callee.ended
})

it('strangers replace nobody, and what they wanted stands in the list of calls', async () => {
  const [ann, bob] = await phones()
  const { caller, callee } = await talk(ann, bob)
  const number = house.stranger()
  const other = (await house.phone(number)).call(ann.username, [['Replaces', callee.replaces()]])

  expect(await other.ended).toMatchObject({ how: 'rejected', status: 403 })
  expect((await house.callFrom(number, ({ state }) => state === 'ended')).end).toMatchObject({
    code: 'not_allowed',
    sentence: `${number} may not take the place of that party (Replaces)`,
  })
  await hearEachOther(caller, callee, 49)
  caller.hangup()
  await callee.ended
})

it('a call that talks with nobody is not taken over', async () => {
  const [ann, bob] = await phones()
  await house.service.api('POST', '/v1/calls', { to: ann.username, from: bob.username, app: 'api' })
  const alone = await ann.nextCall()
  await alone.answer()
  await house.service.until<{ items: readonly { state: string }[] }>(
    `/v1/calls?to=${ann.username}`,
    ({ items }) => items[0]?.state === 'up',
  )
  const other = bob.call(ann.username, [['Replaces', alone.replaces()]])

  expect(await other.ended).toMatchObject({ how: 'rejected', status: 486 })
  alone.hangup()
})

it.each([
  ['names no dialog of ours', [['Replaces', 'nope@x;to-tag=a;from-tag=b']], 481],
  [
    'stands there twice',
    [
      ['Replaces', 'nope@x;to-tag=a;from-tag=b'],
      ['Replaces', 'nope@y;to-tag=a;from-tag=b'],
    ],
    400,
  ],
  ['cannot be read', [['Replaces', 'nope']], 400],
] as const)('is refused where it %s', async (_, headers, status) => {
  const ann = await house.signedIn()

  expect(await ann.call('anybody', headers).ended).toMatchObject({ how: 'rejected', status })
})
