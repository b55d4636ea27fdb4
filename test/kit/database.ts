import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { silentLogger } from '../../src/base/log.ts'
import { makeDataFolder } from '../../src/store/embedded/data-folder.ts'
import { startEmbedded } from '../../src/store/embedded/server.ts'
import { loadKeys } from '../../src/store/keys.ts'
import { migrate } from '../../src/store/migrate.ts'
import { openPool, type Store, storeOn, withDatabase } from '../../src/store/store.ts'

export interface TestDatabase {
  readonly store: Store
  readonly url: string
  /** Gives back connections, the database and the data folder. */
  close(): Promise<void>
}

const template = 'offhook_template'

/**
 * A migrated database of its own on the real PostgreSQL that the whole run shares, with an empty data folder. Its server
 * runs with fsync off: a test run need not survive a power cut.
 */
export async function testDatabase(): Promise<TestDatabase> {
  const server = await sharedServer()
  const name = `test_${randomBytes(8).toString('hex')}`
  await run(server, `create database ${name} template ${template}`)
  const url = withDatabase(server, name)
  const dataFolder = mkdtempSync(join(tmpdir(), 'offhook-test-data-'))
  const pool = openPool(url, silentLogger)
  return {
    store: storeOn(pool, loadKeys(dataFolder), dataFolder),
    url,
    async close() {
      await pool.end()
      await run(server, `drop database ${name} with (force)`)
      rmSync(dataFolder, { recursive: true, force: true })
    },
  }
}

/** An empty database that no migration ran on. */
export async function emptyDatabase(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = await sharedServer()
  const name = `test_${randomBytes(8).toString('hex')}`
  await run(server, `create database ${name}`)
  return { url: withDatabase(server, name), close: () => run(server, `drop database ${name} with (force)`) }
}

let shared: Promise<string> | undefined

function sharedServer(): Promise<string> {
  shared ??= findOrStart()
  return shared
}

async function findOrStart(): Promise<string> {
  const cluster = process.env.OFFHOOK_TEST_CLUSTER
  if (cluster === undefined)
    throw new Error('test/setup/database.ts did not run: it stands in globalSetup of vitest.config.ts.')
  const ready = join(cluster, 'url')
  // Of the workers that come here at once, the one that makes the folder starts the server; the others wait for its URL.
  if (!makes(join(cluster, 'starting'))) return waitFor(ready)
  chmodSync(cluster, 0o711)
  const dataFolder = join(cluster, 'data')
  makeDataFolder(dataFolder)
  const server = await startEmbedded({
    dataFolder,
    log: silentLogger,
    parameters: ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=200'],
  })
  await run(server.url, `create database ${template}`)
  const pool = openPool(withDatabase(server.url, template), silentLogger)
  try {
    await migrate(pool)
  } finally {
    await pool.end()
  }
  writeFileSync(ready, server.url, { mode: 0o600 })
  return server.url
}

function makes(folder: string): boolean {
  try {
    mkdirSync(folder)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function waitFor(path: string): Promise<string> {
  const until = Date.now() + 60_000
  while (Date.now() < until) {
    try {
      const text = readFileSync(path, 'utf8')
      if (text !== '') return text
    } catch {
      // not there yet: the loop is the handling
    }
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error('The database of this test run did not start within a minute.')
}

async function run(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
