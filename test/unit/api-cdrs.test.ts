import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Cdr, cdrOf } from '../../src/phone/cdr.ts'
import { newId } from '../../src/phone/id.ts'
import { endOf } from '../../src/phone/reason.ts'
import { insertCall } from '../../src/store/calls.ts'
import { insertCdrs } from '../../src/store/cdrs.ts'
import { type TestApi, testApi } from '../kit/api.ts'

let api: TestApi
beforeEach(async () => {
  api = await testApi()
})
afterEach(() => api.close())

/** Records of so many calls, a second apart. @returns their ids, oldest first */
async function keepRecords(count: number): Promise<string[]> {
  const { db } = api.database.store
  const from = { kind: 'number', e164: '+15550142', raw: '+15550142' } as const
  const to = { kind: 'extension', username: '1001', raw: '1001' } as const
  const records: Cdr[] = []
  for (let n = 0; n < count; n++) {
    const at = api.clock.wall() + n * 1000
    const end = endOf({ at, by: 'caller', code: 'completed', q850: 16, sentence: 'the caller hung up' }, [])
    const call = newId('call', at)
    const common = { direction: 'inbound', from, to } as const
    await insertCall(db, { ...common, id: call, fromKey: from.e164, toKey: to.username, startedAt: new Date(at) })
    records.push(cdrOf({ ...common, call, account: null, startedAt: at, answeredAt: at, end, story: [] }))
  }
  await insertCdrs(
    db,
    records.map((record) => ({
      ...{ callId: record.call, account: null, disposition: record.disposition, record },
      ...{ startedAt: new Date(record.startedAt), endedAt: new Date(record.endedAt) },
    })),
  )
  return records.map(({ call }) => call)
}

describe('records as CSV', () => {
  it('are all of them, oldest first', async () => {
    const ids = await keepRecords(210)

    const { headers, body } = await api.call('GET', '/v1/cdrs.csv')

    expect(headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(body.match(/call_\w+/g)).toEqual(ids)
    expect(body.split('\n')).toHaveLength(211)
  })

  it('are an error where the store has none', async () => {
    await api.database.store.db.execute(sql`alter table cdrs rename to elsewhere`)

    expect(await api.call('GET', '/v1/cdrs.csv')).toMatchObject({ statusCode: 500 })
  })
})
