import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import type { Menu, MenuAction, MenuNode } from '../../src/menu/model.ts'
import { writeMenuYaml } from '../../src/menu/text.ts'
import { likeness, tune } from '../kit/audio.ts'
import { House } from '../kit/house.ts'
import type { PhoneCall } from '../kit/phone-call.ts'
import { type Receiver, startReceiver } from '../kit/receiver.ts'

interface SavedMenu {
  readonly id: string
  readonly name: string
  readonly numbers: readonly string[]
  readonly menu: Menu
  readonly secret: string
}

describe('phone menus', { timeout: 60_000 }, () => {
  const scope = new Scope('test')
  let house: House
  let receiver: Receiver
  let made = 0

  beforeAll(async () => {
    house = await House.open({ scope, env: { OFFHOOK_WEBHOOK_ALLOW: '127.0.0.0/8' } })
    receiver = await startReceiver(scope)
  })
  afterAll(() => scope.close())

  const option = (key: string, label: string, action: MenuAction) => ({ key, label, action })
  const withMenus = (menus: Menu['menus'], over: Partial<Menu> = {}): Menu => ({
    name: `Menu ${++made}`,
    start: 'main',
    menus,
    ...over,
  })
  const save = (menu: unknown): Promise<SavedMenu> => house.service.api('POST', '/v1/menus', menu)

  /** A number whose callers hear this menu. */
  async function numberOf(menu: Menu): Promise<string> {
    const { id } = await save(menu)
    const { number } = await house.service.api<{ number: string }>('POST', '/v1/numbers', {})
    const path = `/v1/numbers/${encodeURIComponent(number)}`
    await house.service.api('PATCH', path, { assignment: { kind: 'menu', menu: id } })
    return number
  }
  const single = (node: Omit<MenuNode, 'options'>, ...options: MenuNode['options']) =>
    numberOf(withMenus({ main: { ...node, options } }))

  async function calling(number: string): Promise<{ from: string; caller: PhoneCall }> {
    const from = house.stranger()
    const caller = (await house.phone(from)).call(number)
    await caller.answered
    return { from, caller }
  }

  it('lead a caller down and back again, with each word heard', async () => {
    const number = await numberOf(
      withMenus(
        {
          main: {
            prompt: 'Welcome to the house of calls.',
            announce: 'label_first',
            options: [option('1', 'sales', { kind: 'menu', menu: 'sales' })],
          },
          sales: {
            prompt: 'This is the sales department.',
            options: [option('2', 'bye', { kind: 'hangup', say: 'Goodbye my friend.' })],
          },
        },
        { everywhere: [option('*', 'to go back', { kind: 'back' })] },
      ),
    )
    const { from, caller } = await calling(number)
    const ear = caller.listen()
    await house.told(from, /the menu Menu \d+, main/)
    await caller.press('1')
    await house.told(from, /on to the menu sales/)
    await caller.press('*')
    await house.told(from, /on to the menu main/)
    await caller.press('1')
    await caller.press('2')
    await caller.ended
    const heard = await ear.stop()

    const call = await house.endedCall(from)
    expect(call.end).toMatchObject({ code: 'completed', by: 'service' })
    expect(await house.saysIn(heard, 'Goodbye my friend.')).toBeGreaterThan(0.7)
    expect(
      call.timeline.filter(({ kind }) => kind === 'app').map(({ text }) => text.replace(/Menu \d+/, 'Menu')),
    ).toEqual([
      'the menu Menu, main',
      'on to the menu sales',
      'on to the menu main',
      'on to the menu sales',
      'bye, key 2 of sales',
    ])
  })

  it('say their options themselves, and what was wrong, and goodbye to whom nothing helps', async () => {
    const number = await single(
      { announce: 'key_first', seconds: 1, attempts: 2, invalid: 'That was wrong.' },
      option('7', 'the kitchen', { kind: 'hangup' }),
    )
    const { from, caller } = await calling(number)
    const ear = caller.listen()
    await caller.press('5')
    await caller.ended
    const heard = await ear.stop()

    expect(await house.saysIn(heard, 'Press 7 for the kitchen.')).toBeGreaterThan(0.7)
    expect(await house.saysIn(heard, 'That was wrong.')).toBeGreaterThan(0.7)
    expect(await house.saysIn(heard, 'Goodbye.')).toBeGreaterThan(0.7)
    expect((await house.endedCall(from)).end).toMatchObject({ code: 'completed' })
  })

  it('tell a key of two digits from the shorter one, and put the caller through', async () => {
    const [one, two] = [await house.signedIn(), await house.signedIn()]
    const number = await single(
      { prompt: 'Choose.', keySeconds: 1 },
      option('4', 'one', { kind: 'dial', to: [one.username] }),
      option('44', 'two', { kind: 'dial', to: [two.username] }),
    )
    const short = await calling(number)
    await short.caller.press('4')
    const first = await one.nextCall()
    const long = await calling(number)
    await long.caller.press('44')
    const second = await two.nextCall()
    await second.answer()
    await house.told(long.from, /both sides hear each other/)
    const ear = second.listen()
    await long.caller.play(house.wav(tune(71, 1)))
    expect(likeness(await ear.stop(), tune(71, 1))).toBeGreaterThan(0.9)
    first.refuse(486)
    second.hangup()
    await long.caller.ended
    await house.told(short.from, /Nobody can take your call there/)
    short.caller.hangup()
    await short.caller.ended
  })

  it('let those who know an extension dial it', async () => {
    const ann = await house.signedIn()
    const number = await single(
      { prompt: 'Choose.', extensions: true, keySeconds: 1 },
      option('9', 'bye', { kind: 'hangup' }),
    )
    const { caller } = await calling(number)
    await caller.press(ann.username)
    const callee = await ann.nextCall()
    await callee.answer()
    callee.hangup()
    await caller.ended
  })

  it('take a message for the mailbox of a forward', async () => {
    const forward = await house.forward({ targets: [{ to: await house.extension(), seconds: 1 }] })
    const number = await single(
      { prompt: 'Choose.' },
      option('1', 'leave a message', { kind: 'voicemail', forward: forward.id }),
    )
    const { from, caller } = await calling(number)
    await caller.press('1')
    await house.told(from, /recording/i)
    await caller.play(house.wav(tune(72, 2)))
    await caller.press('#')
    await caller.ended
    const [voicemail] = await house.voicemails(forward.id, 1)
    expect(voicemail?.from.address).toBe(from)
    expect(voicemail?.recording.speechMs).toBeGreaterThan(1000)
  })

  it('send a text and a signed webhook of what was chosen, and go on', async () => {
    const ann = await house.extension()
    const { id, secret } = await save(
      withMenus({
        main: {
          prompt: 'Choose.',
          options: [
            option('1', 'a call back', {
              kind: 'message',
              to: ann,
              text: 'Call {caller} back: {label}',
              next: 'repeat',
            }),
            option('2', 'news', { kind: 'webhook', url: `${receiver.url}/chosen`, say: 'It is done.' }),
          ],
        },
      }),
    )
    const { number } = await house.service.api<{ number: string }>('POST', '/v1/numbers', {})
    await house.service.api('PATCH', `/v1/numbers/${encodeURIComponent(number)}`, {
      assignment: { kind: 'menu', menu: id },
    })
    const { from, caller } = await calling(number)
    const ear = caller.listen()
    await caller.press('1')
    const [text] = await house.texts(ann, 1)
    await caller.press('2')
    await caller.ended
    const [request] = await receiver.count(1)

    expect(text?.body).toBe(`Call ${from} back: a call back`)
    expect(text?.from).toBe(number)
    expect(JSON.parse(request!.body)).toMatchObject({
      type: 'menu.chosen',
      data: { menu: id, at: 'main', key: '2', label: 'news', caller: from, number },
    })
    expect(request!.headers['webhook-signature']).toMatch(/^v1,/)
    expect(secret).toMatch(/^whsec_/)
    expect(await house.saysIn(await ear.stop(), 'It is done.')).toBeGreaterThan(0.7)
  })

  it('speak their options where a recording cannot be had', async () => {
    const number = await single(
      { prompt: { url: 'http://127.0.0.1:9/gone.wav' }, seconds: 2, attempts: 1 },
      option('7', 'the kitchen', { kind: 'hangup', say: 'Soup.' }),
    )
    const { caller } = await calling(number)
    const ear = caller.listen()
    await caller.ended
    expect(await house.saysIn(await ear.stop(), 'For the kitchen, press 7.')).toBeGreaterThan(0.7)
  })

  describe('through the API', () => {
    const put = (id: string, menu: unknown) => house.service.api<SavedMenu>('PUT', `/v1/menus/${id}`, menu)
    const bye = { kind: 'hangup' } as const
    const refused = async (menu: unknown): Promise<unknown> => {
      const { status, body } = await house.service.request('POST', '/v1/menus', menu)
      return [status, (body as { errors?: readonly { field: string }[] }).errors?.map(({ field }) => field)]
    }

    it('are kept as they were written, replaced, and deleted once no number leads to them', async () => {
      const menu = withMenus({ main: { prompt: 'Choose.', options: [option('1', 'bye', bye)] } })
      const { id, menu: kept } = await save(menu)
      expect(kept).toEqual(menu)
      const changed = { ...menu, name: `${menu.name} anew` }
      expect((await put(id, changed)).menu).toEqual(changed)
      const { number } = await house.service.api<{ number: string }>('POST', '/v1/numbers', {})
      const path = `/v1/numbers/${encodeURIComponent(number)}`
      await house.service.api('PATCH', path, { assignment: { kind: 'menu', menu: id } })
      expect((await house.service.request('DELETE', `/v1/menus/${id}`)).status).toBe(409)
      await house.service.api('PATCH', path, { assignment: null })
      expect((await house.service.request('DELETE', `/v1/menus/${id}`)).status).toBe(204)
      expect((await house.service.request('GET', `/v1/menus/${id}`)).status).toBe(404)
    })

    it('come and go as YAML', async () => {
      const menu = withMenus({ main: { prompt: 'Choose.', options: [option('*', 'bye', bye)] } })
      const headers = { authorization: `Bearer ${house.service.token}`, 'content-type': 'application/yaml' }
      const post = (text: string) => fetch(`${house.service.url}/v1/menus`, { method: 'POST', headers, body: text })
      const reply = await post(writeMenuYaml(menu))
      expect(reply.status).toBe(201)
      const { id } = (await reply.json()) as SavedMenu
      const file = await fetch(`${house.service.url}/v1/menus/${id}/document`, { headers })
      expect(file.headers.get('content-type')).toBe('application/yaml; charset=utf-8')
      expect(await file.text()).toBe(writeMenuYaml(menu))
      const broken = await post('name: [')
      expect([broken.status, ((await broken.json()) as { errors: unknown }).errors]).toEqual([
        400,
        [{ field: '', sentence: expect.stringMatching(/^cannot be read as YAML: .*line 1/) }],
      ])
    })

    it('are refused with everything that is wrong', async () => {
      const main = { prompt: 'Choose.', options: [option('1', 'bye', bye)] }
      expect(
        await refused(
          withMenus({
            main: {
              options: [
                option('1', 'a', { kind: 'dial', to: ['nobody', '+19005550100'] }),
                option('1', 'b', { kind: 'forward', forward: 'fwd_none' }),
                option('2', 'c', { kind: 'webhook', url: 'http://10.0.0.1/x' }),
                option('3', 'd', { kind: 'menu', menu: 'none' }),
              ],
            },
          }),
        ),
      ).toEqual([
        400,
        [
          '/menus/main/options/1/key',
          '/menus/main/options/3/action/menu',
          '/menus/main/prompt',
          '/menus/main/options/0/action/to/0',
          '/menus/main/options/0/action/to/1',
          '/menus/main/options/1/action/forward',
          '/menus/main/options/2/action/url',
        ],
      ])
      expect(await refused({ name: 'x', start: 'main', menus: { main: { ...main, options: [] } } })).toEqual([
        400,
        ['/menus/main/options'],
      ])
      expect(
        await refused({
          name: 'x',
          start: 'main',
          menus: { main: { ...main, options: [{ ...main.options[0], key: 'A' }] } },
        }),
      ).toEqual([400, ['/menus/main/options/0/key']])
      const { name } = await save(withMenus({ main }))
      expect((await house.service.request('POST', '/v1/menus', { name, start: 'main', menus: { main } })).status).toBe(
        409,
      )
    })
  })
})
