import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ServiceEvent } from '../../src/phone/event.ts'
import { type CallId, newId } from '../../src/phone/id.ts'
import { endCall, insertCall } from '../../src/store/calls.ts'
import { insertConnection } from '../../src/store/connections.ts'
import { type TestApi, testApi } from '../kit/api.ts'
import { eventually } from '../kit/eventually.ts'

let api: TestApi
let listeners: number
beforeEach(async () => {
  api = await testApi()
  listeners = api.bus.listeners
})
afterEach(() => api.close())

const ann = { kind: 'number', e164: '+15550142', raw: '+15550142' } as const

async function ringing(): Promise<CallId> {
  const at = api.clock.wall()
  const id = newId('call', at)
  const parties = { from: ann, fromKey: ann.e164, to: ann, toKey: ann.e164 }
  await insertCall(api.database.store.db, { id, direction: 'inbound', ...parties, startedAt: new Date(at) })
  return id
}

/** Nobody reads the table until `go`. */
async function holdUp(table: string): Promise<{ waited: () => Promise<void>; go: () => Promise<void> }> {
  const client = new pg.Client({ connectionString: api.database.url })
  await client.connect()
  await client.query(`begin; lock table ${table} in access exclusive mode`)
  const waiting = async (): Promise<number> => {
    const { rowCount } = await client.query(
      `select from pg_locks where relation = '${table}'::regclass and not granted`,
    )
    return rowCount ?? 0
  }
  return {
    waited: async () => expect(await eventually(waiting, (count) => count > 0)).toBeGreaterThan(0),
    async go() {
      await client.query('commit')
      await client.end()
    },
  }
}

/** What is told on the bus while it runs. */
async function toldOnTheBus(work: () => Promise<unknown>): Promise<readonly ServiceEvent[]> {
  const told: ServiceEvent[] = []
  const end = api.bus.subscribe((event) => told.push(event))
  await work()
  end()
  return told
}

describe('the events of one call', () => {
  it('end with its end, also where that comes while it is looked whether the call is up', async () => {
    const call = await ringing()
    const table = await holdUp('calls')

    const asked = api.call('GET', `/v1/calls/${call}/events`)
    await table.waited()
    api.bus.publish({ type: 'call.ended', at: api.clock.wall(), call })
    await table.go()

    const { statusCode, body } = await asked
    expect([statusCode, body.match(/^event: .*$/gm)]).toEqual([200, ['event: call.ended']])
    expect([api.clock.waiting, api.bus.listeners]).toEqual([0, listeners])
  })

  it('are none of a call that is over, or is not there', async () => {
    const call = await ringing()
    const link = { at: api.clock.wall(), by: 'caller', code: 'completed', q850: 16, sentence: 'Hung up.' } as const
    await endCall(api.database.store.db, call, { ...link, chain: [link] })

    const over = await api.call('GET', `/v1/calls/${call}/events`)
    const none = await api.call('GET', `/v1/calls/${newId('call', 0)}/events`)

    expect([over.json().code, none.json().code]).toEqual(['call_ended', 'not_found'])
    expect(api.bus.listeners).toBe(listeners)
  })
})

describe('the events of a scan', () => {
  it('begin with how it stands, so that who follows it knows that it waits', async () => {
    const hours = { zone: 'Pacific/Auckland', from: '03:00', to: '03:05' }
    const { id: scan } = (await api.call('POST', '/v1/scans', { body: { number: '+14582037530', hours } })).json()
    await api.scans.settled()

    const table = await holdUp('scans')
    const asked = api.call('GET', `/v1/scans/${scan}/events`)
    await table.waited()
    api.bus.publish({ type: 'scan.ended', at: api.clock.wall(), scan })
    await table.go()

    const [first] = (await asked).body.match(/^data: .*$/gm) ?? []
    expect(JSON.parse(first!.slice(6))).toMatchObject({ type: 'scan.updated', scan: { state: 'waiting' } })
  })
})

describe('the events of something that is over', () => {
  it('tell so to who asks, and to nobody else', async () => {
    const { id: scan } = (await api.call('POST', '/v1/scans', { body: { number: '+14582037530' } })).json()
    await api.call('POST', `/v1/scans/${scan}/stop`)
    const at = new Date(api.clock.wall())
    const connection = newId('connection', at.getTime())
    await insertConnection(api.database.store.db, {
      ...{ id: connection, number: ann.e164, to: '1001', caller: '1002', way: [], seconds: 60, pressed: 0 },
      ...{ state: 'done', talkSeconds: 5, failure: null, callId: null, recordingId: null },
      ...{ createdAt: at, updatedAt: at, endedAt: at },
    })

    const answers: string[] = []
    const told = await toldOnTheBus(async () => {
      for (const path of [`/v1/scans/${scan}/events`, `/v1/connections/${connection}/events`])
        answers.push((await api.call('GET', path)).body)
    })

    expect(answers.map((body) => body.match(/^event: .*$/gm))).toEqual([
      ['event: scan.ended'],
      ['event: connection.ended'],
    ])
    expect(told).toEqual([])
  })
})
