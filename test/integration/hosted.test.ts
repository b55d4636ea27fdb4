import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, readWav, tune, writeWav } from '../kit/audio.ts'
import { eventually } from '../kit/eventually.ts'
import type { ShownCall, ShownVoicemail } from '../kit/house.ts'
import { type InsideService, openInside } from '../kit/inside-service.ts'
import { VoiceCompany } from '../kit/voice-company.ts'

const key = 'voice-callback-0123456789'
const token = 'plivo-token'
const caller = '+254722000000'

/** What is looked for, once it is there. */
const found = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
  const seen = await eventually(look, (one) => one !== undefined)
  if (seen === undefined) throw new Error('it did not come')
  return seen
}

interface Listed<T> {
  readonly items: readonly T[]
}

const companies = [
  {
    kind: 'africastalking' as const,
    name: "Africa's Talking",
    env: (url: string) => ({
      OFFHOOK_AFRICASTALKING_USERNAME: 'sandbox',
      OFFHOOK_AFRICASTALKING_KEY: 'at-key',
      OFFHOOK_AFRICASTALKING_CALLBACK_KEY: key,
      OFFHOOK_AFRICASTALKING_VOICE_URL: url,
    }),
    path: `/voice/africastalking/${key}`,
  },
  {
    kind: 'plivo' as const,
    name: 'Plivo',
    env: (url: string) => ({
      OFFHOOK_PLIVO_ID: 'MAOFFHOOKTESTACCOUNT',
      OFFHOOK_PLIVO_TOKEN: token,
      OFFHOOK_PLIVO_URL: url,
    }),
    path: '/voice/plivo',
  },
]

describe.each(companies)('calls of $name', ({ kind, name, env, path }) => {
  const scope = new Scope('test')
  let house: InsideService
  let company: VoiceCompany
  let made = 0

  beforeAll(async () => {
    company = await VoiceCompany.start(scope, { kind, token, callback: () => `${house.service.url}${path}` })
    house = await openInside(scope, { OFFHOOK_WEBHOOK_ALLOW: '127.0.0.0/8', ...env(company.url) })
    await house.api('POST', '/v1/trunks', { name: 'africa', uri: `${kind}:{number}`, default: true })
    await house.api('POST', '/v1/extensions', { username: '1001', password: 'correct-horse-battery' })
  }, 60_000)
  afterAll(() => scope.close())

  async function numberOf(assignment: object): Promise<string> {
    const { number } = await house.api<{ number: string }>('POST', '/v1/numbers', { number: `+155501${++made + 20}` })
    await house.api('PATCH', `/v1/numbers/${encodeURIComponent(number)}`, { assignment })
    return number
  }

  /** The story of the one call to this number, once it is over. */
  const callTo = (number: string): Promise<ShownCall> =>
    found(async () => {
      const { items } = await house.api<Listed<ShownCall>>('GET', '/v1/calls?limit=5')
      const id = items.find(({ to }) => to.address === number)?.id
      const call = id === undefined ? undefined : await house.api<ShownCall>('GET', `/v1/calls/${id}`)
      return call?.end === null ? undefined : call
    })

  it('are served a menu, by keys', async () => {
    const { id } = await house.api<{ id: string }>('POST', '/v1/menus', {
      name: 'Clinic',
      start: 'main',
      menus: {
        main: {
          prompt: 'Welcome.',
          announce: 'label_first',
          options: [
            {
              key: '1',
              label: 'hours',
              action: { kind: 'say', say: 'From nine to five & on Sundays.', next: 'repeat' },
            },
            { key: '2', label: 'nothing', action: { kind: 'hangup', say: 'Bye.' } },
          ],
        },
      },
    })
    const number = await numberOf({ kind: 'menu', menu: id })

    const played = await company.callIn(caller, number, { keys: ['1', '', '2'] })

    const menu = expect.stringContaining('For hours, press 1')
    expect(played).toMatchObject({ end: 'hung up', pressed: ['1', '2'] })
    expect(played.heard.join('|')).toMatch(/^Welcome\..*press 1.*\|From nine to five & on Sundays\.\|.*press 1.*Bye\.$/)
    expect(played.heard).toContainEqual(menu)
    expect(await callTo(number)).toMatchObject({
      ...{ direction: 'inbound', from: { address: caller }, to: { address: number } },
      end: { code: 'completed', by: 'service' },
    })
  })

  it('ring others in turn, and leave a message where nobody answers', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'offhook-hosted-'))
    scope.add('folder', () => rmSync(folder, { recursive: true, force: true }))
    const said = tune(7, 2)
    const wav = readFileSync(writeWav(join(folder, 'said.wav'), said))
    const { number } = await house.api<{ number: string }>('POST', '/v1/forwards', {
      name: 'first',
      targets: [
        { to: '1001', seconds: 5 },
        { to: '+254722000001', seconds: 20 },
      ],
      prompts: { forwarding: 'Wait', unreachable: 'Gone', greeting: 'Speak', thanks: 'Thanks' },
    })

    const played = await company.callIn(caller, number, { dials: ['busy'], says: [wav] })

    expect(played.heard.filter((one) => typeof one === 'string')).toEqual(['Wait', 'Gone', 'Speak', 'Thanks'])
    expect(played.dialled).toMatchObject([{ numbers: '+254722000001' }])
    const call = await callTo(number)
    expect(call.end?.chain.map(({ target, code }) => [target, code]).slice(0, 2)).toEqual([
      ['1001', 'not_allowed'],
      ['+254722000001', kind === 'plivo' ? 'busy' : 'no_answer'],
    ])
    const [message] = (await house.api<Listed<ShownVoicemail>>('GET', '/v1/voicemails')).items
    expect(message).toMatchObject({ call: call.id, recording: { ms: 2000 } })
    const audio = await fetch(message?.recording.url ?? '')
    const kept = join(folder, 'kept.wav')
    writeFileSync(kept, Buffer.from(await audio.arrayBuffer()))
    expect(likeness(readWav(kept), said)).toBeGreaterThan(0.95)
  })

  it('ring nobody of the do-not-call list', async () => {
    await house.api('POST', '/v1/do-not-call', { number: '+254722000009' })
    const { number } = await house.api<{ number: string }>('POST', '/v1/forwards', {
      name: 'listed',
      targets: [
        { to: '+254722000009', seconds: 20 },
        { to: '+254722000002', seconds: 20 },
      ],
      prompts: { forwarding: 'Wait', unreachable: 'Gone', greeting: 'Speak', thanks: 'Thanks' },
    })

    const played = await company.callIn(caller, number, { dials: [1] })
    const placed = await house.request('POST', '/v1/calls', { app: 'api', from: number, to: '+254722000009' })

    expect(played.dialled.map(({ numbers }) => numbers)).toEqual(['+254722000002'])
    const [listed] = (await callTo(number)).end?.chain ?? []
    expect(listed).toMatchObject({ target: '+254722000009', code: 'not_allowed' })
    expect(listed?.sentence).toContain('the do-not-call list names +254722000009')
    expect(placed.body).toMatchObject({ code: 'destination_not_allowed' })
  })

  it('are put through to who answers', async () => {
    const { number } = await house.api<{ number: string }>('POST', '/v1/forwards', {
      name: 'second',
      targets: [{ to: '+254722000002', seconds: 20 }],
      prompts: { forwarding: 'Wait', unreachable: 'Gone', greeting: 'Speak', thanks: 'Thanks' },
    })

    const played = await company.callIn(caller, number, { dials: [42] })

    expect(played.heard).toEqual(['Wait'])
    const call = await callTo(number)
    expect(call.timeline.map(({ kind: what }) => what)).toContain('bridged')
    const record = await found(async () => {
      const { items } = await house.api<Listed<{ call: string; legs: object[] }>>('GET', '/v1/cdrs?limit=5')
      return items.find((one) => one.call === call.id)
    })
    const nothing = { by: kind, codec: null, packetsReceived: null, lossPercent: null, jitterMs: null, mos: null }
    expect(record.legs).toMatchObject([
      { leg: 'a', party: caller, ...nothing },
      { leg: 'b', ...nothing },
    ])
    expect(call.end).toMatchObject({ code: 'completed' })
  })

  it('are placed, and driven by the API', async () => {
    const from = await numberOf({ kind: 'api' })
    company.part = { keys: ['42#'] }
    const { id } = await house.api<{ id: string }>('POST', '/v1/calls', {
      ...{ app: 'api', from, to: '+254722000003' },
      actions: [
        { block: 'play', prompt: 'Hello' },
        { block: 'gather', maxDigits: 4, prompt: { tone: 'dial' } },
        { block: 'hangup', message: 'Goodbye' },
      ],
    })
    const call = await callTo('+254722000003')
    const played = await company.placed.at(-1)!.played

    expect(call).toMatchObject({ id, direction: 'outbound', end: { code: 'completed' } })
    expect(played.heard.filter((one) => typeof one === 'string')).toEqual(['Hello', 'Goodbye'])
    expect(played.heard.some((one) => Buffer.isBuffer(one) && one.length > 16_000)).toBe(true)
    const { items } = await house.api<Listed<{ block: string; result: object }>>('GET', `/v1/calls/${id}/actions`)
    expect(items[1]).toMatchObject({ block: 'gather', result: { digits: '42', end: 'finish_key' } })
  })

  it('refuse blocks that need the audio here', async () => {
    const from = await numberOf({ kind: 'api' })
    company.part = {}
    const { id } = await house.api<{ id: string }>('POST', '/v1/calls', { app: 'api', from, to: '+254722000004' })
    await found(async () => {
      const { state } = await house.api<{ state: string }>('GET', `/v1/calls/${id}`)
      return state === 'up' ? true : undefined
    })
    const reply = await house.request('POST', `/v1/calls/${id}/actions`, { block: 'hold' })
    await house.request('POST', `/v1/calls/${id}/hangup`)
    await company.placed.at(-1)!.played

    expect(reply).toMatchObject({ status: 501, body: { code: 'not_supported' } })
    expect((await callTo('+254722000004')).end).toMatchObject({ code: 'completed', by: 'operator' })
  })

  it('that nobody takes say why', async () => {
    const from = await numberOf({ kind: 'api' })
    company.part = { refuses: kind === 'plivo' ? 'busy' : 'USER_BUSY' }
    const { id } = await house.api<{ id: string }>('POST', '/v1/calls', { app: 'api', from, to: '+254722000005' })
    const call = await callTo('+254722000005')

    expect(call).toMatchObject({ id, end: { code: 'busy', by: 'callee' } })
  })

  it('that the company does not place say why', async () => {
    const from = await numberOf({ kind: 'api' })
    company.refusal = { status: 401, body: { error: 'no', errorMessage: 'The supplied authentication is invalid' } }
    const { id } = await house.api<{ id: string }>('POST', '/v1/calls', { app: 'api', from, to: '+254722000006' })
    const call = await callTo('+254722000006')
    company.refusal = undefined

    expect(call).toMatchObject({ id, end: { code: 'unreachable', by: 'network' } })
    expect(call.end?.sentence).toContain(name)
  })

  it('that are given up while they wait for their turn are over at once, and never placed', async () => {
    const from = await numberOf({ kind: 'api' })
    company.part = { refuses: kind === 'plivo' ? 'busy' : 'USER_BUSY' }
    await house.api('PUT', '/v1/dialer', { destinations: [{ prefix: '+25473', callsPerSecond: 0.02 }] })
    await house.api('POST', '/v1/calls', { app: 'api', from, to: '+254733000001' })
    await callTo('+254733000001')
    const placed = company.placed.length
    const { id } = await house.api<{ id: string }>('POST', '/v1/calls', { app: 'api', from, to: '+254733000002' })
    await house.request('POST', `/v1/calls/${id}/hangup`)
    const call = await callTo('+254733000002')
    await house.api('PUT', '/v1/dialer', {})

    expect(call).toMatchObject({ id, end: { code: 'canceled', by: 'operator' } })
    expect(company.placed).toHaveLength(placed)
  })

  it('are the same where every request comes twice', async () => {
    const number = await numberOf({ kind: 'api' })
    const calling = company.callIn(caller, number, { twice: true })
    const id = await found(async () => {
      const { items } = await house.api<Listed<ShownCall>>('GET', '/v1/calls?limit=1')
      return items[0]?.to.address === number ? items[0].id : undefined
    })
    await house.request('POST', `/v1/calls/${id}/actions`, { block: 'play', prompt: 'Once' })
    await found(async () => {
      const { items } = await house.api<Listed<{ state: string }>>('GET', `/v1/calls/${id}/actions`)
      return items[0]?.state === 'done' ? true : undefined
    })
    await house.request('POST', `/v1/calls/${id}/hangup`)

    expect((await calling).heard).toEqual(['Once'])
  })

  it('to numbers that nobody rents are not picked up', async () => {
    const played = await company.callIn(caller, '+15550199')

    expect(played).toMatchObject({ end: 'rejected', heard: [] })
    expect((await callTo('+15550199')).end).toMatchObject({ code: 'not_found' })
  })

  it('are nobody else’s to direct', async () => {
    const wrong = path.replace(key, 'voice-callback-9999999999')
    const body = new URLSearchParams({
      sessionId: 'x',
      isActive: '1',
      callerNumber: caller,
      CallUUID: 'x',
      From: caller,
    })
    const reply = await fetch(`${house.service.url}${wrong}`, { method: 'POST', body })

    expect(reply.status).toBe(404)
  })

  it('leave nothing behind', async () => {
    await found(async () => ((await house.service.counts()).hosted === 0 ? true : undefined))
  })
})
