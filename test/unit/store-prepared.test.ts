import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLogger } from '../../src/base/log.ts'
import { Statements } from '../../src/store/prepared.ts'
import { openPool } from '../../src/store/store.ts'
import { type TestDatabase, testDatabase } from '../kit/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

describe('statements that are asked often', () => {
  it('are prepared in each connection that asks them, and answer as before', async () => {
    const pool = openPool(database.url, silentLogger)
    const one = await pool.connect()
    const other = await pool.connect()
    try {
      const answers: number[] = []
      for (let n = 1; n <= 30; n++) {
        const { rows } = await one.query<{ twice: number }>('select $1::int * 2 as twice', [n])
        answers.push(rows[0]?.twice ?? 0)
      }
      await other.query('select $1::int * 2 as twice', [1])
      // Several of them are no statement that could be prepared.
      for (let n = 1; n <= 30; n++) await one.query('select 1; select 2')

      const prepared = 'select statement from pg_prepared_statements'
      expect(answers).toEqual(Array.from({ length: 30 }, (_, i) => (i + 1) * 2))
      expect((await one.query(prepared)).rows).toEqual([{ statement: 'select $1::int * 2 as twice' }])
      expect((await other.query(prepared)).rows).toEqual([{ statement: 'select $1::int * 2 as twice' }])
    } finally {
      one.release()
      other.release()
      await pool.end()
    }
  })

  it('are a hundred at the most, however many texts there are', () => {
    const statements = new Statements()
    const names = new Set<string | undefined>()
    for (let text = 0; text < 300; text++) for (let n = 0; n < 25; n++) names.add(statements.nameOf(`select ${text}`))
    names.delete(undefined)
    expect(names.size).toBe(100)
    expect(statements.nameOf('select 0')).toBe('often_0')
    expect(statements.nameOf('select 299')).toBeUndefined()
  })

  it('are not those that come a few times among ever new ones', () => {
    const statements = new Statements()
    for (let text = 0; text < 5000; text++) expect(statements.nameOf(`select ${text}`)).toBeUndefined()
    for (let n = 1; n < 20; n++) expect(statements.nameOf('select often')).toBeUndefined()
    expect(statements.nameOf('select often')).toBe('often_0')
  })
})
