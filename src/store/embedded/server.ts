import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, closeSync, existsSync, openSync, renameSync, statSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import type { Logger } from '../../base/log.ts'
import { StartRefused } from '../../base/start-refused.ts'
import { type Binaries, findBinaries } from './binaries.ts'
import { databasePlace } from './data-folder.ts'
import { processLives } from './folder-lock.ts'
import { findPostmaster } from './postmaster.ts'
import { databaseUser, type ProcessUser } from './system-user.ts'

export interface EmbeddedOptions {
  /** Locked by the caller already. */
  readonly dataFolder: string
  readonly log: Logger
  /** Told what is being waited for. */
  readonly progress?: (sentence: string) => void
  /** Further `name=value` settings of the server; tests switch fsync off. */
  readonly parameters?: readonly string[]
  /** The port it had last or none: somebody holds its URL. */
  readonly samePort?: boolean
}

export interface EmbeddedServer {
  /** Of the maintenance database; the path may be replaced by another database's name. */
  readonly url: string
  readonly pid: number
  /** Whether it was still running from a service that was killed. */
  readonly adopted: boolean
  /** Lets transactions in flight fail, writes a checkpoint, ends. */
  stop(): Promise<void>
}

interface Secrets {
  readonly password: string
  readonly port: number
  /** Where the cluster was made; it stays there. */
  readonly cluster: string
}

const role = 'offhook'
const startSeconds = 60
const logLimit = 5_000_000

/** Starts the PostgreSQL of the data folder, or takes over the one that a killed service left running. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const { dataFolder } = options
  const kept = await readSecrets(dataFolder)
  const user = await databaseUser()
  const place = databasePlace(dataFolder, 'uid' in user)
  const cluster = kept?.cluster ?? place.cluster
  const orphan = await findPostmaster(cluster)
  if (orphan !== undefined) {
    if (kept !== undefined && (await answers(kept))) {
      options.log.info({ pid: orphan }, 'Took over the PostgreSQL that a killed service left running.')
      return handle(kept, orphan, true)
    }
    options.log.warn({ pid: orphan }, 'A PostgreSQL left running by a killed service does not answer; stopping it.')
    await stopPostmaster(orphan)
  }
  const binaries = await findBinaries(place.binaries, user)
  const secrets =
    existsSync(cluster) && kept !== undefined
      ? { ...kept, port: await portAgain(kept.port, options.samePort === true) }
      : await initialise(options, cluster, binaries, user)
  await writeSecrets(dataFolder, secrets)
  return start(options, cluster, binaries, user, secrets)
}

/** The URL of a data folder's server, running or not; for `offhook doctor`. */
export async function embeddedUrl(dataFolder: string): Promise<string | undefined> {
  const secrets = await readSecrets(dataFolder)
  return secrets === undefined ? undefined : urlOf(secrets)
}

async function initialise(
  options: EmbeddedOptions,
  cluster: string,
  binaries: Binaries,
  user: ProcessUser,
): Promise<Secrets> {
  if (existsSync(cluster)) {
    throw new StartRefused(
      `${cluster} holds a database but ${join(options.dataFolder, 'postgres.json')}, which keeps its password, is gone. Put that file back, or move the folder away to begin anew.`,
    )
  }
  options.progress?.('Making the database (once) …')
  // Filled beside its place and moved there at the end: a start that is killed half-way leaves nothing that looks whole.
  const draft = `${cluster}.new`
  const passwordFile = `${cluster}.password`
  await rm(draft, { recursive: true, force: true })
  await rm(passwordFile, { force: true })
  await mkdir(draft, { mode: 0o700 })
  const password = randomBytes(24).toString('base64url')
  await writeFile(passwordFile, password, { mode: 0o600 })
  give(draft, user)
  give(passwordFile, user)
  try {
    await run(
      binaries.initdb,
      [
        `--pgdata=${draft}`,
        `--username=${role}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
        '--no-instructions',
      ],
      user,
    )
  } finally {
    await rm(passwordFile, { force: true })
  }
  const secrets = { password, port: await freePort(undefined), cluster }
  // The password before the cluster: a cluster in its place always has one.
  await writeSecrets(options.dataFolder, secrets)
  await rename(draft, cluster)
  return secrets
}

async function start(
  options: EmbeddedOptions,
  cluster: string,
  binaries: Binaries,
  user: ProcessUser,
  secrets: Secrets,
): Promise<EmbeddedServer> {
  const logPath = join(options.dataFolder, 'postgres.log')
  if ((statSync(logPath, { throwIfNoEntry: false })?.size ?? 0) > logLimit) renameSync(logPath, `${logPath}.1`)
  const logFile = openSync(logPath, 'a', 0o600)
  const parameters = [
    `port=${secrets.port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=60',
    'jit=off',
    'timezone=UTC',
    'log_timezone=UTC',
    'log_min_messages=warning',
    // How soon commits that nobody waited for are on disk.
    'wal_writer_delay=10ms',
    ...(options.parameters ?? []),
  ]
  // A session of its own: Ctrl-C at a terminal goes to us alone, and we stop the database last. Output goes to a file
  // and not to a pipe, which would break under an orphan.
  const child = spawn(binaries.postgres, ['-D', cluster, ...parameters.flatMap((parameter) => ['-c', parameter])], {
    ...user,
    cwd: cluster,
    detached: true,
    stdio: ['ignore', logFile, logFile],
    env: bareEnvironment(),
  })
  closeSync(logFile)
  const { pid, exit } = await spawned(child)
  const slow = setTimeout(() => options.progress?.('Starting the database …'), 1000)
  try {
    const since = Date.now()
    while (!(await answers(secrets))) {
      const code = exit.code
      if (code !== undefined || Date.now() - since > startSeconds * 1000) {
        if (code === undefined) await stopPostmaster(pid)
        const why = code === undefined ? `did not answer for ${startSeconds} seconds` : `ended with ${code}`
        throw new StartRefused(`The database ${why}. Last lines of ${logPath}:\n${await tail(logPath)}`)
      }
      await pause(30)
    }
  } finally {
    clearTimeout(slow)
  }
  child.unref()
  return handle(secrets, pid, false)
}

function handle(secrets: Secrets, pid: number, adopted: boolean): EmbeddedServer {
  let stopping: Promise<void> | undefined
  return {
    url: urlOf(secrets),
    pid,
    adopted,
    stop: () => {
      stopping ??= stopPostmaster(pid)
      return stopping
    },
  }
}

const urlOf = (secrets: Secrets): string => `postgres://${role}:${secrets.password}@127.0.0.1:${secrets.port}/postgres`

/** SIGINT is PostgreSQL's fast shutdown; SIGQUIT, which leaves recovery for the next start, only when that hangs. */
export async function stopPostmaster(pid: number): Promise<void> {
  for (const [signal, seconds] of [
    ['SIGINT', 30],
    ['SIGQUIT', 10],
    ['SIGKILL', 5],
  ] as const) {
    try {
      process.kill(pid, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return
      throw error
    }
    const until = Date.now() + seconds * 1000
    while (Date.now() < until) {
      if (!processLives(pid)) return
      await pause(20)
    }
  }
  throw new Error(`The database process ${pid} cannot be stopped.`)
}

async function answers(secrets: Secrets): Promise<boolean> {
  const client = new pg.Client({ connectionString: urlOf(secrets), connectionTimeoutMillis: 5000 })
  client.on('error', () => {}) // a server that goes away while we ask has answered no
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch {
    return false // refused, starting up, wrong password: all mean "not this one, not now"; the caller decides by time
  } finally {
    await client.end().catch(() => {}) // nothing is lost with a connection that only asked
  }
}

async function readSecrets(dataFolder: string): Promise<Secrets | undefined> {
  try {
    const value = JSON.parse(await readFile(join(dataFolder, 'postgres.json'), 'utf8')) as Partial<Secrets>
    const { password, port, cluster } = value
    return typeof password === 'string' && Number.isInteger(port) && typeof cluster === 'string'
      ? { password, port: port!, cluster }
      : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function writeSecrets(dataFolder: string, secrets: Secrets): Promise<void> {
  const path = join(dataFolder, 'postgres.json')
  await writeFile(`${path}.new`, JSON.stringify(secrets), { mode: 0o600 })
  await rename(`${path}.new`, path)
}

async function portAgain(kept: number, same: boolean): Promise<number> {
  const port = await freePort(kept)
  if (same && port !== kept) throw new Error(`Port ${kept}, which the database had, was taken by another process.`)
  return port
}

/** `wanted` where it is free, else any. */
function freePort(wanted: number | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error) => (wanted === undefined ? reject(error) : resolve(freePort(undefined))))
    probe.listen(wanted ?? 0, '127.0.0.1', () => {
      const address = probe.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      probe.close(() => resolve(port))
    })
  })
}

interface Exit {
  code: number | string | undefined
}

function spawned(child: ChildProcess): Promise<{ pid: number; exit: Exit }> {
  const exit: Exit = { code: undefined }
  child.once('exit', (code, signal) => {
    exit.code = code ?? signal ?? 'nothing'
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('spawn', () => resolve({ pid: child.pid!, exit }))
  })
}

function run(command: string, args: readonly string[], user: ProcessUser): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...user, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'], env: bareEnvironment() })
    let output = ''
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-4000)
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.once('error', reject)
    child.once('close', (code, signal) =>
      code === 0 ? resolve() : reject(new Error(`${command} ended with ${code ?? signal}:\n${output.trim()}`)),
    )
  })
}

/** PGPORT, PGDATA and their like must not reach the server; nor need it know our secrets. */
function bareEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
}

function give(path: string, user: ProcessUser): void {
  if ('uid' in user) chownSync(path, user.uid!, user.gid!)
}

async function tail(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: Error) => `(${error.message})`)
  return text.split('\n').slice(-12).join('\n').trim()
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
