import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { type GatherOptions, Offhook } from '../../src/client/index.ts'
import { likeness, tune } from '../kit/audio.ts'
import { eventually } from '../kit/eventually.ts'
import { House, type ShownCall } from '../kit/house.ts'
import { type Receiver, startReceiver } from '../kit/receiver.ts'

describe('gather of the block API, as its source says', () => {
  const scope = new Scope('test')
  const song = tune(31, 1.2)
  let house: House
  let hooks: Receiver
  let ivr: Offhook['ivr']
  let gathered = 0

  beforeAll(async () => {
    house = await House.open({ scope, env: { OFFHOOK_WEBHOOK_ALLOW: '127.0.0.0/8' } })
    hooks = await startReceiver(scope)
    const body = await readFile(house.wav(song))
    hooks.answer = ({ path }) => (path === '/song.wav' ? { status: 200, body } : { status: 204 })
    const token = { name: 'gather', scopes: ['calls:write'] }
    const app = await house.service.api<{ id: string; token: string }>('POST', '/v1/tokens', token)
    ivr = new Offhook({ url: house.service.url, appId: app.id, accessToken: app.token }).ivr
  })
  afterAll(() => scope.close())

  const told = async (path: string): Promise<Readonly<Record<string, string>>> => {
    const find = () => hooks.received.filter((request) => request.path === path)
    const [request] = await eventually(find, (all) => all.length > 0, 20_000)
    return Object.fromEntries(new URLSearchParams(request?.body))
  }
  /** A call whose gather has begun, and what it comes to. */
  const gathering = async (options: Omit<GatherOptions, 'notifyUrl'>) => {
    const ann = await house.signedIn()
    const path = `/${++gathered}`
    const { session = '' } = await ivr.dial(ann.username, { notifyUrl: `${hooks.url}${path}-dial` })
    const call = await ann.nextCall()
    await call.answer()
    await told(`${path}-dial`)
    const ear = call.listen()
    const asked = await ivr.gather(session, { ...options, notifyUrl: `${hooks.url}${path}` })
    expect(asked.status()).toBe('success_ok')
    await house.service.until<ShownCall>(`/v1/calls/call_${session.slice(1)}`, ({ timeline }) =>
      timeline.some(({ kind }) => kind === 'gather'),
    )
    const end = async () => {
      const { digits } = await told(path)
      await ivr.hangup(session, { force: true })
      return { digits, heard: await ear.stop() }
    }
    return { call, end }
  }

  it.each<[string, Omit<GatherOptions, 'notifyUrl'>, string, string]>([
    ['# ends it, and is none of the digits', { timeout: 30 }, '12#3', '12'],
    ['so many digits end it', { timeout: 30, maxDigits: 3 }, '4567', '456'],
    ['* is one of them', { timeout: 30, maxDigits: 2 }, '*9', '*9'],
    ['at the end of the time what was typed so far is the answer', { timeout: 2 }, '78', '78'],
    ['# alone is an answer without digits', { timeout: 30, attempts: 3 }, '#', ''],
  ])('%s', async (_, options, keys, digits) => {
    const { call, end } = await gathering(options)
    await call.press(keys)
    expect((await end()).digits).toBe(digits)
  })

  it('says msg anew for each attempt while nothing is typed, and tells in the end that there is nothing', async () => {
    const { end } = await gathering({ msg: `<url>${hooks.url}/song.wav</url>`, timeout: 1, attempts: 2 })
    const { digits, heard } = await end()
    expect(digits).toBe('')
    // Said, a second, said again, a second.
    const middle = 1.9 * 8000
    expect(likeness(heard.subarray(0, middle), song, 200)).toBeGreaterThan(0.6)
    expect(likeness(heard.subarray(middle), song, 200)).toBeGreaterThan(0.6)
  })
})
