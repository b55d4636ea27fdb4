import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Problem } from '../../src/phone/problem.ts'
import { getScan } from '../../src/store/scans.ts'
import { type TestApi, testApi } from '../kit/api.ts'

let api: TestApi
beforeEach(async () => {
  api = await testApi()
})
afterEach(() => api.close())

const company = '+14582037530'
const fourTimes = <T>(work: () => Promise<T>): Promise<T[]> => Promise.all([1, 2, 3, 4].map(work))
const post = (path: string, body?: unknown) => api.call('POST', path, body === undefined ? {} : { body })
const begin = async (): Promise<string> => (await post('/v1/scans', { number: company })).json().id
const read = async (id: string) => (await getScan(api.database.store.db, id))!

describe('a scan', () => {
  it('is begun once, however often it is asked for at once', async () => {
    const made = await fourTimes(() => post('/v1/scans', { number: company }))

    expect(made.map(({ statusCode }) => statusCode).sort()).toEqual([201, 409, 409, 409])
    expect(made.find(({ statusCode }) => statusCode === 409)!.json()).toMatchObject({ code: 'in_use' })
    expect((await api.call('GET', '/v1/scans')).json().items).toHaveLength(1)
  })

  it('runs once, however often it is to go on at once, and is over when it was stopped', async () => {
    const id = await begin()
    await post(`/v1/scans/${id}/stop`)
    const before = api.calls.placed.length

    const went = await fourTimes(() => post(`/v1/scans/${id}/continue`))
    await api.calls.until(before + 1)
    const stopped = await post(`/v1/scans/${id}/stop`)
    api.clock.advance(60_000)

    expect(went.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200])
    expect(stopped.json()).toMatchObject({ state: 'stopped', liveCalls: 0 })
    expect(api.calls.placed).toHaveLength(before + 1)
    expect(await read(id)).toMatchObject({ state: 'stopped' })
  })

  it('keeps to the order in which it was told to go on and to stop', async () => {
    const id = await begin()

    // Requests at once may overtake each other on their way to it.
    const { scans } = api
    await Promise.all([scans.stop(id), scans.goOn(id), scans.stop(id), scans.goOn(id), scans.stop(id)])

    expect(await read(id)).toMatchObject({ state: 'stopped' })
    expect(api.scans.liveCalls(id)).toBe(0)
  })

  it('does not go on beside a later one of the same number', async () => {
    const first = await begin()
    await post(`/v1/scans/${first}/stop`)
    await begin()

    const went = await post(`/v1/scans/${first}/continue`)

    expect([went.statusCode, went.json().code]).toEqual([409, 'in_use'])
    expect(await read(first)).toMatchObject({ state: 'stopped' })
  })

  it('has counted a call before it rings, so that a crash does not forget it', async () => {
    const id = await begin()
    await api.calls.until(1)

    expect(await read(id)).toMatchObject({ state: 'running', calls: 1 })
  })

  it('is refused at once where the number can never be called', async () => {
    api.calls.refuse = new Problem('not_reachable', 'There is no extension 1555.')

    const refused = await post('/v1/scans', { number: company })

    expect([refused.statusCode, refused.json()]).toMatchObject([409, { detail: 'There is no extension 1555.' }])
    expect((await api.call('GET', '/v1/scans')).json().items).toEqual([])
  })

  it.each(['begin', 'go on'])('does not %s where there is no recogniser', async (what) => {
    const id = await begin()
    await post(`/v1/scans/${id}/stop`)
    api.calls.deaf = true

    const refused = await (what === 'begin' ? post('/v1/scans', { number: company }) : post(`/v1/scans/${id}/continue`))

    expect([refused.statusCode, refused.json()]).toMatchObject([
      501,
      { code: 'not_supported', detail: 'This service has no speech recogniser; offhook doctor tells how to get one.' },
    ])
    expect(await read(id)).toMatchObject({ state: 'stopped' })
  })

  it('calls nobody where there is no recogniser since it began', async () => {
    const id = await begin()
    await api.calls.until(1)
    api.calls.end(0, 'busy', 'Busy.')
    await api.scans.settled()

    api.calls.deaf = true
    await api.scans.wake(id)
    await api.scans.settled()

    expect(api.calls.placed).toHaveLength(1)
    expect(await read(id)).toMatchObject({
      ...{ state: 'failed', sentence: expect.stringContaining('This service has no speech recogniser') },
    })
  })

  it('calls no more a number that must not be scanned since it began', async () => {
    const id = await begin()
    await api.calls.until(1)
    api.calls.end(0, 'busy', 'Busy.')
    await api.scans.settled()

    api.calls.forbidden = `${company} must not be scanned: OFFHOOK_SCAN_DENY names it.`
    await api.scans.wake(id)
    await api.scans.settled()

    expect(api.calls.placed).toHaveLength(1)
    expect(await read(id)).toMatchObject({
      state: 'failed',
      sentence: expect.stringContaining(`${company} must not be scanned`),
    })
  })

  it('keeps the name of the last scan of its number unless another is given', async () => {
    const again = async (body: object) => {
      const { id } = (await post('/v1/scans', { number: company, ...body })).json()
      await post(`/v1/scans/${id}/stop`)
      // Ids of one millisecond have no order.
      api.clock.advance(1000)
      return (await api.call('GET', `/v1/scans/${id}`)).json()
    }

    const [first, second, third] = [await again({ name: 'Acme' }), await again({}), await again({ name: 'Bell' })]

    expect([first, second, third].map(({ name }) => name)).toEqual(['Acme', 'Acme', 'Bell'])
    expect(second.choice).toEqual({ hints: ['Acme'] })
  })

  it('says that the earlier scan is gone with which it was to be compared', async () => {
    const earlier = await begin()
    await post(`/v1/scans/${earlier}/stop`)
    api.clock.advance(1000)
    const id = await begin()
    await api.call('DELETE', `/v1/scans/${earlier}`)

    const reply = await api.call('GET', `/v1/scans/${id}/difference`)

    const detail = `The scan ${earlier}, which ${id} was to be compared with, was removed.`
    expect([reply.statusCode, reply.json()]).toMatchObject([404, { detail }])
  })

  it('is refused hours that never come', async () => {
    const hours = { zone: 'America/New_York', from: '09:00', to: '09:00' }

    const refused = await post('/v1/scans', { number: company, hours })

    expect([refused.statusCode, refused.json().errors]).toMatchObject([400, [{ field: '/hours/to' }]])
  })
})
