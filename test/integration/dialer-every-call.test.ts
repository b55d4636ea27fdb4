import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { Offhook } from '../../src/client/index.ts'
import { Carrier } from '../kit/carrier.ts'
import type { House, ShownCall } from '../kit/house.ts'
import { type DocumentHouse, openDocuments, type Program } from './documents-kit.ts'

const listed = '+15550330001'
const flow = { steps: [{ block: 'hangup' }] }

describe('what the dialer keeps to holds for every call that goes out', { timeout: 60_000 }, () => {
  const scope = new Scope('test')
  let house: House
  let program: Program
  let documents: DocumentHouse
  let carrier: Carrier
  let ivr: Offhook['ivr']

  beforeAll(async () => {
    ;({ house, program, documents } = await openDocuments(scope, { OFFHOOK_CALLER_IDS: '+15550100' }))
    carrier = await Carrier.open(scope)
    await house.service.api('POST', '/v1/trunks', { name: 'pstn', uri: `sip:127.0.0.1:${carrier.port}`, default: true })
    const app = await house.service.api<{ id: string; token: string }>('POST', '/v1/tokens', {
      ...{ name: 'menu', scopes: ['calls:write'] },
    })
    ivr = new Offhook({ url: house.service.url, appId: app.id, accessToken: app.token }).ivr
  })
  afterAll(() => scope.close())
  beforeEach(async () => {
    carrier.isThere = () => false
    carrier.answer = () => 486
    await house.service.api('PUT', '/v1/dialer', {})
  })

  const post = (path: string, body: object) => house.service.request('POST', path, body)
  const place = (to: string) => post('/v1/calls', { from: '+15550100', to, flow })
  const idOf = ({ body }: { readonly body: unknown }): string => (body as { readonly id: string }).id
  const over = (id: string): Promise<ShownCall> =>
    house.service.until<ShownCall>(`/v1/calls/${id}`, ({ end }) => end !== null)

  /** Each way to have somebody called, and what it says where that is not allowed. */
  const ways: readonly (readonly [string, (to: string) => Promise<unknown>, RegExp])[] = [
    ['POST /v1/calls', place, /destination_not_allowed/],
    [
      'a connection',
      (to) => post('/v1/connections', { number: to, to: 'sip:ann@127.0.0.1:5099', way: [] }),
      /destination_not_allowed/,
    ],
    [
      'the far end of a connection',
      (to) => post('/v1/connections', { number: 'sip:ann@127.0.0.1:5099', to, way: [] }),
      /destination_not_allowed/,
    ],
    [
      'a call of the XML dialect',
      (to) => documents.rest('POST', 'Call/', { from: '15550100', to: to.slice(1), answer_url: program.url('/x') }),
      /"status":4\d\d/,
    ],
    ['a call of the block API', async (to) => (await ivr.dial(to)).status(), /error_dest_not_supported/],
  ]

  it.each(ways)('the do-not-call list: %s', async (way, call, says) => {
    await house.service.api('POST', '/v1/do-not-call', { number: '+15550330', reason: 'asked us' })
    const before = carrier.calls.length

    expect(JSON.stringify(await call(listed))).toMatch(says)
    expect(carrier.calls).toHaveLength(before)
    await house.service.api('DELETE', `/v1/do-not-call/${encodeURIComponent('+15550330')}`)
    await call(listed)
    await carrier.offered(before + (way === 'the far end of a connection' ? 0 : 1), 10_000)
  })

  it.each(ways)('calling hours: %s', async (_way, call, says) => {
    const minute = (at: number): string => new Date(at).toISOString().slice(11, 16)
    const hours = { zone: 'UTC', from: minute(Date.now() + 7200_000), to: minute(Date.now() + 10_800_000) }
    await house.service.api('PUT', '/v1/dialer', { hours })
    const before = carrier.calls.length

    expect(JSON.stringify(await call('+15550340001'))).toMatch(says)
    expect(carrier.calls).toHaveLength(before)
  })

  it('the do-not-call list: an action, a forward and the phone of an extension', async () => {
    await house.service.api('POST', '/v1/do-not-call', { number: listed })
    const [ann, ben] = [await house.signedIn(), await house.signedIn()]
    await house.service.api('PATCH', `/v1/extensions/${ben.username}`, {
      outbound: { rule: 'international', maxCalls: 2 },
    })
    const before = carrier.calls.length

    const driven = idOf(await post('/v1/calls', { app: 'api', from: '+15550100', to: ann.username }))
    const leg = await ann.nextCall()
    await leg.answer()
    await house.service.until<ShownCall>(`/v1/calls/${driven}`, ({ answeredAt }) => answeredAt !== null)
    const action = await post(`/v1/calls/${driven}/actions`, {
      ...{ block: 'dial', targets: [{ to: listed, seconds: 20 }] },
    })
    await house.service.api('POST', `/v1/calls/${driven}/hangup`, {})
    const dialled = ben.call(listed)
    await dialled.ended

    expect(action.body).toMatchObject({ code: 'destination_not_allowed', errors: [{ field: '/targets/0/to' }] })
    const { items } = await house.service.until<{ items: ShownCall[] }>(
      `/v1/calls?from=${ben.username}`,
      ({ items }) => items[0]?.end != null,
    )
    expect(JSON.stringify(items[0]?.end)).toContain('the do-not-call list names')
    expect(carrier.calls).toHaveLength(before)
    await house.service.api('DELETE', `/v1/do-not-call/${encodeURIComponent(listed)}`)
  })

  it('callerId, callsAtOnce and the rates of a destination: calls that are placed at once', async () => {
    const destinations = [{ prefix: '+1555035', callerId: '+15559990001', callsAtOnce: 1 }]
    await house.service.api('PUT', '/v1/dialer', { callsAtOnce: 20, destinations })
    carrier.isThere = (to) => to === '+15550350001'
    const before = carrier.calls.length
    const up = idOf(await post('/v1/calls', { app: 'api', from: '+15550100', to: '+15550350001' }))
    await house.service.until<ShownCall>(`/v1/calls/${up}`, ({ answeredAt }) => answeredAt !== null)
    const next = idOf(await place('+15550350002'))
    const other = idOf(await place('+15550360001'))
    await over(other)
    const waiting = await house.service.api<ShownCall>('GET', `/v1/calls/${next}`)
    await house.service.api('POST', `/v1/calls/${up}/hangup`, {})
    await over(next)

    expect(waiting.end).toBeNull()
    expect(carrier.calls.slice(before).map(({ to, from }) => [to, from])).toEqual([
      ['+15550350001', '+15559990001'],
      ['+15550360001', '+15550100'],
      ['+15550350002', '+15559990001'],
    ])
  })

  it('callsAtOnce and callsPerSecond of a destination: planned calls, which hold up none to another', async () => {
    const destinations = [{ prefix: '+1555037', callsPerSecond: 0.5, callsAtOnce: 1 }]
    await house.service.api('PUT', '/v1/dialer', { callsAtOnce: 20, destinations })
    const before = carrier.calls.length
    const to = ['+15550370001', '+15550370002', '+15550370003', '+15550380001']
    const planned = await Promise.all(
      to.map((one) => post('/v1/calls', { from: '+15550100', to: one, flow, priority: 0 })),
    )
    await carrier.offered(before + 4, 20_000)

    expect(planned.map(({ status }) => status)).toEqual([202, 202, 202, 202])
    const heard = carrier.calls.slice(before)
    const at = (prefix: string): number[] => heard.filter((one) => one.to.startsWith(prefix)).map((one) => one.at)
    const [first = 0, second = 0, third = 0] = at('+1555037')
    expect(second - first).toBeGreaterThan(1900)
    expect(third - second).toBeGreaterThan(1900)
    expect(at('+1555038')[0]).toBeLessThan(second)
  })

  it('a planned call waits for its hours, and is over when its time is', async () => {
    const minute = (at: number): string => new Date(at).toISOString().slice(11, 16)
    const hours = { zone: 'UTC', from: minute(Date.now() + 7200_000), to: minute(Date.now() + 10_800_000) }
    const waits = await post('/v1/calls', { from: '+15550100', to: '+15550390001', flow, hours })
    const until = new Date(Date.now() + 1500).toISOString()
    const retry = { busy: { times: 5, seconds: 1 } }
    const late = await post('/v1/calls', { from: '+15550100', to: '+15550390002', flow, until, retry })

    const found = await house.service.until<{ state: string; sentence: string | null }>(
      `/v1/planned-calls/${idOf(waits)}`,
      ({ sentence }) => sentence !== null,
    )
    expect(found).toMatchObject({ state: 'waiting', sentence: 'waits for the calling hours of +15550390001' })
    const failed = await house.service.until<{ state: string; attempts: number }>(
      `/v1/planned-calls/${idOf(late)}`,
      ({ state }) => state === 'failed',
    )
    expect(failed.attempts).toBeGreaterThan(0)
    expect(carrier.calls.filter(({ to }) => to === '+15550390001')).toEqual([])
    await house.service.api('POST', `/v1/planned-calls/${idOf(waits)}/cancel`, {})
  })

  it('a call that failed is tried again by the rule for failures', async () => {
    const answers = [503, 486]
    carrier.answer = () => answers.shift() ?? 486
    const retry = { failure: { times: 3, seconds: 1 } }
    const { body } = await post('/v1/calls', { from: '+15550100', to: '+15550390003', flow, retry })

    const failed = await house.service.until<{ state: string; tries: readonly { code: string }[] }>(
      `/v1/planned-calls/${(body as { id: string }).id}`,
      ({ state }) => state === 'failed',
      20_000,
    )
    expect(failed.tries).toMatchObject([{ code: 'unreachable' }, { code: 'busy' }])
  })
})
