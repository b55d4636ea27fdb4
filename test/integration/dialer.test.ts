import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import type { Carrier } from '../kit/carrier.ts'
import type { House, ShownCall } from '../kit/house.ts'
import { openHouseWithCarrier } from '../kit/house-with-carrier.ts'

/** Of moments in milliseconds. */
const mostWithin = (ms: number, times: readonly number[]): number =>
  Math.max(...times.map((first) => times.filter((at) => at >= first && at < first + ms).length))

interface Planned {
  readonly id: string
  readonly state: string
  readonly call: string | null
  readonly attempts: number
  readonly code: string | null
  readonly sentence: string | null
  readonly nextAt: string | null
  readonly tries: readonly { readonly number: number; readonly code: string; readonly placedAt: string | null }[]
}

describe('the dialer', { timeout: 60_000 }, () => {
  const scope = new Scope('test')
  let house: House
  let carrier: Carrier
  let trunk: { readonly id: string }

  beforeAll(async () => {
    ;({ house, carrier, trunk } = await openHouseWithCarrier(scope))
  })
  afterAll(() => scope.close())

  const plan = (body: object): Promise<Planned> =>
    house.service.api('POST', '/v1/calls', { from: '+15550100', priority: 0, ...body })
  const refused = async (body: object) =>
    (await house.service.request('POST', '/v1/calls', { from: '+15550100', priority: 0, ...body })).body
  const until = (id: string, state: string): Promise<Planned> =>
    house.service.until(`/v1/planned-calls/${id}`, (planned: Planned) => planned.state === state)
  const flow = { steps: [{ block: 'play', prompt: { tone: 'beep', ms: 200 } }] }

  it('places a call at its time, again when it was busy, and does what was planned', async () => {
    const phone = await house.signedIn()
    const at = new Date(Date.now() + 1500)
    const retry = { busy: { times: 2, seconds: 1 } }
    const planned = await plan({ to: phone.username, flow, at: at.toISOString(), retry, account: 'spring' })
    expect(planned).toMatchObject({ state: 'waiting', app: 'flow', nextAt: at.toISOString(), account: 'spring' })
    const first = await phone.nextCall()
    const early = at.getTime() - Date.now()
    first.refuse(486)
    const second = await phone.nextCall()
    await second.answer()
    await second.ended

    const done = await until(planned.id, 'done')
    expect(early).toBeLessThanOrEqual(0)
    expect(done.tries).toMatchObject([
      { number: 1, code: 'busy', state: 'over' },
      { number: 2, code: 'completed', state: 'over' },
    ])
    const call = await house.service.api<ShownCall>('GET', `/v1/calls/${done.call}`)
    expect(call).toMatchObject({ account: 'spring', direction: 'outbound', to: { address: phone.username } })
    const { items } = await house.service.api<{ items: ShownCall[] }>('GET', '/v1/calls?account=spring')
    expect(items).toHaveLength(2)
  })

  it('connects two, and drives a call by actions', async () => {
    const [ann, ben] = [await house.signedIn(), await house.signedIn()]
    const joined = await plan({ from: ann.username, to: ben.username })
    const first = await ann.nextCall()
    await first.answer()
    const second = await ben.nextCall()
    await second.answer()
    second.hangup()
    await first.ended
    expect(await until(joined.id, 'done')).toMatchObject({
      from: { address: ann.username },
      to: { address: ben.username },
    })

    const driven = await plan({ to: ann.username, actions: [{ block: 'hangup' }] })
    const third = await ann.nextCall()
    await third.answer()
    await third.ended
    expect(await until(driven.id, 'done')).toMatchObject({ code: 'completed', attempts: 1 })
  })

  it('fails with the reason of the last attempt when its retries are used up, and is not retried for a final one', async () => {
    carrier.answer = (to) => (to.endsWith('1') ? 486 : 404)
    const retry = { busy: { times: 1, seconds: 1 }, noAnswer: { times: 5, seconds: 1 } }
    const busy = await plan({ to: '+15550300001', flow, retry })
    const unknown = await plan({ to: '+15550300002', flow, retry })

    expect(await until(busy.id, 'failed')).toMatchObject({ attempts: 2, code: 'busy' })
    expect(await until(unknown.id, 'failed')).toMatchObject({ attempts: 1, code: 'not_found' })
    carrier.answer = () => 486
  })

  it('is canceled while it waits, and while it rings', async () => {
    const later = await plan({ to: '+15550300003', flow, at: new Date(Date.now() + 3_600_000).toISOString() })
    const cancel = (id: string) => house.service.request('POST', `/v1/planned-calls/${id}/cancel`, {})
    expect((await cancel(later.id)).body).toMatchObject({ state: 'canceled', attempts: 0 })
    expect((await cancel(later.id)).body).toMatchObject({ code: 'call_ended' })

    const phone = await house.signedIn()
    const rings = await plan({ to: phone.username, flow, retry: { failure: { times: 9, seconds: 1 } } })
    const call = await phone.nextCall()
    call.ring()
    await until(rings.id, 'calling')
    expect((await cancel(rings.id)).body).toMatchObject({ state: 'canceled', attempts: 1 })
    expect(await call.ended).toMatchObject({ how: 'cancel' })
  })

  it('lets no more calls out by a trunk than its rate, those of a higher priority first', async () => {
    await house.service.api('PATCH', `/v1/trunks/${trunk.id}`, { callsPerSecond: 5 })
    const before = carrier.calls.length
    const number = (i: number): string => `+1555031${String(i).padStart(4, '0')}`
    const offered = Array.from({ length: 50 }, (_, i) => ({ to: number(i), priority: i === 49 ? 1 : 0 }))
    // Nobody leaves while this one rings.
    const phone = await house.signedIn()
    await house.service.api('PUT', '/v1/dialer', { callsAtOnce: 1 })
    const holds = await plan({ to: phone.username, flow })
    const ringing = await phone.nextCall()
    // One after the other: in this order they are planned.
    for (const { to, priority } of offered) await plan({ to, priority, flow })
    await house.service.api('PUT', '/v1/dialer', { callsAtOnce: 20 })
    await carrier.offered(before + 50, 30_000)

    const heard = carrier.calls.slice(before)
    const { items } = await house.service.api<{ items: Planned[] }>('GET', '/v1/planned-calls?limit=50')
    const placed = await Promise.all(
      items.map(({ id }) => house.service.api<Planned>('GET', `/v1/planned-calls/${id}`)),
    )
    // Written before each left, when its turn had come; what the carrier sees is late by as much as this process is.
    expect(
      mostWithin(
        1000,
        placed.map(({ tries }) => Date.parse(tries[0]?.placedAt ?? '')),
      ),
    ).toBe(5)
    expect(
      mostWithin(
        800,
        heard.map((call) => call.at),
      ),
    ).toBeLessThanOrEqual(5)
    expect(heard.map(({ to }) => to)).toEqual([49, ...Array.from({ length: 49 }, (_, i) => i)].map(number))
    expect(heard.at(-1)!.at - heard[0]!.at).toBeLessThan(14_000)
    ringing.refuse(486)
    await until(holds.id, 'failed')
    await house.service.api('PATCH', `/v1/trunks/${trunk.id}`, { callsPerSecond: null })
  })

  it('holds calls that nobody planned to the rate as well, and does not send one that was hung up before its turn', async () => {
    await house.service.api('PATCH', `/v1/trunks/${trunk.id}`, { callsPerSecond: 5 })
    const before = carrier.calls.length
    const number = (i: number): string => `+15550320${String(i).padStart(3, '0')}`
    const ids: string[] = []
    for (let i = 0; i < 20; i++) {
      const body = { from: '+15550100', to: number(i), flow }
      ids.push((await house.service.api<{ id: string }>('POST', '/v1/calls', body)).id)
    }
    await house.service.api('POST', `/v1/calls/${ids[18]}/hangup`, {})
    await carrier.offered(before + 19, 20_000)

    const heard = carrier.calls.slice(before)
    const times = heard.map(({ at }) => at)
    expect(heard.map(({ to }) => to)).toEqual([...Array.from({ length: 18 }, (_, i) => i), 19].map(number))
    expect(mostWithin(800, times)).toBeLessThanOrEqual(5)
    expect(await house.service.api<ShownCall>('GET', `/v1/calls/${ids[18]}`)).toMatchObject({
      end: { code: 'canceled' },
    })
    await house.service.api('PATCH', `/v1/trunks/${trunk.id}`, { callsPerSecond: null })
  })

  it('refuses to ring whoever must not be called, also as the first of two', async () => {
    await house.service.api('POST', '/v1/do-not-call', { number: '+15550330' })
    const post = (body: object) => house.service.request('POST', '/v1/calls', body)
    const phone = await house.signedIn()

    expect((await post({ from: '+15550330001', to: phone.username })).body).toMatchObject({
      ...{ code: 'destination_not_allowed', errors: [{ field: '/from' }] },
    })
    const uri = 'sip:+15550330001;phone-context=x@127.0.0.1:5099'
    expect((await post({ app: 'api', from: '+15550100', to: uri })).body).toMatchObject({
      ...{ code: 'destination_not_allowed', errors: [{ field: '/to' }] },
    })
    expect((await post({ from: phone.username, to: '+15550330001' })).body).toMatchObject({
      ...{ code: 'destination_not_allowed', errors: [{ field: '/to' }] },
    })
  })

  it('says what is wrong with what is planned', async () => {
    expect(await refused({ to: '+15550142', flow, at: 'tomorrow' })).toMatchObject({ errors: [{ field: '/at' }] })
    const late = { at: '2030-01-02T00:00:00Z', until: '2030-01-01T00:00:00Z' }
    expect(await refused({ to: '+15550142', flow, ...late })).toMatchObject({ errors: [{ field: '/until' }] })
    expect(await refused({ to: '+15550142', flow, hours: { from: '09:00', to: '09:00' } })).toMatchObject({
      errors: [{ field: '/hours' }],
    })
    expect(await refused({ to: '+19005550142', flow })).toMatchObject({ code: 'destination_not_allowed' })
  })
})
