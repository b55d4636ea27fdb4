import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { Asterisk } from '../kit/asterisk/asterisk.ts'
import { hasAsterisk } from '../kit/asterisk/root.ts'
import { likeness, tune } from '../kit/audio.ts'
import { House, type ShownCall } from '../kit/house.ts'
import type { PhoneCall } from '../kit/phone-call.ts'

type SignedIn = Awaited<ReturnType<House['signedIn']>>

const back = '+15550101'
const dialplan = `
[from-offhook]
exten => +15550190,1,Answer()
 same => n,Echo()
exten => +15550195,1,Dial(PJSIP/${back}@offhook)
exten => +15550198,1,Answer()
 same => n,Wait(1)
 same => n,Transfer(PJSIP/sip:\${BEN}@127.0.0.1:SITE)
exten => +15550199,1,Transfer(PJSIP/sip:\${BEN}@127.0.0.1:SITE)
`
const pjsip = (port: number) => `
[offhook]
type=endpoint
context=from-offhook
disallow=all
allow=ulaw
aors=offhook
trust_id_inbound=yes
send_pai=yes
moh_passthrough=yes
direct_media=no
[offhook]
type=aor
contact=sip:127.0.0.1:${port}
[offhook]
type=identify
endpoint=offhook
match=127.0.0.1
`

describe.runIf(hasAsterisk())('an Asterisk as a trunk', () => {
  const scope = new Scope('asterisk')
  let house: House
  let ann: SignedIn
  let ben: SignedIn

  beforeAll(async () => {
    house = await House.open({ scope, env: { OFFHOOK_LOCAL_NUMBERS: '+15550100-+15550149' } })
    const { sipPort } = house.service
    const outbound = { outbound: { rule: 'international', maxCalls: 5 } }
    ann = await house.signedIn({ username: await house.extension(outbound) })
    ben = await house.signedIn()
    await house.service.api('POST', '/v1/numbers', { number: back })
    const assignment = { kind: 'extension', username: ben.username }
    await house.service.api('PATCH', `/v1/numbers/${encodeURIComponent(back)}`, { assignment })
    const config = {
      'extensions.conf': dialplan.replaceAll('SITE', String(sipPort)),
      'pjsip.conf': pjsip(sipPort),
    }
    const asterisk = await Asterisk.start({ scope, config })
    await asterisk.cli(`dialplan set global BEN ${ben.username}`)
    const uri = `sip:127.0.0.1:${asterisk.sipPort}`
    await house.service.api('POST', '/v1/trunks', { name: 'asterisk', uri, default: true })
  })
  afterAll(() => scope.close())

  /** What each says is heard by the other. */
  async function talk(one: PhoneCall, other: PhoneCall): Promise<void> {
    const [earOfOne, earOfOther] = [one.listen(), other.listen()]
    await Promise.all([one.play(house.wav(tune(3, 2))), other.play(house.wav(tune(4, 2)))])
    await one.play(house.wav(new Int16Array(4000)))
    expect(likeness(await earOfOther.stop(), tune(3, 2))).toBeGreaterThan(0.9)
    expect(likeness(await earOfOne.stop(), tune(4, 2))).toBeGreaterThan(0.9)
  }

  const act = (call: string, action: object) => house.service.api('POST', `/v1/calls/${call}/actions`, action)

  /** A call that we drive, to Asterisk and through it to Ben. */
  async function driven(): Promise<{ readonly id: string; readonly atBen: PhoneCall }> {
    const request = { app: 'api', from: '+15550100', to: '+15550195' }
    const { id } = await house.service.api<ShownCall>('POST', '/v1/calls', request)
    const atBen = await ben.nextCall()
    await atBen.answer()
    await house.service.until<ShownCall>(`/v1/calls/${id}`, ({ state }) => state === 'up')
    return { id, atBen }
  }

  it('hands its caller over to an extension by REFER', async () => {
    const call = ann.call('+15550198')
    await call.answered
    const atBen = await ben.nextCall()
    await atBen.answer()

    await talk(call, atBen)
    atBen.hangup()
    await call.ended
  })

  it('redirects its caller to an extension by 302', async () => {
    const call = ann.call('+15550199')
    const atBen = await ben.nextCall()
    await atBen.answer()
    await call.answered

    await talk(call, atBen)
    call.hangup()
    await atBen.ended
  })

  it('is told of a hold, passes it on to whom it talks for, and takes it back', async () => {
    const { id, atBen } = await driven()
    const held = (text: string) =>
      house.callTo(back, ({ timeline }) => timeline.some((event) => event.kind === 'hold' && event.text === text))

    await act(id, { block: 'hold', tell: true })
    await held('the other side put us on hold')
    await act(id, { block: 'unhold' })
    await held('the other side took us off hold')

    const ear = atBen.listen()
    await act(id, { block: 'play', prompt: 'Welcome back' })
    await atBen.play(house.wav(new Int16Array(20_000)))
    const heard = await ear.stop()
    expect(Math.max(...heard)).toBeGreaterThan(2000)
    atBen.hangup()
  })

  it('takes a call over by REFER, and lets us go', async () => {
    const { id, atBen } = await driven()

    await act(id, { block: 'transfer', to: '+15550190', refer: true })

    await house.service.until<ShownCall>(`/v1/calls/${id}`, ({ state }) => state === 'ended')
    const ear = atBen.listen()
    await atBen.play(house.wav(tune(6, 2)))
    await atBen.play(house.wav(new Int16Array(4000)))
    expect(likeness(await ear.stop(), tune(6, 2))).toBeGreaterThan(0.9)
    atBen.hangup()
    await atBen.ended
  })
})
