import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { Offhook, parseNotification } from '../../src/client/index.ts'
import type { Menu } from '../../src/menu/model.ts'
import { likeness, tune } from '../kit/audio.ts'
import type { House, ShownCall } from '../kit/house.ts'
import type { PhoneCall } from '../kit/phone-call.ts'
import { startReceiver } from '../kit/receiver.ts'
import { type DocumentHouse, openDocuments, type Program } from './documents-kit.ts'

interface ShownAction {
  readonly block: string
  readonly state: string
  readonly result: Readonly<Record<string, unknown>> | null
}

/** Numbers of the site that are called from within, by calls that came in or were placed at others of its numbers. */
describe('a number of the site that is called from within', { timeout: 60_000 }, () => {
  const scope = new Scope('test')
  let house: House
  let documents: DocumentHouse
  let program: Program
  let made = 0

  beforeAll(async () => {
    ;({ house, program, documents } = await openDocuments(scope))
  })
  afterAll(() => scope.close())

  const rent = async (assignment?: unknown): Promise<string> => {
    const { number } = await house.service.api<{ number: string }>('POST', '/v1/numbers', {})
    if (assignment !== undefined)
      await house.service.api('PATCH', `/v1/numbers/${encodeURIComponent(number)}`, { assignment })
    return number
  }
  const flowOf = async (...steps: unknown[]): Promise<string> => {
    const { id } = await house.service.api<{ id: string }>('POST', '/v1/flows', { name: `Flow ${++made}`, steps })
    return rent({ kind: 'flow', flow: id })
  }
  const menuOf = async (menu: Pick<Menu, 'start' | 'menus'>): Promise<string> => {
    const named = { name: `Menu ${++made}`, ...menu }
    const { id } = await house.service.api<{ id: string }>('POST', '/v1/menus', named)
    return rent({ kind: 'menu', menu: id })
  }
  const sendOn = (to: string, over: object = {}) => ({ block: 'transfer', to, ...over })

  async function calling(number: string): Promise<{ from: string; caller: PhoneCall }> {
    const from = house.stranger()
    return { from, caller: (await house.phone(from)).call(number) }
  }
  const ended = (to: string): Promise<ShownCall> => house.callTo(to, ({ state }) => state === 'ended')
  const comesTo = (to: string, what: string): Promise<ShownCall> =>
    house.callTo(to, ({ timeline }) => timeline.some(({ kind }) => kind === what))

  it('a flow: it is heard, hears keys, and has a call of its own', async () => {
    const second = await flowOf(
      { name: 'ask', block: 'gather', prompt: 'Which department would you like', maxDigits: 1, branches: { 4: 'bye' } },
      { block: 'hangup' },
      { name: 'bye', block: 'hangup', message: 'Thank you and goodbye' },
    )
    const first = await flowOf(sendOn(second))
    const { from, caller } = await calling(first)
    await caller.answered
    const ear = caller.listen()
    await comesTo(second, 'gather')
    await caller.press('4')
    expect(await caller.ended).toMatchObject({ how: 'bye', by: 'remote' })
    const heard = await ear.stop()

    expect(await house.saysIn(heard, 'Thank you and goodbye')).toBeGreaterThan(0.8)
    const [outer, inner] = [await ended(first), await ended(second)]
    expect(inner).toMatchObject({ direction: 'inbound', from: { address: from }, end: { code: 'completed' } })
    expect(inner.timeline[0]?.text).toBe(`${from} calls ${second}, from the call ${outer.id} of this service`)
    expect(outer.timeline.map(({ text }) => text)).toContain(
      `${second} is a number of this site, and ${inner.id} is the call that arrives there`,
    )
    expect(outer.end).toMatchObject({ code: 'completed', by: 'callee', chain: [{ code: 'completed' }] })
  })

  it('a menu, put through to a phone of the house: both sides hear each other, and the caller ends all three', async () => {
    const ann = await house.signedIn()
    const menu = await menuOf({
      start: 'main',
      menus: {
        main: {
          prompt: 'Welcome to the menu of this company',
          options: [{ key: '2', label: 'Ann', action: { kind: 'dial', to: [ann.username] } }],
        },
      },
    })
    const first = await flowOf(sendOn(menu))
    const { from, caller } = await calling(first)
    await caller.answered
    await comesTo(menu, 'gather')
    await caller.press('2')
    const callee = await ann.nextCall()
    await callee.answer()
    await comesTo(menu, 'bridged')
    const [atAnn, atCaller] = [callee.listen(), caller.listen()]
    await Promise.all([caller.play(house.wav(tune(31, 1.5))), callee.play(house.wav(tune(32, 1.5)))])

    expect(callee.remote.user).toBe(from)
    expect(likeness(await atAnn.stop(), tune(31, 1))).toBeGreaterThan(0.8)
    expect(likeness(await atCaller.stop(), tune(32, 1))).toBeGreaterThan(0.8)
    caller.hangup()
    expect(await callee.ended).toMatchObject({ by: 'remote', how: 'bye' })
    expect((await ended(menu)).end).toMatchObject({ code: 'completed', by: 'caller' })
    expect((await ended(first)).end).toMatchObject({ code: 'completed', by: 'caller' })
  })

  it('an application: its documents are asked about the call that they get', async () => {
    const inner = await documents.numberOf(program.at('/inner', '<Speak>This is the second application</Speak>'), {
      hangup_url: program.at('/inner-end', ''),
    })
    const outer = await documents.numberOf(
      program.at('/outer', `<Dial action="${program.at('/dialled', '')}"><Number>${inner}</Number></Dial>`),
    )
    const { from, caller } = await calling(outer)
    await caller.answered
    const ear = caller.listen()
    await caller.ended

    expect(await house.saysIn(await ear.stop(), 'This is the second application')).toBeGreaterThan(0.8)
    const [first] = program.asked('/outer')
    const second = { From: from.slice(1), To: inner.slice(1), CallUUID: (await ended(inner)).id, Direction: 'inbound' }
    expect(program.asked('/inner')).toMatchObject([second])
    expect(second.CallUUID).not.toBe(first?.CallUUID)
    expect(await program.until('/inner-end')).toMatchObject({ ...second, HangupCauseName: 'End Of XML Instructions' })
    expect(await program.until('/dialled')).toMatchObject({ CallUUID: first?.CallUUID, DialStatus: 'completed' })
  })

  it('a number that is told to a program of the block API, which transfers the call to a third', async () => {
    const hooks = await startReceiver(scope)
    const app = await house.service.api<{ id: string; token: string }>('POST', '/v1/tokens', {
      name: 'blocks',
      scopes: ['calls:write'],
    })
    const { ivr } = new Offhook({ url: house.service.url, appId: app.id, accessToken: app.token })
    const inner = await rent({ kind: 'notify', url: `${hooks.url}/answer`, token: app.id })
    const { from, caller } = await calling(await flowOf(sendOn(inner)))
    await hooks.count(1)
    const told = parseNotification(hooks.received[0]?.body ?? '')
    expect(told).toMatchObject({ block: 'answer', from, to: inner, callState: 'ringing' })

    expect(
      (await ivr.gather(told.session, { msg: 'Press', maxDigits: 2, notifyUrl: `${hooks.url}/keys` })).status(),
    ).toBe('success_ok')
    await caller.answered
    await comesTo(inner, 'gather')
    await caller.press('42')
    await hooks.count(2)
    expect(parseNotification(hooks.received[1]?.body ?? '')).toMatchObject({ block: 'gather', digits: '42' })
    const third = await flowOf({ block: 'hangup', message: 'You have come to the third number' })
    const ear = caller.listen()
    expect((await ivr.transfer(told.session, third)).status()).toBe('success_ok')
    await caller.ended
    expect(await house.saysIn(await ear.stop(), 'You have come to the third number')).toBeGreaterThan(0.8)
    expect((await house.callTo(third)).timeline[0]?.text).toMatch(`from the call call_${told.session.slice(1)} of this`)
  })

  it('a number that is driven by actions, called by a transfer of another driven call', async () => {
    const inner = await rent({ kind: 'api' })
    const ann = await house.signedIn()
    const { id } = await house.service.api<ShownCall>('POST', '/v1/calls', {
      ...{ app: 'api', from: '+15550100', to: ann.username },
      actions: [{ block: 'transfer', to: inner, onFailure: 'continue' }],
    })
    const phone = await ann.nextCall()
    await phone.answer()
    const arriving = await house.callTo(inner)
    const ear = phone.listen()
    const path = `/v1/calls/${arriving.id}/actions`
    const said = await house.service.api<{ id: string }>('POST', path, {
      block: 'play',
      prompt: 'Here speaks the second call',
    })
    await house.service.until<ShownAction>(`${path}/${said.id}`, ({ state }) => state === 'done')
    expect(await house.saysIn(await ear.stop(), 'Here speaks the second call')).toBeGreaterThan(0.8)

    await house.service.api('POST', path, { block: 'send', digits: '7' })
    expect(await phone.heardKeys(1)).toBe('7')
    await house.service.api('POST', path, { block: 'hangup' })
    await phone.ended
    const { items } = await house.service.until<{ items: ShownAction[] }>(`/v1/calls/${id}/actions`, ({ items }) =>
      items.every(({ state }) => state !== 'running'),
    )
    expect(items[0]?.result).toMatchObject({ kind: 'transferred', target: inner })
  })

  it('a forward, called by the API at both ends: early media and the end of each are those of a call from outside', async () => {
    const ann = await house.signedIn()
    const { number } = await house.forward({ targets: [{ to: ann.username, seconds: 20 }] })
    const bob = await house.signedIn()
    await house.service.api('POST', '/v1/calls', { from: bob.username, to: number })
    const atBob = await bob.nextCall()
    await atBob.answer()
    const atAnn = await ann.nextCall()
    await atAnn.answer()
    const ear = atAnn.listen()
    await atBob.play(house.wav(tune(33, 1.5)))
    expect(likeness(await ear.stop(), tune(33, 1))).toBeGreaterThan(0.8)
    atAnn.hangup()
    await atBob.ended

    const flow = await flowOf({ block: 'play', prompt: 'Flow speaks to nobody', times: 3 })
    const placed = await house.service.api<ShownCall>('POST', '/v1/calls', {
      ...{ app: 'api', from: '+15550100', to: flow },
      actions: [{ block: 'join', room: 'calls-out' }],
    })
    await comesTo(flow, 'play')
    await house.service.api('POST', `/v1/calls/${placed.id}/hangup`)
    expect((await ended(flow)).end).toMatchObject({ code: 'completed', by: 'caller' })
  })

  it('names the reason where it did not take the call', async () => {
    const unused = await rent()
    const refusing = await flowOf({ block: 'hangup' })
    const first = await flowOf(
      sendOn(unused, { onFailure: 'continue', branches: { not_found: 'next' } }),
      { name: 'next', ...sendOn(refusing, { onFailure: 'continue', branches: { declined: 'tell' } }) },
      { block: 'hangup' },
      { name: 'tell', block: 'hangup', message: 'Both said no' },
    )
    const { caller } = await calling(first)
    await caller.answered
    const ear = caller.listen()
    await caller.ended

    expect(await house.saysIn(await ear.stop(), 'Both said no')).toBeGreaterThan(0.8)
    expect((await ended(first)).end?.chain).toMatchObject([
      {
        ...{ code: 'not_found', target: unused, sip: 404, q850: 1 },
        sentence: `${unused} did not take the call: ${unused} is a number of this site, but nothing is assigned to it yet`,
      },
      { code: 'declined', target: refusing, sip: 603, q850: 21 },
      { code: 'completed' },
    ])
  })

  it('one that sends its callers to itself: they are in it five times, and no more', async () => {
    const circle = await rent()
    const { id } = await house.service.api<{ id: string }>('POST', '/v1/flows', {
      name: 'Circle',
      steps: [sendOn(circle)],
    })
    const path = `/v1/numbers/${encodeURIComponent(circle)}`
    await house.service.api('PATCH', path, { assignment: { kind: 'flow', flow: id } })
    const { caller } = await calling(circle)
    expect(await caller.ended).toMatchObject({ how: 'rejected', status: 483 })

    const { items } = await house.service.until<{ items: ShownCall[] }>(
      `/v1/calls?to=${encodeURIComponent(circle)}`,
      ({ items }) => items.length === 6 && items.every(({ state }) => state === 'ended'),
    )
    expect(items.map(({ end }) => end?.code)).toEqual(Array.from({ length: 6 }, () => 'too_many_hops'))
    expect(items[0]?.end?.sentence).toMatch(/the call came through 5 numbers of this site/)
  })
})
