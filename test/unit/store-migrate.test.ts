import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { silentLogger } from '../../src/base/log.ts'
import { migrate } from '../../src/store/migrate.ts'
import { migrations } from '../../src/store/migrations/index.ts'
import * as schema from '../../src/store/schema.ts'
import { openPool } from '../../src/store/store.ts'
import { emptyDatabase, testDatabase } from '../kit/database.ts'

describe('migrations', () => {
  it('run once when two processes start at once', async () => {
    const { url, close } = await emptyDatabase()
    const pools = [openPool(url, silentLogger), openPool(url, silentLogger)]

    await Promise.all(pools.map(migrate))

    const { rows } = await pools[0]!.query('select name from offhook_migrations')
    expect(rows).toEqual(migrations.map(({ name }) => ({ name })))
    await Promise.all(pools.map((pool) => pool.end()))
    await close()
  })

  it('refuse a database of a newer version', async () => {
    const { store, close } = await testDatabase()
    await store.pool.query("insert into offhook_migrations (name) values ('9999-future')")

    await expect(migrate(store.pool)).rejects.toThrow(/newer version .*9999-future/)
    await close()
  })

  it('make the columns that the queries name', async () => {
    const { url, close } = await testDatabase()
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    const { rows } = await client.query<{ column: string }>(
      `select table_name || '.' || column_name || ' ' || is_nullable as column from information_schema.columns
       where table_schema = 'public' and table_name <> 'offhook_migrations'`,
    )
    await client.end()
    await close()

    const named = Object.values(schema)
      .filter((value) => value instanceof PgTable)
      .map((table) => getTableConfig(table))
      .flatMap(({ name, columns }) =>
        columns.map((column) => `${name}.${column.name} ${column.notNull ? 'NO' : 'YES'}`),
      )
    expect(named.sort()).toEqual(rows.map((row) => row.column).sort())
  })
})
