import { afterAll, beforeAll, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, tune } from '../kit/audio.ts'
import { House } from '../kit/house.ts'
import type { VirtualCall } from '../kit/virtual-call.ts'
import type { VirtualPhone } from '../kit/virtual-phone.ts'

/** Trunks that are sent an INVITE without an offer (RFC 3261 §13.2.1). */
const scope = new Scope('delayed offer')
let house: House
let carrier: VirtualPhone
let trunk: string

beforeAll(async () => {
  house = await House.open({ scope })
  carrier = await house.phone('carrier')
  const made = await house.service.api<{ id: string; offer: string }>('POST', '/v1/trunks', {
    name: 'gateway',
    uri: `sip:127.0.0.1:${carrier.port}`,
    default: true,
    offer: 'delayed',
  })
  expect(made.offer).toBe('delayed')
  trunk = made.id
})
afterAll(() => scope.close())

const anybody = '+12025550123'

async function caller(): Promise<VirtualPhone & { readonly username: string }> {
  const username = await house.extension({ outbound: { rule: 'international', maxCalls: 2 } })
  return house.signedIn({ username })
}

async function hears(one: VirtualCall, other: VirtualCall, seed: number): Promise<number> {
  const ear = one.listen()
  await other.play(house.wav(tune(seed, 1.5)))
  return likeness(await ear.stop(), tune(seed, 1))
}

it('the offer of the trunk is answered in the ACK, and both hear each other', async () => {
  const ann = await caller()
  const call = ann.call(anybody)
  const there = await carrier.nextCall()
  expect(there.header('Content-Type')).toBeUndefined()
  await there.answer()
  await call.answered
  await house.told(ann.username, /both sides hear each other/)

  expect(await hears(call, there, 51)).toBeGreaterThan(0.9)
  expect(await hears(there, call, 52)).toBeGreaterThan(0.9)
  call.hangup()
  await there.ended
})

it('an offer in a provisional answer is answered in the PRACK, and the caller hears it before the call is up', async () => {
  const ann = await caller()
  const call = ann.call(anybody)
  const there = await carrier.nextCall()
  there.progress()
  await call.ringing
  await house.told(ann.username, /PRACK/)

  expect(await hears(call, there, 53)).toBeGreaterThan(0.9)
  await there.answer()
  await call.answered
  expect(await hears(there, call, 54)).toBeGreaterThan(0.9)
  there.hangup()
  await call.ended
})

it('a trunk is told our offer again when the field says so', async () => {
  await house.service.api('PATCH', `/v1/trunks/${trunk}`, { offer: 'early' })
  const ann = await caller()
  const call = ann.call(anybody)
  const there = await carrier.nextCall()

  expect(there.header('Content-Type')).toBe('application/sdp')
  there.refuse(486)
  await call.ended
  await house.service.api('PATCH', `/v1/trunks/${trunk}`, { offer: 'delayed' })
})
