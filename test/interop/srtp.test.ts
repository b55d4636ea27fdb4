import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, tune } from '../kit/audio.ts'
import { Baresip, type BaresipOptions } from '../kit/baresip.ts'
import { eventually } from '../kit/eventually.ts'
import { House } from '../kit/house.ts'
import { describeWith } from '../setup/tools.ts'

const suite = 'AES_CM_128_HMAC_SHA1_80'

describeWith(['baresip'], 'baresip with SRTP', () => {
  const whole = new Scope('whole')
  let house: House
  let scope: Scope

  beforeAll(async () => {
    house = await House.open({ scope: whole })
  })
  afterAll(() => whole.close())
  beforeEach(() => {
    scope = whole.child('test')
  })
  afterEach(() => scope.close())

  const softphone = async (
    o: Pick<BaresipOptions, 'answer' | 'srtp' | 'says'> & { readonly policy?: 'off' | 'allowed' | 'required' },
  ): Promise<{ readonly phone: Baresip; readonly username: string }> => {
    const { policy = 'allowed', ...rest } = o
    const username = await house.extension()
    await house.service.api('PATCH', `/v1/extensions/${username}`, { srtp: policy })
    const phone = await Baresip.start({
      ...{ scope, username, password: `${username}-secret`, registrarPort: house.service.sipPort, transport: 'tcp' },
      ...rest,
    })
    await phone.registered()
    return { phone, username }
  }

  const hears = async (phone: Baresip, samples: Int16Array): Promise<void> => {
    const best = await eventually(
      () => likeness(phone.heard(), samples),
      (like) => like > 0.9,
    )
    expect(best).toBeGreaterThan(0.9)
  }

  const dialing = (username: string): string => `sip:${username}@127.0.0.1:${house.service.sipPort};transport=tcp`

  it.each([
    { caller: 'mandatory', callee: 'mandatory', policy: 'required' },
    { caller: 'mandatory', callee: undefined, policy: 'allowed' },
    { caller: 'optional', callee: 'optional', policy: 'required' },
    { caller: undefined, callee: 'mandatory', policy: 'required' },
  ] as const)('caller $caller, callee $callee: each hears the other', async ({ caller, callee, policy }) => {
    const ann = await softphone({ answer: 'manual', says: tune(1, 4), ...(caller && { srtp: caller }) })
    const bob = await softphone({ answer: 'auto', says: tune(2, 4), policy, ...(callee && { srtp: callee }) })
    await ann.phone.dial(dialing(bob.username))
    await bob.phone.established()
    await hears(ann.phone, tune(2, 3))
    await hears(bob.phone, tune(1, 3))
    await ann.phone.hangup()
    await bob.phone.closed()

    const call = await house.endedCall(ann.username)
    const srtpOf = (kind: string): unknown => call.timeline.find((line) => line.kind === kind)?.data?.srtp
    expect(srtpOf('answered')).toBe(caller === undefined ? undefined : suite)
    expect(srtpOf('bridged')).toBe(callee === undefined ? undefined : suite)
  })

  it('hold and resume keep the keys', async () => {
    const ann = await softphone({ answer: 'manual', srtp: 'mandatory', says: tune(3, 8) })
    const bob = await softphone({ answer: 'auto', srtp: 'mandatory', policy: 'required', says: tune(4, 20) })
    await ann.phone.dial(dialing(bob.username))
    await bob.phone.established()
    await hears(ann.phone, tune(4, 2))
    await ann.phone.hold()
    await house.told(ann.username, /put us on hold/)
    await ann.phone.resume()
    await house.told(ann.username, /took us off hold/)
    // What baresip hears after a hold of its own it no longer writes to its file, so the other side listens.
    await ann.phone.say(tune(5, 3))
    await hears(bob.phone, tune(5, 2))
    await ann.phone.hangup()
    await bob.phone.closed()
  })

  it('a phone that must encrypt is refused by an extension that must not, and told why', async () => {
    const ann = await softphone({ answer: 'manual', srtp: 'mandatory', policy: 'off' })
    await ann.phone.dial(dialing(ann.username))

    expect((await ann.phone.closed()).param).toContain('488')
    expect((await house.callFrom(ann.username, ({ state }) => state === 'ended')).end).toMatchObject({
      code: 'incompatible_media',
      sentence: 'the offer of the caller was refused: The offer has SRTP only (RTP/SAVP), which is switched off here.',
    })
  })

  it('a phone that does not encrypt is refused by an extension that must, and told why', async () => {
    const ann = await softphone({ answer: 'manual', policy: 'required' })
    await ann.phone.dial(dialing(ann.username))

    expect((await ann.phone.closed()).param).toContain('488')
    expect((await house.callFrom(ann.username, ({ state }) => state === 'ended')).end).toMatchObject({
      code: 'incompatible_media',
      sentence:
        'the offer of the caller was refused: The offer has no SRTP (RTP/SAVP with a=crypto), which is required here.',
    })
  })
})
