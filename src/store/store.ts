import { join } from 'node:path'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import type { Logger } from '../base/log.ts'
import type { Scope } from '../base/scope.ts'
import { StartRefused } from '../base/start-refused.ts'
import { makeDataFolder } from './embedded/data-folder.ts'
import { lockFolder } from './embedded/folder-lock.ts'
import { keepServer } from './embedded/keeper.ts'
import { startEmbedded } from './embedded/server.ts'
import { type Keys, loadKeys } from './keys.ts'
import { migrate } from './migrate.ts'
import { prepareOften, Statements } from './prepared.ts'
import * as schema from './schema.ts'

/** What every query takes first: the store's `db`, or the transaction of a `db.transaction(async (tx) => …)`. */
export type Db = Pick<
  NodePgDatabase<typeof schema>,
  'select' | 'selectDistinct' | 'insert' | 'update' | 'delete' | 'execute' | 'transaction' | '$count'
>

export interface Store {
  readonly db: Db
  /** For what drizzle does not do: the job runner, LISTEN. */
  readonly pool: pg.Pool
  readonly keys: Keys
  readonly dataFolder: string
  /** Rejects with what is wrong when the database does not answer within two seconds. */
  ping(): Promise<void>
}

export interface OpenStore {
  /** Absent: a PostgreSQL of our own in the data folder. */
  readonly databaseUrl: string | undefined
  readonly dataFolder: string
  /** Closing it gives back connections, then the server, then the lock. */
  readonly scope: Scope
  readonly log: Logger
  readonly progress?: (sentence: string) => void
}

/** Takes the data folder, starts the database if it is ours, migrates it. @throws StartRefused, as which FolderInUse counts */
export async function openStore(options: OpenStore): Promise<Store> {
  const { dataFolder, scope, log } = options
  makeDataFolder(dataFolder)
  lockFolder(dataFolder, scope)
  const keys = loadKeys(dataFolder)
  let url = options.databaseUrl
  if (url === undefined) {
    const { progress } = options
    const server = await startEmbedded({ dataFolder, log, ...(progress === undefined ? {} : { progress }) })
    keepServer(server, () => startEmbedded({ dataFolder, log, samePort: true }), { scope, log })
    await ensureDatabase(server.url, 'offhook')
    url = withDatabase(server.url, 'offhook')
  }
  const pool = openPool(url, log)
  scope.add('database pool', () => pool.end())
  try {
    await migrate(pool)
  } catch (error) {
    if (options.databaseUrl === undefined) throw error
    const shown = new URL(url)
    throw new StartRefused(
      `The database at ${shown.host}${shown.pathname} (DATABASE_URL) cannot be used: ${(error as Error).message || String((error as NodeJS.ErrnoException).code)}. Start it, put DATABASE_URL right, or remove DATABASE_URL to use a PostgreSQL of our own.`,
      { cause: error },
    )
  }
  return storeOn(pool, keys, dataFolder)
}

export function openPool(connectionString: string, log: Logger): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max: 20,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    application_name: 'offhook',
  })
  const lost = ({ message }: Error): void => {
    // The server may close a connection before our own goodbye has arrived.
    if (!pool.ending) log.warn({ reason: message }, 'A database connection was lost.')
  }
  // Each reports its loss to itself, checked out or idle; the pool opens another one when it is asked to.
  const statements = new Statements()
  pool.on('connect', (client) => {
    client.on('error', lost)
    prepareOften(client, statements)
  })
  pool.on('error', () => {}) // the same again, for an idle one
  return pool
}

export function storeOn(pool: pg.Pool, keys: Keys, dataFolder: string): Store {
  return {
    db: drizzle(pool, { schema }),
    pool,
    keys,
    dataFolder,
    async ping() {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error('The database did not answer within 2 seconds.')), 2000)
      })
      try {
        await Promise.race([pool.query('select 1'), late])
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

export function withDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${encodeURIComponent(name)}`
  return changed.href
}

async function ensureDatabase(url: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name])
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`)
  } finally {
    await client.end()
  }
}

/** Where recordings are kept; their rows hold paths below the data folder. */
export const recordingPath = (dataFolder: string, relative: string): string => join(dataFolder, relative)

/** Its MP3, where there is one, stands beside it. */
export const mp3Path = (path: string): string => path.replace(/\.wav$/, '.mp3')
