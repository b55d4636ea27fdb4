import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import type { Carrier } from '../kit/carrier.ts'
import type { House } from '../kit/house.ts'
import { openHouseWithCarrier } from '../kit/house-with-carrier.ts'

interface ShownScan {
  readonly id: string
  readonly state: string
  readonly sentence: string | null
  readonly calls: number
  readonly nextAt: string | null
}
interface Planned {
  readonly id: string
  readonly app: string
  readonly state: string
  readonly code: string | null
  readonly sentence: string | null
  readonly to: { readonly address: string }
}

describe('calls of scans, placed by the dialer', { timeout: 60_000 }, () => {
  const scope = new Scope('test')
  let house: House
  let carrier: Carrier
  let trunk: { readonly id: string }

  beforeAll(async () => {
    ;({ house, carrier, trunk } = await openHouseWithCarrier(scope))
  })
  afterAll(() => scope.close())

  const scan = (body: object): Promise<ShownScan> => house.service.api('POST', '/v1/scans', { retries: 0, ...body })
  const until = (id: string, state: string): Promise<ShownScan> =>
    house.service.until(`/v1/scans/${id}`, (shown: ShownScan) => shown.state === state)
  const plannedTo = async (number: string): Promise<readonly Planned[]> => {
    const path = `/v1/planned-calls?to=${encodeURIComponent(number)}`
    return (await house.service.api<{ items: Planned[] }>('GET', path)).items
  }
  const rules = (body: object) => house.service.api('PUT', '/v1/dialer', body)
  const stop = (id: string) => house.service.api<ShownScan>('POST', `/v1/scans/${id}/stop`, {})
  /** An hour that is over for today, whatever time it is: one minute, half a day from now. */
  const farHours = () => {
    const clock = (ms: number): string => new Date(ms).toISOString().slice(11, 16)
    const then = Date.now() + 12 * 3_600_000
    return { from: clock(then), to: clock(then + 120_000), zone: 'UTC' }
  }

  it('are planned calls, with the caller that the rules give, and end as such', async () => {
    await rules({ destinations: [{ prefix: '+15550101', callerId: '+15550111' }] })
    const { username } = await house.signedIn()

    const { id } = await scan({ number: '+15550101001', from: username })
    const failed = await until(id, 'failed')

    expect(failed).toMatchObject({ calls: 1, sentence: expect.stringMatching(/told nothing/) })
    expect(carrier.calls.at(-1)).toMatchObject({ to: '+15550101001', from: '+15550111' })
    expect(await plannedTo('+15550101001')).toMatchObject([{ app: 'scan', state: 'failed', code: 'busy' }])
  })

  it('keep to the rate of their trunk together with all others', async () => {
    await house.service.api('PATCH', `/v1/trunks/${trunk.id}`, { callsPerSecond: 2 })
    const before = carrier.calls.length

    const scans = await Promise.all(Array.from({ length: 6 }, (_, i) => scan({ number: `+1555020100${i}` })))
    await carrier.offered(before + 6, 20_000)

    const times = carrier.calls.slice(before).map(({ at }) => at)
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(1900)
    for (const { id } of scans) await until(id, 'failed')
    await house.service.api('PATCH', `/v1/trunks/${trunk.id}`, { callsPerSecond: null })
  })

  it('wait for the hours of their number, and are not made of numbers that must not be called', async () => {
    await rules({ destinations: [{ prefix: '+15550103', hours: farHours() }] })
    const before = carrier.calls.length
    const { id } = await scan({ number: '+15550103001' })
    const waiting = await until(id, 'waiting')

    expect(waiting).toMatchObject({ calls: 0, sentence: expect.stringContaining('hours') })
    expect(Date.parse(waiting.nextAt!)).toBeGreaterThan(Date.now() + 3_600_000)
    await house.service.api('POST', '/v1/do-not-call', { number: '+15550104', reason: 'asked us' })
    expect(await house.service.request('POST', '/v1/scans', { number: '+15550104001' })).toMatchObject({
      status: 403,
      body: {
        code: 'destination_not_allowed',
        errors: [{ field: '/number', sentence: expect.stringMatching(/asked us/) }],
      },
    })
    expect(carrier.calls).toHaveLength(before)
    await stop(id)
    await rules({ destinations: [] })
  })

  it('wait for room, are given up with their scan, and are forgotten with a service that was killed', async () => {
    const phone = await house.signedIn()
    const flow = { steps: [{ block: 'play', prompt: { tone: 'beep', ms: 200 } }] }
    await rules({ callsAtOnce: 1 })
    await house.service.api('POST', '/v1/calls', { from: '+15550100', to: phone.username, priority: 0, flow })
    const ringing = await phone.nextCall()
    const [first, second] = [await scan({ number: '+15550105001' }), await scan({ number: '+15550105002' })]
    const waits = (number: string): Promise<unknown> =>
      house.service.until(
        `/v1/planned-calls?to=${encodeURIComponent(number)}`,
        ({ items }: { items: Planned[] }) => items[0]?.state === 'waiting',
      )
    await waits('+15550105001')
    await waits('+15550105002')

    expect(await stop(first.id)).toMatchObject({ state: 'stopped', calls: 0 })
    expect(await plannedTo('+15550105001')).toMatchObject([{ state: 'canceled', sentence: 'the scan was stopped' }])

    await house.service.kill9()
    ringing.refuse(486)
    await rulesAfterRestart()
    await until(second.id, 'failed')

    expect((await plannedTo('+15550105002')).map(({ state }) => state)).toEqual(['failed', 'canceled'])
    expect(carrier.calls.filter(({ to }) => to === '+15550105002')).toHaveLength(1)
    expect(carrier.calls.filter(({ to }) => to === '+15550105001')).toHaveLength(0)
  })

  async function rulesAfterRestart(): Promise<void> {
    await house.service.restart()
    await rules({ callsAtOnce: 20 })
  }
})
