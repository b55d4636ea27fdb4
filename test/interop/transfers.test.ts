import { afterAll, beforeAll, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, tune } from '../kit/audio.ts'
import { Baresip } from '../kit/baresip.ts'
import { eventually } from '../kit/eventually.ts'
import { House } from '../kit/house.ts'
import { describeWith } from '../setup/tools.ts'

describeWith(['baresip'], 'baresip hands calls over', () => {
  const scope = new Scope('whole')
  let house: House

  beforeAll(async () => {
    house = await House.open({ scope })
  })
  afterAll(() => scope.close())

  const softphone = async (answer: 'auto' | 'manual', says: Int16Array): Promise<Baresip & { username: string }> => {
    const username = await house.extension()
    const registrarPort = house.service.sipPort
    const phone = await Baresip.start({
      ...{ scope, username, password: `${username}-secret`, registrarPort, transport: 'tcp', answer, says },
    })
    await phone.registered()
    return Object.assign(phone, { username })
  }

  it.each(['callee', 'caller'] as const)('as the %s, to another baresip', async (who) => {
    const ann = await softphone('manual', tune(1, 20))
    const bob = await softphone('auto', tune(2, 20))
    const carl = await softphone('auto', tune(3, 20))
    const at = (username: string): string => `sip:${username}@${house.server};transport=tcp`
    await ann.dial(at(bob.username))
    await bob.established()
    await ann.established()
    const [from, stays, tuneOfStays] = who === 'callee' ? [bob, ann, 1] : [ann, bob, 2]
    await from.transfer(at(carl.username))
    await carl.established()
    await from.closed()

    const heard = await eventually(
      () => likeness(carl.heard(), tune(tuneOfStays, 20).subarray(8000 * 6, 8000 * 8)),
      (like) => like > 0.9,
      30_000,
    )
    expect(heard).toBeGreaterThan(0.9)
    await stays.hangup()
    await carl.closed()
  })
})
