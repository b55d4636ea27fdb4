import { runMigrations } from 'graphile-worker'
import type { Pool } from 'pg'
import { StartRefused } from '../base/start-refused.ts'
import { migrations } from './migrations/index.ts'

// Any number that nobody else locks in this database: 'offh' in ASCII.
const lockKey = 0x6f666668

/**
 * Brings the database up to date, forward only. Two processes at once are fine: the second waits, then finds it done.
 * @throws when the database was migrated by a newer version of the service
 */
export async function migrate(pool: Pool): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [lockKey])
    try {
      await client.query(
        'create table if not exists offhook_migrations (name text primary key, applied_at timestamptz not null default now())',
      )
      const { rows } = await client.query<{ name: string }>('select name from offhook_migrations')
      const applied = new Set(rows.map((row) => row.name))
      const known = new Set(migrations.map((migration) => migration.name))
      const newer = [...applied].filter((name) => !known.has(name))
      if (newer.length > 0) {
        throw new StartRefused(
          `The database was last used by a newer version of the service (it has ${newer.sort().join(', ')}). Install that version again; the database cannot be taken back.`,
        )
      }
      for (const { name, sql } of migrations) {
        if (applied.has(name)) continue
        await client.query('begin')
        try {
          await client.query(sql)
          await client.query('insert into offhook_migrations (name) values ($1)', [name])
          await client.query('commit')
        } catch (error) {
          await client.query('rollback')
          throw error
        }
      }
      await runMigrations({ pgPool: pool })
    } finally {
      await client.query('select pg_advisory_unlock($1)', [lockKey])
    }
  } finally {
    client.release()
  }
}
