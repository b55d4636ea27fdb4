import pg from 'pg'
import { systemClock } from '../../base/clock.ts'
import type { Settings } from '../../settings.ts'
import { embeddedUrl } from '../../store/embedded/server.ts'
import type { Finding } from './finding.ts'

/** PostgreSQL 13 is the oldest that graphile-worker runs on. */
const oldest = 13

/** @param service the pid of the running service: without it our own server is not expected to answer */
export async function checkDatabase(settings: Settings, service: number | undefined): Promise<Finding[]> {
  const { databaseUrl, dataFolder } = settings
  if (databaseUrl !== undefined)
    return await ask(databaseUrl, `The PostgreSQL at ${hostOf(databaseUrl)} (DATABASE_URL)`, true)
  let url: string | undefined
  try {
    url = await embeddedUrl(dataFolder)
  } catch (error) {
    return [unreadable(dataFolder, error)]
  }
  if (url === undefined) {
    const sentence = `A PostgreSQL of our own will be made in ${dataFolder} at the first start.`
    return [{ topic: 'database', level: 'ok', sentence }]
  }
  if (service === undefined) {
    const sentence = `Our own PostgreSQL in ${dataFolder} is stopped; it starts with the service.`
    return [{ topic: 'database', level: 'ok', sentence }]
  }
  return await ask(url, `Our own PostgreSQL in ${dataFolder}`, false)
}

async function ask(url: string, name: string, foreign: boolean): Promise<Finding[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000, query_timeout: 5000 })
  // An error between two queries is told by the next query.
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ version: string; wall: string }>(
      "select current_setting('server_version') as version, (extract(epoch from clock_timestamp()) * 1000)::text as wall",
    )
    const { version = '?', wall = '0' } = rows[0] ?? {}
    const answers: Finding = { topic: 'database', level: 'ok', sentence: `${name} answers, version ${version}.` }
    return [Number.parseInt(version, 10) < oldest ? tooOld(name, version) : answers, ...compareClocks(Number(wall))]
  } catch (error) {
    const why = error instanceof AggregateError ? error.errors.map(String).join('; ') : (error as Error).message
    const advice = foreign
      ? 'Start it, put DATABASE_URL right, or remove DATABASE_URL to use a PostgreSQL of our own.'
      : 'Look into postgres.log in the data folder and restart the service.'
    return [{ topic: 'database', level: 'fault', sentence: `${name} does not answer: ${why}.`, advice }]
  } finally {
    // Never connected, or cut off: there is nothing left to close then.
    await client.end().catch(() => {})
  }
}

/** What a parser says quotes the file, which holds a password; so only the kind of fault is told. */
function unreadable(dataFolder: string, error: unknown): Finding {
  const why =
    error instanceof SyntaxError ? 'it is no JSON' : ((error as NodeJS.ErrnoException).code ?? 'unknown fault')
  return {
    topic: 'database',
    level: 'fault',
    sentence: `postgres.json in ${dataFolder} cannot be read: ${why}.`,
    advice:
      'It has the password of our own PostgreSQL; bring it back from a backup, readable by the user of the service.',
  }
}

function tooOld(name: string, version: string): Finding {
  const sentence = `${name} is version ${version}.`
  return { topic: 'database', level: 'fault', sentence, advice: `At least version ${oldest} is needed.` }
}

function compareClocks(wall: number): Finding[] {
  const offSeconds = Math.round((systemClock.wall() - wall) / 1000)
  if (Math.abs(offSeconds) < 5) return []
  return [
    {
      topic: 'clock',
      level: 'warning',
      sentence: `This machine's clock and that of the database are ${Math.abs(offSeconds)} seconds apart.`,
      advice: 'Let both keep time by NTP: retries and links expire by it.',
    },
  ]
}

/** Without the password. */
function hostOf(url: string): string {
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}
