import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { Scope } from '../../src/base/scope.ts'
import { AsteriskSwitch } from '../../src/engines/asterisk/switch.ts'
import { extension, openSmallHouse, type SmallHouse } from '../contract/small-house.ts'
import { Asterisk } from '../kit/asterisk/asterisk.ts'
import { ariLogin } from '../kit/asterisk/config.ts'
import { hasAsterisk } from '../kit/asterisk/root.ts'
import { likeness, tune, writeWav } from '../kit/audio.ts'
import { type CutLine, openCutLine } from '../kit/cut-line.ts'
import { eventually } from '../kit/eventually.ts'
import { freeRange } from '../kit/ports.ts'
import { PhoneShop, type VirtualPhone } from '../kit/virtual-phone.ts'

const dialplan = `
[from-phones]
exten => _+X.,1,Stasis(offhook)
 same => n,Hangup(38)
exten => echo,1,Answer()
 same => n,Echo()
`
const phones = `
[somebody]
type=endpoint
context=from-phones
disallow=all
allow=ulaw
aors=somebody
direct_media=no
[somebody]
type=aor
max_contacts=1
[somebody]
type=identify
endpoint=somebody
match=127.0.0.1
`

describe.runIf(hasAsterisk())('the line to Asterisk breaks', () => {
  const scope = new Scope('reconnect')
  let asterisk: Asterisk
  let line: CutLine
  let by: AsteriskSwitch
  let house: SmallHouse
  let phone: VirtualPhone

  beforeAll(async () => {
    asterisk = await Asterisk.start({ scope, config: { 'extensions.conf': dialplan, 'pjsip.conf': phones } })
    line = await openCutLine(scope, Number(new URL(asterisk.ariUrl).port))
    const access = { ...ariLogin, url: `http://127.0.0.1:${line.port}/ari` }
    const flow = { transport: 'UDP', localAddress: '', localPort: 0, remoteAddress: '', remotePort: 0 } as const
    house = await openSmallHouse(await freeRange(100), ({ scope, plane, own }) => {
      by = new AsteriskSwitch({
        ...{ access, app: 'offhook', clock: systemClock, log: silentLogger, scope, plane, own },
      })
      return { switches: [by], contacts: async () => [{ uri: 'asterisk:PJSIP/somebody', flow }] }
    })
    const shop = await PhoneShop.open({ rtpPorts: await freeRange(100) })
    scope.add('phones', () => shop.close())
    scope.add('house', () => house.close())
    phone = await shop.phone({ username: 'somebody', server: `127.0.0.1:${asterisk.sipPort}` })
  })
  afterAll(() => scope.close())

  const isBack = () =>
    eventually(
      () => by.away(),
      (why) => why === undefined,
    )
  async function answered() {
    const caller = phone.call('+15550100')
    const call = await house.nextCall()
    await Promise.all([call.answer(), caller.answered])
    return { call, caller }
  }

  it('a call goes on, and is heard when the line is there again', async () => {
    const { call, caller } = await answered()
    line.cut()
    expect(
      await eventually(
        () => by.away(),
        (why) => why !== undefined,
      ),
    ).toMatch(/^Asterisk at 127\.0\.0\.1:\d+ cannot be reached: /)
    const path = `${asterisk.path('tune')}.wav`
    writeWav(path, tune(81, 1))
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
    expect(await house.leaks()).toEqual([])
  })

  it('a call that was hung up meanwhile ends with that reason', async () => {
    const { call, caller } = await answered()
    line.cut()
    caller.hangup()
    await caller.ended
    line.mend()
    expect(await call.ended).toMatchObject({ code: 'unreachable', by: 'network' })
    expect((await call.ended).sentence).toMatch(/it ended while Asterisk could not be reached/)
    await isBack()
    expect(await house.leaks()).toEqual([])
  })

  it('a call that we hang up meanwhile is hung up there afterwards', async () => {
    const { call, caller } = await answered()
    line.cut()
    await eventually(
      () => by.away(),
      (why) => why !== undefined,
    )
    await call.hangup()
    expect(await call.ended).toMatchObject({ code: 'completed', by: 'service' })
    line.mend()
    expect(await caller.ended).toMatchObject({ by: 'remote', how: 'bye' })
    await eventually(
      () => asterisk.cli('core show channels count'),
      (text) => text.includes('0 active channels'),
    )
    expect(await asterisk.cli('bridge show all')).not.toContain('offhook-bridge')
    expect(await house.leaks()).toEqual([])
  })

  it('no call is placed meanwhile, and the reason says why', async () => {
    line.cut()
    await eventually(
      () => by.away(),
      (why) => why !== undefined,
    )
    const from = { kind: 'number', e164: '+15550100', raw: '+15550100' } as const
    await expect(house.engine.originate({ from, to: extension('1001'), seconds: 5 })).rejects.toMatchObject({
      end: { code: 'unreachable', sentence: expect.stringMatching(/Asterisk at \S+ cannot be reached/) },
    })
    line.mend()
    await isBack()
  })

  it('Asterisk starts anew: its calls are over, and new ones come in', async () => {
    const { call, caller } = await answered()
    await asterisk.cli('core restart now')
    // It hangs up its channels first, or its connection breaks first.
    expect((await call.ended).code).toMatch(/^(?:completed|unreachable)$/)
    await caller.ended
    await asterisk.cli('core waitfullybooted')
    await isBack()
    const next = await answered()
    next.caller.hangup()
    expect(await next.call.ended).toMatchObject({ code: 'completed', by: 'caller' })
    expect(await house.leaks()).toEqual([])
  })
})
