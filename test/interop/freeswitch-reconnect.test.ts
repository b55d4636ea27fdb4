import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { Scope } from '../../src/base/scope.ts'
import { FreeSwitch } from '../../src/engines/freeswitch/switch.ts'
import { extension, openSmallHouse, type SmallHouse } from '../contract/small-house.ts'
import { likeness, tune, writeWav } from '../kit/audio.ts'
import { type CutLine, openCutLine } from '../kit/cut-line.ts'
import { eventually } from '../kit/eventually.ts'
import { password, ScriptedFreeSwitch } from '../kit/freeswitch/freeswitch.ts'
import { freeRange } from '../kit/ports.ts'
import { PhoneShop, type VirtualPhone } from '../kit/virtual-phone.ts'

describe('the line to a scripted FreeSWITCH breaks', () => {
  const scope = new Scope('reconnect')
  const folder = mkdtempSync(join(tmpdir(), 'offhook-freeswitch-'))
  scope.add('folder', () => rmSync(folder, { recursive: true }))
  let freeswitch: ScriptedFreeSwitch
  let line: CutLine
  let by: FreeSwitch
  let house: SmallHouse
  let phone: VirtualPhone

  beforeAll(async () => {
    freeswitch = await ScriptedFreeSwitch.start(scope, await freeRange(100))
    line = await openCutLine(scope, freeswitch.eslPort)
    const flow = { transport: 'UDP', localAddress: '', localPort: 0, remoteAddress: '', remotePort: 0 } as const
    house = await openSmallHouse(await freeRange(100), ({ scope, plane, own }) => {
      by = new FreeSwitch({
        access: { host: '127.0.0.1', port: line.port, password },
        ...{ app: 'offhook', profile: 'internal', port: 0, clock: systemClock, log: silentLogger },
        ...{ scope, plane, own },
      })
      return { switches: [by], contacts: async () => [{ uri: 'freeswitch:user/somebody', flow }] }
    })
    freeswitch.socketPort = by.port
    const shop = await PhoneShop.open({ rtpPorts: await freeRange(100) })
    scope.add('phones', () => shop.close())
    scope.add('house', () => house.close())
    phone = await shop.phone({ username: 'somebody', server: `127.0.0.1:${freeswitch.sipPort}` })
    await phone.register()
  })
  afterAll(() => scope.close())

  const isAway = () =>
    eventually(
      () => by.away(),
      (why) => why !== undefined,
    )
  const isBack = () =>
    eventually(
      () => by.away(),
      (why) => why === undefined,
    )
  const nothingIsLeft = async (): Promise<void> => {
    const channels = await eventually(
      () => freeswitch.channels,
      (channels) => channels.length === 0,
    )
    expect(channels).toEqual([])
    expect(await house.leaks()).toEqual([])
  }
  async function answered() {
    const caller = phone.call('+15550100')
    const call = await house.nextCall()
    await Promise.all([call.answer(), caller.answered])
    return { call, caller }
  }

  it('a call goes on, and its keys and its end are heard when the line is there again', async () => {
    const { call, caller } = await answered()
    line.cut()
    expect(await isAway()).toMatch(/^FreeSWITCH at 127\.0\.0\.1:\d+ cannot be reached: /)
    const path = writeWav(join(folder, 'tune.wav'), tune(81, 1))
    const ear = caller.listen()
    expect(await call.play({ kind: 'file', path })).toEqual({ kind: 'finished' })
    expect(likeness(await ear.stop(), tune(81, 1))).toBeGreaterThan(0.9)

    line.mend()
    expect(await isBack()).toBeUndefined()
    const gathered = call.gather({ maxDigits: 2 })
    await caller.press('42')
    expect(await gathered).toMatchObject({ digits: '42' })
    caller.hangup()
    expect(await call.ended).toMatchObject({ code: 'completed', by: 'caller' })
    await nothingIsLeft()
  })

  it('a call that was hung up meanwhile ends with that reason', async () => {
    const { call, caller } = await answered()
    line.cut()
    await isAway()
    caller.hangup()
    await caller.ended
    line.mend()
    expect(await call.ended).toMatchObject({ code: 'unreachable', by: 'network' })
    expect((await call.ended).sentence).toMatch(/it ended while FreeSWITCH could not be reached/)
    await isBack()
    await nothingIsLeft()
  })

  it('a call that we hang up meanwhile is over there, too', async () => {
    const { call, caller } = await answered()
    line.cut()
    await isAway()
    await call.hangup()
    expect(await call.ended).toMatchObject({ code: 'completed', by: 'service' })
    line.mend()
    expect(await caller.ended).toMatchObject({ by: 'remote', how: 'bye' })
    await isBack()
    await nothingIsLeft()
  })

  it('a call that we placed and give up meanwhile rings no more afterwards', async () => {
    const giveUp = new AbortController()
    const from = { kind: 'number', e164: '+15550100', raw: '+15550100' } as const
    const placed = house.engine.originate({ from, to: extension('1001'), seconds: 30, signal: giveUp.signal })
    const refused = expect(placed).rejects.toMatchObject({ end: { code: 'canceled' } })
    const rung = await phone.nextCall()
    line.cut()
    await isAway()
    giveUp.abort()
    await refused
    line.mend()
    expect(await rung.ended).toMatchObject({ by: 'remote', how: 'cancel' })
    await isBack()
    await nothingIsLeft()
  })

  it('no call is placed meanwhile, and the reason says why', async () => {
    line.cut()
    await isAway()
    const from = { kind: 'number', e164: '+15550100', raw: '+15550100' } as const
    await expect(house.engine.originate({ from, to: extension('1001'), seconds: 5 })).rejects.toMatchObject({
      end: { code: 'unreachable', sentence: expect.stringMatching(/FreeSWITCH at 127\.0\.0\.1:\d+ cannot be reached/) },
    })
    line.mend()
    expect(await isBack()).toBeUndefined()
    const { call, caller } = await answered()
    await call.hangup()
    await caller.ended
    await nothingIsLeft()
  })
})
