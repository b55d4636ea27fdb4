import { afterAll, beforeAll, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { House } from '../kit/house.ts'

/** Several phones of one extension, and phones that send elsewhere. */
const scope = new Scope('ringing')
let house: House

beforeAll(async () => {
  house = await House.open({ scope })
})
afterAll(() => scope.close())

it('a phone that says no is enough where the other contact is of one that is gone', async () => {
  const ann = await house.signedIn()
  const gone = await house.signedIn()
  await gone.close()
  const bob = await house.signedIn({ username: gone.username })
  const caller = ann.call(bob.username)
  const rings = await bob.nextCall()
  rings.ring()
  const since = performance.now()
  rings.refuse(486)

  expect(await caller.ended).toMatchObject({ how: 'rejected', status: 486 })
  expect(performance.now() - since).toBeLessThan(10_000)
})

it('a phone that rings goes on though another of its extension is busy', async () => {
  const ann = await house.signedIn()
  const bob = await house.signedIn()
  const second = await house.signedIn({ username: bob.username })
  const caller = ann.call(bob.username)
  const [atFirst, atSecond] = await Promise.all([bob.nextCall(), second.nextCall()])
  atSecond.ring()
  atFirst.refuse(486)
  await caller.ringing
  await atSecond.answer()

  await caller.answered
  caller.hangup()
  await atSecond.ended
})

it('a 603 of one phone ends the ringing of the others of its extension (RFC 3261 §16.7)', async () => {
  const ann = await house.signedIn()
  const bob = await house.signedIn()
  const second = await house.signedIn({ username: bob.username })
  const caller = ann.call(bob.username)
  const [atFirst, atSecond] = await Promise.all([bob.nextCall(), second.nextCall()])
  atSecond.ring()
  await caller.ringing
  atFirst.refuse(603)

  expect(await atSecond.ended).toMatchObject({ by: 'remote', how: 'cancel' })
  expect(await caller.ended).toMatchObject({ how: 'rejected', status: 603 })
})

it.each([
  ['names nobody', [], 'redirects, but names nobody to call instead (302 Moved Temporarily)'],
  [
    'names a web page',
    ['<http://x.example/>'],
    'redirects to <http://x.example/>, which is no address that can be called (302 Moved Temporarily)',
  ],
  [
    'names somebody at another host',
    ['<sip:carol@203.0.113.5:5060>'],
    'redirects to sip:carol@203.0.113.5:5060, which was not followed: sip:carol@203.0.113.5:5060 is neither an extension nor a number of this site',
  ],
  [
    'names somebody whom we do not have',
    ['<sip:nobody@127.0.0.1>'],
    'redirects to nobody, which was not followed: there is no extension nobody',
  ],
])('a redirect that %s is not followed, and the call says why', async (_, contact, sentence) => {
  const ann = await house.signedIn()
  const bob = await house.signedIn()
  const caller = ann.call(bob.username)
  ;(await bob.nextCall()).redirect(...contact)

  expect(await caller.ended).toMatchObject({ how: 'rejected' })
  expect((await house.endedCall(ann.username)).end?.sentence).toBe(`${bob.username} ${sentence}`)
})
