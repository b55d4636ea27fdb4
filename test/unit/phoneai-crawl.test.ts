import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { wordsOfText } from '../../src/menu/understand/token.ts'
import { newId } from '../../src/phone/id.ts'
import { changeScan, insertHearing, type ScanChange } from '../../src/store/scans.ts'
import { type TestApi, testApi } from '../kit/api.ts'

let api: TestApi
beforeEach(async () => {
  api = await testApi()
  await api.call('POST', '/v1/numbers', { body: { number: '+15550100' } })
})
afterEach(() => api.close())

const call = (path: string, method: 'GET' | 'POST' | 'HEAD' = 'GET', body?: unknown) =>
  api.call(method, `/api/${path}`, body === undefined ? {} : { body })
const company = '14582037530'
const uuid = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
const success = (dialled: string) => ({
  ...{ dial_number: dialled, status: 'success', call_uuid: uuid, message: '' },
  fs_output: expect.stringMatching(/^\+OK Job-UUID: [0-9a-f-]{36}\n$/),
})
const fail = (message: unknown) => ({ status: 'fail', message, fs_output: '' })

async function lastScan(): Promise<string> {
  return (await api.call('GET', '/v1/scans')).json().items[0].id
}
async function heard(scan: string, way: readonly string[], text: string): Promise<void> {
  const wall = api.clock.wall()
  await insertHearing(api.database.store.db, {
    ...{ id: newId('hearing', wall), scanId: scan, way, words: wordsOfText(text), tones: [], music: false },
    ...{ hungUp: false, silentMs: 4000, callId: newId('call', wall), recordingId: null, fromMs: 0, toMs: 9000 },
    at: new Date(wall),
  })
}
/** Ends what runs, as the scan itself would. */
async function settle(change: ScanChange): Promise<void> {
  const id = await lastScan()
  await api.call('POST', `/v1/scans/${id}/stop`)
  await changeScan(api.database.store.db, id, { endedAt: new Date(api.clock.wall()), ...change }, new Date())
}
/** Stops the one that runs; its call is given up. */
async function giveUp(change: ScanChange): Promise<void> {
  await settle(change)
  // Ids of one millisecond have no order.
  api.clock.advance(1000)
}

describe('makecall', () => {
  it('begins a scan, and answers as the example does', async () => {
    const made = await call(`makecall/?number=${company}&business_name=D.%20P.%20Software`)

    expect([made.statusCode, made.json()]).toEqual([200, success(company)])
    const { items } = (await api.call('GET', '/v1/scans')).json()
    expect(items).toMatchObject([{ number: `+${company}`, name: 'D. P. Software', state: 'running' }])
    const { choice } = (await api.call('GET', `/v1/scans/${items[0].id}`)).json()
    expect(choice).toEqual({ hints: ['D. P. Software'] })
    await api.calls.until(1)
    expect(api.calls.placed[0]!.scanCall).toMatchObject({ to: { e164: `+${company}` }, from: { e164: '+15550100' } })
  })

  it('begins anew without `new`, and goes on with the last one by new=0', async () => {
    await call(`makecall/?number=${company}&business_name=Acme`)
    const first = await lastScan()
    await giveUp({ state: 'stopped' })

    const on = await call(`makecall?number=%2B${company}&new=0`)
    expect([on.json(), await lastScan()]).toEqual([success(company), first])
    await giveUp({ state: 'stopped' })
    const anew = await call('makecall/', 'POST', { number: Number(company) })

    expect(anew.json()).toEqual(success(company))
    const { items } = (await api.call('GET', '/v1/scans')).json()
    expect(items).toMatchObject([
      { previous: first, name: 'Acme' },
      { id: first, name: 'Acme' },
    ])
  })

  it('says what is complete, what runs, and what it cannot call', async () => {
    await call(`makecall/?number=${company}`)
    const running = [await call(`makecall/?number=${company}`), await call(`makecall/?number=${company}&new=0`)]
    await giveUp({ state: 'done', sentence: null })
    const complete = await call(`makecall/?number=${company}&new=0`)
    const nobody = await call('makecall/?number=nobody')
    const none = await call('makecall/')
    const foreign = await call('makecall/?number=15550142&caller_id=13055550100')

    expect(running.map(({ statusCode }) => statusCode)).toEqual([409, 409])
    expect(running.map((reply) => reply.json())).toEqual([
      fail(expect.stringContaining('is not over')),
      fail('crawl is in progress'),
    ])
    expect([complete.statusCode, complete.json()]).toEqual([409, fail('crawl is completed already')])
    expect([nobody.statusCode, nobody.json()]).toEqual([400, fail(expect.stringContaining('nobody'))])
    expect([none.statusCode, none.json()]).toEqual([400, fail('number is required!')])
    expect([foreign.statusCode, foreign.json()]).toEqual([400, fail(expect.stringContaining('caller_id'))])
  })

  it('calls nobody for a HEAD, nor for a token that may only read', async () => {
    const { token } = (await api.call('POST', '/v1/tokens', { body: { name: 'r', scopes: ['read'] } })).json()

    expect((await call(`makecall/?number=${company}`, 'HEAD')).statusCode).toBe(405)
    expect((await api.call('GET', `/api/makecall/?number=${company}`, { token })).statusCode).toBe(403)
    expect((await api.call('GET', '/v1/scans')).json().items).toEqual([])
  })
})

describe('scan', () => {
  it('has a page of rows, the newest first, and the addresses of the pages beside it', async () => {
    for (const state of ['stopped', 'failed', 'done', 'stopped'] as const) {
      // One that our own API began is not known there before it is listed.
      await api.call('POST', '/v1/scans', { body: { number: `+${company}` } })
      await giveUp({ state, calls: 2 })
    }
    await call('makecall/?number=15550142')

    const first = (await call(`scan/?limit=3&offset=0&number=${company}`)).json()
    const second = (await call(`scan/?limit=3&offset=3&number=${company}`)).json()
    const all = (await call('scan/')).json()

    const next = `http://phone.test/api/scan/?limit=3&number=${company}&offset=3`
    const previous = `http://phone.test/api/scan/?limit=3&number=${company}`
    expect(first).toMatchObject({ count: 4, next, previous: null })
    expect(second).toMatchObject({ count: 4, next: null, previous })
    const row = { number: company, attempt: 2, created_at: time, updated_at: time }
    expect(first.results).toMatchObject([
      { ...row, id: expect.any(Number), status: 'Processed', completed: 'False' },
      { ...row, status: 'Processed', completed: 'True' },
      { ...row, status: 'Failed' },
    ])
    expect(second.results).toHaveLength(1)
    expect(all.results).toHaveLength(5)
    expect(all.results[0]).toMatchObject({ number: '15550142', status: 'Calling' })
    const ids = first.results.map(({ id }: { id: number }) => id)
    expect(ids).toEqual(ids.toSorted((a: number, b: number) => b - a))
    expect((await call('scan/?limit=0')).json()).toEqual({ limit: [expect.any(String)] })
  })
})

describe('callmenu and makecall_submenu', () => {
  it('tell the tree of the last scan, and connect somebody to a place in it', async () => {
    await call(`makecall/?number=${company}`)
    await api.calls.until(1)
    const before = (await call(`callmenu/?number=${company}`)).json()
    const scan = await lastScan()
    await giveUp({ state: 'done', sentence: null, calls: 4 })
    await heard(scan, [], 'hello welcome to acme. press one for sales. press two for support.')
    await heard(scan, ['1'], 'thanks for calling sales. press three for voice. press five for faxes.')
    await heard(scan, ['1', '5'], 'thanks for your query.')

    const shown = (await call(`callmenu/?number=${company}`)).json()
    const { id } = shown.menu.children[0].children[0]
    const connected = await call(`makecall_submenu/?id=${id}&forwarding_number=13055550100`)

    expect(before).toMatchObject({
      ...{ completed: false, retry_enabled: 1, attempt: 1 },
      menu: { info: { parent_text: '', keys_to_reach: '' }, key: '', audio_text: '', children: [] },
    })
    expect(shown).toMatchObject({
      ...{ id: before.id, number: company, business_name: null, retry_enabled: 1, attempt: 4, completed: true },
      menu: {
        id: before.menu.id,
        audio_text: 'hello welcome to acme press one for sales press two for support',
        audio_text_debug: [{ transcript: expect.any(String), confidence: 1, timestamps: expect.any(Array) }],
        children: [{ key: '1', children: [{ key: '5', info: { keys_to_reach: '1,5' }, children: [] }] }],
      },
    })
    expect([connected.statusCode, connected.json()]).toEqual([200, success(company)])
    const { items } = (await api.call('GET', '/v1/connections')).json()
    expect(items).toMatchObject([
      {
        ...{ number: `+${company}`, to: '+13055550100', from: '+15550100', state: 'calling' },
        way: [
          { press: '1', hear: expect.stringContaining('press one for sales') },
          { press: '5', hear: expect.stringContaining('press five for faxes') },
        ],
      },
    ])
  })

  it('say what is missing, and what was never heard', async () => {
    const { id } = (await call('extensions/', 'POST', { sip_username: '1003', sip_password: '123456' })).json()

    const none = await call('makecall_submenu/?id=1')
    const unknown = await call('makecall_submenu/?id=99&forwarding_number=1003')
    const other = await call(`makecall_submenu/?id=${id}&forwarding_number=1003`)

    expect([none.statusCode, none.json()]).toEqual([400, fail('forwarding_number is required!')])
    expect([unknown.statusCode, unknown.json()]).toEqual([404, fail('menu not found')])
    expect(other.json()).toEqual(fail('menu not found'))
    expect((await call('callmenu/?number=15550142')).statusCode).toBe(404)
    expect((await call('callmenu/')).json()).toEqual({ number: [expect.any(String)] })
  })
})

it.each([
  ['callmenu/?number=%00', 'number'],
  ['scan/?number=%00', 'number'],
  ['makecall/?number=%00', 'number'],
  [`makecall/?number=${company}&caller_id=%00`, 'caller_id'],
  [`makecall/?number=${company}&business_name=%00`, 'business_name'],
  ['makecall_submenu/?id=1&forwarding_number=%00', 'forwarding_number'],
])('%s is refused by the name of its field', async (path, field) => {
  const reply = await call(path)

  expect([reply.statusCode, reply.json()]).toEqual([400, { [field]: ['takes no control characters'] }])
})

it('a scan shows a caller of ours only', async () => {
  const scan = (from: string) => api.call('POST', '/v1/scans', { body: { number: `+${company}`, from } })

  const foreign = await scan('+13055550100')
  const nobody = await scan('1001')
  const own = await scan('+15550100')

  const faults = [{ field: '/from', sentence: 'takes an extension or a number that is rented here' }]
  expect([foreign.statusCode, foreign.json().errors]).toEqual([400, faults])
  expect([nobody.statusCode, nobody.json().errors]).toEqual([400, faults])
  expect(own.statusCode).toBe(201)
})

it('a connection takes a scan and a node in place of a number and its way', async () => {
  await call(`makecall/?number=${company}`)
  const scan = await lastScan()
  await giveUp({ state: 'done' })
  await heard(scan, [], 'welcome to acme. press one for sales. press two for support.')
  await heard(scan, ['2'], 'please hold.')
  const connect = (over: object) => api.call('POST', '/v1/connections', { body: { to: '+13055550100', ...over } })

  const made = await connect({ scan, node: '2' })
  const faults = await Promise.all([
    connect({ scan, node: '9' }),
    connect({ scan }),
    connect({ node: '2' }),
    connect({ scan, node: '2', number: `+${company}`, way: [] }),
    connect({ scan: 'scn_00000000000000000000000000', node: '' }),
    connect({}),
  ])

  expect(made.json()).toMatchObject({ number: `+${company}`, way: [{ press: '2' }], state: 'calling' })
  expect(faults.map((reply) => reply.json().errors.map(({ field }: { field: string }) => field))).toEqual([
    ['/node'],
    ['/node'],
    ['/scan'],
    ['/number', '/way'],
    ['/scan'],
    ['/number'],
  ])
})

it('a busy number is Pending until the job queue wakes its scan, also after a restart', async () => {
  await call(`makecall/?number=${company}`)
  await api.calls.until(1)
  const calling = (await call('scan/')).json().results[0].status
  const id = await lastScan()
  const waiting = new Promise<void>((resolve) => {
    const end = api.bus.subscribe((event) => {
      if (event.type !== 'scan.updated') return
      void api.call('GET', `/v1/scans/${id}`).then((reply) => {
        if (reply.json().state !== 'waiting') return
        end()
        resolve()
      })
    })
  })
  api.calls.end(0, 'busy', 'The line was busy.')
  await waiting

  const shown = (await call('scan/')).json().results[0]
  const { rows } = await api.database.store.pool.query(
    "select payload->>'id' as id, run_at from graphile_worker._private_jobs where key = $1",
    [`scan:${id}`],
  )
  await api.scans.wake(id)
  await api.calls.until(2)

  expect([calling, shown.status, shown.attempt]).toEqual(['Calling', 'Pending', 1])
  expect(rows).toEqual([{ id, run_at: new Date(api.clock.wall() + 30_000) }])
  expect((await call('scan/')).json().results[0]).toMatchObject({ id: shown.id, status: 'Calling' })
})
