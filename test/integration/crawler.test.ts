import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { run } from '../../src/cli/program.ts'
import type { Menu } from '../../src/menu/model.ts'
import { House } from '../kit/house.ts'
import { type Receiver, startReceiver } from '../kit/receiver.ts'
import type { VirtualPhone } from '../kit/virtual-phone.ts'

interface Node {
  readonly id: number
  readonly info: { readonly parent_text: string; readonly keys_to_reach: string }
  readonly key: string
  readonly audio_text: string
  readonly audio_text_debug:
    | readonly {
        readonly transcript: string
        readonly confidence: number
        readonly timestamps: readonly (readonly [string, number, number])[]
      }[]
    | null
  readonly children: readonly Node[]
}
interface Made {
  readonly dial_number: string
  readonly status: string
  readonly call_uuid: string
}
interface Page {
  readonly count: number
  readonly next: string | null
  readonly results: readonly { readonly id: number; readonly status: string; readonly number: string }[]
}
interface CallMenu {
  readonly id: number
  readonly completed: boolean
  readonly attempt: number
  readonly menu: Node
}
interface Shown {
  readonly id: string
  readonly state: string
  readonly failure: { readonly sentence: string } | null
}

const company = '14582037530'
const site = '17862062698'
const other = '17862062699'
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
const keysOf = (node: Node): unknown => Object.fromEntries(node.children.map((child) => [child.key, keysOf(child)]))

/** The example of the crawler's documentation, with somebody to talk to. */
const menuFor = (expert: string): Menu => ({
  name: 'DP software',
  start: 'main',
  menus: {
    main: {
      prompt:
        'Hello, welcome to the software solution. For sales, press 1. For support, press 2. For the operator, press 3.',
      options: [
        { key: '1', label: 'sales', action: { kind: 'menu', menu: 'sales' } },
        { key: '2', label: 'support', action: { kind: 'hangup', say: 'Thank you for your query.' } },
        { key: '3', label: 'operator', action: { kind: 'hangup', say: 'Thank you for your call.' } },
      ],
    },
    sales: {
      prompt: 'You have reached the sales department. For new orders, press 3. For existing orders, press 5.',
      options: [
        { key: '3', label: 'new orders', action: { kind: 'dial', to: [expert] } },
        {
          key: '5',
          label: 'existing orders',
          action: { kind: 'hangup', say: 'Please leave a message after the tone.' },
        },
      ],
    },
  },
})

describe('the documentation of the menu crawler, from its first request to its last', { timeout: 300_000 }, () => {
  const scope = new Scope('test')
  let house: House
  let elsewhere: House
  let answers: Receiver
  let agent: Awaited<ReturnType<House['signedIn']>>
  let expertName: string
  let tree: CallMenu

  beforeAll(async () => {
    elsewhere = await House.open({
      scope,
      env: { OFFHOOK_RECOGNISER: 'none', OFFHOOK_LOCAL_NUMBERS: `+${company}-+14582037539` },
    })
    house = await House.open({
      scope,
      env: { OFFHOOK_LOCAL_NUMBERS: `+${site}-+17862062705`, OFFHOOK_WEBHOOK_ALLOW: '127.0.0.0/8' },
    })
    answers = await startReceiver(scope)
    expertName = await elsewhere.extension()
    const { id } = await elsewhere.service.api<{ id: string }>('POST', '/v1/menus', menuFor(expertName))
    await elsewhere.service.api('POST', '/v1/numbers', { number: `+${company}` })
    const path = `/v1/numbers/${encodeURIComponent(`+${company}`)}`
    await elsewhere.service.api('PATCH', path, { assignment: { kind: 'menu', menu: id } })
    await house.service.api('POST', '/v1/trunks', {
      ...{ name: 'pstn', uri: `sip:${elsewhere.server};transport=udp`, default: true },
    })
  }, 120_000)
  afterAll(() => scope.close())

  /** As its programs ask. */
  async function ask<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
    const reply = await fetch(`${house.service.url}/api/${path}`, {
      method,
      headers: {
        authorization: `Token ${house.service.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await reply.text()
    return { status: reply.status, body: (text === '' ? null : JSON.parse(text)) as T }
  }
  const shown = async (test: (one: Shown) => boolean): Promise<Shown> => {
    const { items } = await house.service.until<{ items: readonly Shown[] }>(
      '/v1/connections',
      ({ items }) => items[0] !== undefined && test(items[0]),
      90_000,
    )
    return items[0]!
  }

  it('makes an extension, finds a number and buys it', async () => {
    const made = await ask<{ id: number }>('POST', 'extensions/', { sip_username: '1003', sip_password: '1003-secret' })
    const found = await ask('GET', 'did_numbers/search/?npa=786&limit=2')
    const bought = await ask('POST', 'did_numbers/', { phonenumber: site, extension: made.body.id })
    agent = await house.signedIn({ username: '1003' })

    expect(found.body).toEqual({
      data: [
        { number: site, monthly_cost: 0 },
        { number: other, monthly_cost: 0 },
      ],
    })
    expect(bought).toMatchObject({ status: 201, body: { phonenumber: site, extension: made.body.id } })
    expect((await ask('GET', 'extensions/')).body).toMatchObject([{ id: made.body.id, sip_username: '1003' }])
  })

  it('scans a menu, and tells it nested', async () => {
    const made = await ask<Made>('GET', `makecall/?number=${company}&business_name=DP%20Software`)
    await house.service.until<Page>(
      `/api/scan/?number=${company}`,
      ({ results }) => results[0]?.status !== 'Calling' && results[0]?.status !== 'Answered',
      240_000,
    )
    const page = await ask<Page>('GET', `scan/?limit=3&offset=0&number=${company}`)
    tree = (await ask<CallMenu>('GET', `callmenu/?number=${company}`)).body

    expect(made).toMatchObject({ status: 200, body: { dial_number: company, status: 'success', message: '' } })
    expect(page.body).toMatchObject({
      ...{ count: 1, next: null, previous: null },
      results: [{ number: company, status: 'Processed', attempt: tree.attempt, created_at: time, updated_at: time }],
    })
    expect(tree).toMatchObject({ number: company, business_name: 'DP Software', retry_enabled: 1, completed: true })
    expect(keysOf(tree.menu)).toEqual({ 1: { 3: {}, 5: {} }, 2: {}, 3: {} })
    const sales = tree.menu.children[0]!
    expect(sales.info).toEqual({ parent_text: expect.stringMatching(/sales/), keys_to_reach: '1' })
    expect(sales.children.map(({ info }) => info.keys_to_reach)).toEqual(['1,3', '1,5'])
    expect(Object.keys(sales).sort()).toEqual(['audio_text', 'audio_text_debug', 'children', 'id', 'info', 'key'])
    const { transcript, confidence, timestamps } = tree.menu.audio_text_debug![0]!
    expect(transcript).toBe(`${timestamps.map(([word]) => word).join(' ')} `)
    expect(confidence).toBeGreaterThan(0)
    expect(timestamps.every(([, from, to], i) => from <= to && from >= (timestamps[i - 1]?.[1] ?? 0))).toBe(true)
    // Who answered the first scan's calls is not asked for again.
    const again = await ask('GET', `makecall/?number=${company}&new=0`)
    expect(again).toEqual({
      status: 409,
      body: { status: 'fail', message: 'crawl is completed already', fs_output: '' },
    })
  })

  it('connects somebody to a place in it, by a request and by the command', async () => {
    const place = tree.menu.children[0]!.children[0]!
    // Not signed in before, so that the scan did not ring anybody.
    const expert = await elsewhere.signedIn({ username: expertName })

    const made = await ask<Made>('GET', `makecall_submenu/?id=${place.id}&forwarding_number=1003`)
    const first = await talk(expert)
    const scans = await house.service.api<{ items: readonly { id: string }[] }>('GET', '/v1/scans')
    const told: string[] = []
    const command = offhook(['connect', scans.items[0]!.id, '1,3', '--to', '1003', '--record'], told)
    const second = await talk(expert)

    expect(made).toMatchObject({ status: 200, body: { dial_number: company, status: 'success' } })
    expect(first).toMatchObject({ state: 'done', failure: null, recording: expect.stringMatching(/^rec_/) })
    expect(second).toMatchObject({ state: 'done', failure: null })
    expect(await command).toBe(0)
    expect(told.join('')).toMatch(
      /2 keys pressed\n[\s\S]*there; ringing 1003\nconnected with 1003\ndone\ncon_\w+ .* 1,3 → 1003 {2}done/,
    )
  })

  async function talk(expert: VirtualPhone): Promise<Shown> {
    const ringing = await shown(({ state }) => state === 'ringing' || state === 'failed')
    expect(ringing).toMatchObject({ state: 'ringing', failure: null })
    const [rung, asked] = await Promise.all([agent.nextCall(), expert.nextCall()])
    await Promise.all([rung.answer(), asked.answer()])
    await shown(({ state }) => state === 'connected')
    await rung.hangup()
    return shown(({ state }) => state === 'done' || state === 'failed')
  }

  it('sends a text, and tells what is answered', async () => {
    const callback_url = `${answers.url}/answers`
    await ask('POST', 'did_numbers/', { phonenumber: other })
    const text = { sms_to: site, sms_body: 'hello', callback_url }
    const sent = await ask('POST', `sendsms/?from_number=${other}`, text)
    const got = await agent.nextText()
    const taken = await agent.text(`+${other}`, 'Fydyd')
    expect(taken).toBe(200)
    const [posted] = await answers.count(1)

    expect(sent).toEqual({ status: 201, body: { id: expect.any(Number), ...text, status: 0 } })
    expect(got).toMatchObject({ body: 'hello' })
    expect(JSON.parse(posted!.body)).toEqual({ from: site, to: other, text: 'Fydyd' })
  })

  function offhook(args: readonly string[], told: string[]): Promise<number> {
    const write = (text: string): boolean => {
      told.push(text)
      return true
    }
    return run(args, {
      ...{ out: { write }, err: { write } },
      env: { OFFHOOK_URL: house.service.url, OFFHOOK_TOKEN: house.service.token },
      signal: AbortSignal.timeout(120_000),
    })
  }
})
