import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, tune } from '../kit/audio.ts'
import { password, ScriptedFreeSwitch } from '../kit/freeswitch/freeswitch.ts'
import { House, type ShownCall } from '../kit/house.ts'
import { freePort, freeRange } from '../kit/ports.ts'
import { PhoneShop, type VirtualPhone } from '../kit/virtual-phone.ts'

const outside = '+15550242'
const chosen = '+15550110'

describe('a service with a scripted FreeSWITCH', { timeout: 60_000 }, () => {
  const scope = new Scope('service and FreeSWITCH')
  let house: House
  let phone: VirtualPhone

  beforeAll(async () => {
    const freeswitch = await ScriptedFreeSwitch.start(scope, await freeRange(100))
    const port = await freePort()
    freeswitch.socketPort = port
    house = await House.open({
      scope,
      env: {
        OFFHOOK_FREESWITCH_HOST: '127.0.0.1',
        OFFHOOK_FREESWITCH_ESL_PORT: String(freeswitch.eslPort),
        OFFHOOK_FREESWITCH_PASSWORD: password,
        OFFHOOK_FREESWITCH_PORT: String(port),
      },
    })
    const shop = await PhoneShop.open({ rtpPorts: await freeRange(100) })
    scope.add('phones of FreeSWITCH', () => shop.close())
    phone = await shop.phone({ username: outside.slice(1), server: `127.0.0.1:${freeswitch.sipPort}` })
    await phone.register()
    await house.service.api('POST', '/v1/trunks', { name: 'pstn', uri: 'sip:127.0.0.1:9;transport=udp', default: true })
    await house.service.api('POST', '/v1/trunks', { name: 'switch', uri: 'freeswitch:user/{digits}' })
    await house.service.api('POST', '/v1/numbers', { number: chosen })
    await house.service.api('PATCH', `/v1/numbers/${encodeURIComponent(chosen)}`, { engine: 'freeswitch' })
  })
  afterAll(() => scope.close())

  const place = (more: object) =>
    house.service.request('POST', '/v1/calls', { from: chosen, to: outside, app: 'api', ...more })

  it('says what carries calls, and what each lacks', async () => {
    const { items } = await house.service.api<{
      items: { name: string; state: string; capabilities: { lacks: { feature: string }[] } }[]
    }>('GET', '/v1/engines')

    expect(items).toMatchObject([
      { name: 'embedded', state: 'ready', capabilities: { lacks: [] } },
      { name: 'freeswitch', state: 'ready' },
    ])
    expect(items[1]?.capabilities.lacks.map(({ feature }) => feature)).toContain('hold.tell')
  })

  it('calls out by it from a number that chose it, and refuses what its calls lack', async () => {
    const { body } = await place({})
    const { id } = body as ShownCall
    const callee = await phone.nextCall()
    await callee.answer()
    await house.service.until<ShownCall>(`/v1/calls/${id}`, ({ state }) => state === 'up')
    const hold = await house.service.request('POST', `/v1/calls/${id}/actions`, { block: 'hold', tell: true })
    const ear = callee.listen()
    await house.service.api('POST', `/v1/calls/${id}/actions`, { block: 'hangup', message: 'Goodbye my friend' })
    await callee.ended

    expect([hold.status, hold.body]).toMatchObject([501, { code: 'not_supported', errors: [{ field: '/tell' }] }])
    expect((hold.body as { detail: string }).detail).toMatch(/^The engine of this call does not have hold\.tell: Free/)
    expect(await house.saysIn(await ear.stop(), 'Goodbye my friend')).toBeGreaterThan(0.7)
  })

  it('refuses a call whose actions or flow need what it lacks, before it is placed', async () => {
    const hold = { block: 'hold', tell: true }
    const actions = await place({ actions: [{ block: 'answer' }, hold] })
    const flow = await place({ app: 'flow', flow: { steps: [{ block: 'transfer', to: '+15550243', refer: true }] } })

    expect([actions.status, actions.body]).toMatchObject([400, { errors: [{ field: '/actions/1/tell' }] }])
    expect([flow.status, flow.body]).toMatchObject([400, { errors: [{ field: '/flow/steps/0/refer' }] }])
    expect(await house.calls(`to=${encodeURIComponent(outside)}&state=ringing`)).toEqual([])
  })

  it('takes calls that it brings, and puts them through to a phone by SIP', async () => {
    const bob = await house.signedIn()
    await house.service.api('PATCH', `/v1/numbers/${encodeURIComponent(chosen)}`, {
      assignment: { kind: 'extension', username: bob.username },
    })
    const caller = phone.call(chosen)
    const rung = await bob.nextCall()
    await Promise.all([rung.answer(), caller.answered])
    const ear = rung.listen()
    await caller.play(house.wav(tune(91, 1)))
    const heard = await ear.stop()
    rung.hangup()
    await caller.ended

    // Without a country its digits are a name that FreeSWITCH has.
    expect(rung.remote.user).toBe(outside.slice(1))
    expect(likeness(heard, tune(91, 1))).toBeGreaterThan(0.9)
  })
})
