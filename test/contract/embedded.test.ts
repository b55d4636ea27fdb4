import { expect, test } from 'vitest'
import { CallEnded } from '../../src/phone/call.ts'
import { freeRange } from '../kit/ports.ts'
import { PhoneShop } from '../kit/virtual-phone.ts'
import { describeEngine } from './engine.ts'
import type { EngineBench } from './rig.ts'
import { extension, openSmallHouse } from './small-house.ts'

async function start(): Promise<EngineBench & { crashMedia(): Promise<void> }> {
  const house = await openSmallHouse(await freeRange(200))
  const shop = await PhoneShop.open({ rtpPorts: await freeRange(200) })
  const server = `127.0.0.1:${house.sipPort}`
  const phone = async (username: string) => {
    const made = await shop.phone({ username, password: `secret-${username}`, server })
    const status = await made.register()
    if (status !== 200) throw new Error(`${username} could not register: ${status}`)
    return made
  }
  const ann = await phone('1001')
  const bob = await phone('1002')
  const outside = await shop.phone({ username: 'somebody', displayName: 'Some Body', server })
  const old = await shop.phone({ username: 'somebody', server, telephoneEvent: false })

  return {
    ...house,
    callIn: () => outside.call('+15550100'),
    callInWithTones: () => old.call('+15550100'),
    ann: { address: extension('1001'), next: () => ann.nextCall() },
    bob: { address: extension('1002'), next: () => bob.nextCall() },
    crashMedia: () => house.plane.crashWorker(0),
    async close() {
      await shop.close()
      await house.close()
    },
  }
}

describeEngine('embedded', start)

test('a call whose audio is lost with its thread is ended, on both sides, with the reason', async () => {
  const bench = await start()
  try {
    const caller = bench.callIn()
    const call = await bench.nextCall()
    const dialled = call.dial([{ to: bench.ann.address, seconds: 10 }]).catch((error: unknown) => error)
    const callee = await bench.ann.next()
    await callee.answer()
    await caller.answered
    await bench.crashMedia()
    expect(await call.ended).toMatchObject({
      code: 'failed',
      by: 'service',
      sentence: expect.stringContaining('audio'),
    })
    expect((await caller.ended).how).toBe('bye')
    expect((await callee.ended).how).toBe('bye')
    expect(await dialled).toBeInstanceOf(CallEnded)
    expect(await bench.leaks()).toEqual([])
  } finally {
    await bench.close()
  }
})
