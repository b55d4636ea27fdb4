import { afterAll, beforeAll, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, rate, tune } from '../kit/audio.ts'
import { Authority } from '../kit/authority.ts'
import { Baresip } from '../kit/baresip.ts'
import { eventually } from '../kit/eventually.ts'
import { House } from '../kit/house.ts'
import { describeWith } from '../setup/tools.ts'

describeWith(['baresip', 'openssl'], 'baresip by TLS', () => {
  let scope: Scope
  let house: House
  let authority: Authority
  beforeAll(async () => {
    scope = new Scope('test')
    authority = Authority.make(scope)
    house = await House.open({ scope, tls: authority })
  })
  afterAll(async () => {
    await house.service.stop()
    await scope.close()
  })

  const softphone = (username: string, says: Int16Array): Promise<Baresip> =>
    Baresip.start({
      ...{ scope, username, password: `${username}-secret`, transport: 'tls', authority, answer: 'auto', says },
      registrarPort: house.service.tlsPort,
    })

  it('signs in, and its flow is known as TLS', async () => {
    const username = await house.extension()
    const phone = await softphone(username, new Int16Array(0))
    await phone.registered()

    const shown = await house.service.api<{ contacts: readonly { flow: string; contact: string }[] }>(
      'GET',
      `/v1/extensions/${username}`,
    )

    expect(shown.contacts.map(({ flow }) => flow)).toEqual([expect.stringMatching(/^tls 127\.0\.0\.1:\d+$/)])
    await phone.stop()
  })

  it('calls another one by TLS; each hears the other, and either end is known by the other', async () => {
    const [ann, bob] = [await house.extension(), await house.extension()]
    const [caller, callee] = [await softphone(ann, tune(1, 4)), await softphone(bob, tune(2, 4))]
    await Promise.all([caller.registered(), callee.registered()])

    await caller.dial(bob)
    await Promise.all([caller.established(), callee.established()])
    await eventually(
      () => Math.min(callee.heard().length, caller.heard().length),
      (samples) => samples > 3 * rate,
    )
    await caller.hangup()
    await callee.closed()

    expect(likeness(callee.heard(), tune(1, 4))).toBeGreaterThan(0.8)
    expect(likeness(caller.heard(), tune(2, 4))).toBeGreaterThan(0.8)
    expect((await house.endedCall(ann)).end).toMatchObject({ code: 'completed', by: 'caller' })
    expect(caller.trace()).toContain('transport=tls')
  })
})
