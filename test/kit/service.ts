import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Scope } from '../../src/base/scope.ts'
import { makeDataFolder } from '../../src/store/embedded/data-folder.ts'
import type { Authority } from './authority.ts'
import { emptyDatabase } from './database.ts'
import { freePort, isFree } from './ports.ts'
import { lastWords, type Program, type ProgramExit, startProgram } from './program.ts'

export interface ServiceOptions {
  readonly scope: Scope
  /** Settings over those made here. */
  readonly env?: Readonly<Record<string, string>>
  /** Kept at the end; a folder of its own, deleted at the end, when absent. */
  readonly dataFolder?: string
  /** `shared`: a database of its own on the server of the test run. `embedded`: the service starts its own server. Default `shared`. */
  readonly database?: 'shared' | 'embedded'
  /** Listens by TLS too, with a certificate of this authority, which is the one that it trusts. */
  readonly tls?: Authority | undefined
  /** `npm start` instead of the compiled command line: installs and builds first. */
  readonly viaNpm?: boolean
}

export interface ApiReply {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

/** The whole service as its users run it: a process of its own, spoken to over the network. */
export interface Service {
  readonly url: string
  readonly token: string
  readonly sipPort: number
  /** Of a service that was given an authority; 0 otherwise. */
  readonly tlsPort: number
  readonly dataFolder: string
  readonly pid: number
  /** Any status; JSON is parsed. */
  request(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<ApiReply>
  /** As `request`; the shape is what the test expects. @throws Error with the problem document when the status is not 2xx */
  api<T>(method: string, path: string, body?: unknown): Promise<T>
  /** Reads again until `test` holds. @throws Error with the last body after `timeoutMs` */
  until<T>(path: string, test: (body: T) => boolean, timeoutMs?: number): Promise<T>
  /** What it wrote since it was started last, both streams. */
  log(): string
  logged(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>
  /** Ends it as a supervisor does. @throws Error when something of it is left */
  stop(): Promise<ProgramExit>
  /** As when the machine loses power, but for the database's server. */
  kill9(): Promise<void>
  /** Starts it again on the same data, ports and database. */
  restart(): Promise<void>
  /** Processes of it and ports that it holds; empty after `stop`. */
  leftovers(): Promise<string[]>
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const rtpPorts = 64

/** Resolves when `/readyz` says that it is ready. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const scope = options.scope.child('service')
  const dataFolder = options.dataFolder ?? mkdtempSync(join(tmpdir(), 'offhook-service-'))
  if (options.dataFolder === undefined)
    scope.add('data folder', () => rmSync(dataFolder, { recursive: true, force: true, maxRetries: 3 }))
  makeDataFolder(dataFolder)
  const ports = { http: await freePort(), sip: await freePort(), tls: 0, rtp: await freePort(rtpPorts) }
  if (options.tls !== undefined) ports.tls = await freePort()
  const token = 'test-token-0123456789'
  const env: Record<string, string> = {
    ...{ PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? dataFolder, LANG: 'C.UTF-8' },
    ...{ OFFHOOK_HTTP_PORT: String(ports.http), OFFHOOK_SIP_PORT: String(ports.sip), OFFHOOK_BIND: '127.0.0.1' },
    ...{
      OFFHOOK_RTP_PORTS: `${ports.rtp}-${ports.rtp + rtpPorts - 1}`,
      OFFHOOK_DATA: dataFolder,
      OFFHOOK_TOKEN: token,
    },
    ...(options.tls === undefined ? {} : { ...options.tls.settings(), OFFHOOK_TLS_PORT: String(ports.tls) }),
    ...options.env,
  }
  if (options.database !== 'embedded' && env.DATABASE_URL === undefined) {
    const database = await emptyDatabase()
    scope.add('database', () => database.close())
    env.DATABASE_URL = database.url
  }
  const service = new RunningService(options.viaNpm === true, env, scope, dataFolder, ports)
  scope.add('what is left', () => service.sweep())
  await service.start()
  return service
}

class RunningService implements Service {
  readonly url: string
  readonly token: string
  readonly sipPort: number
  readonly tlsPort: number
  readonly dataFolder: string
  readonly #viaNpm: boolean
  readonly #env: Record<string, string>
  readonly #scope: Scope
  #program: Program | undefined

  constructor(
    viaNpm: boolean,
    env: Record<string, string>,
    scope: Scope,
    dataFolder: string,
    ports: { http: number; sip: number; tls: number; rtp: number },
  ) {
    this.#viaNpm = viaNpm
    this.#env = env
    this.#scope = scope
    this.dataFolder = dataFolder
    this.url = `http://127.0.0.1:${ports.http}`
    this.sipPort = ports.sip
    this.tlsPort = ports.tls
    this.token = env.OFFHOOK_TOKEN ?? ''
  }

  get pid(): number {
    return this.#running().pid
  }

  async start(): Promise<void> {
    const [command, args] = this.#viaNpm
      ? ['npm', ['start']]
      : [process.execPath, [join(root, 'dist/src/cli/main.js'), 'start']]
    const options = { scope: this.#scope, cwd: root, env: this.#env, graceMs: 20_000 }
    const program = startProgram(command as string, args as string[], options)
    this.#program = program
    let over = false
    void program.exited.then(() => {
      over = true
    })
    const until = Date.now() + (this.#viaNpm ? 300_000 : 60_000)
    let last = 'nothing answered'
    while (Date.now() < until) {
      if (over) throw new Error(`The service ended before it was ready:\n${lastWords(this.log())}`)
      try {
        const { status, body } = await this.request('GET', '/readyz')
        if (status === 200) return
        last = `${status} ${JSON.stringify(body)}`
      } catch {
        // Not listening yet: the loop is the handling.
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    await program.end()
    throw new Error(`The service was not ready in time (/readyz: ${last}):\n${lastWords(this.log())}`)
  }

  async restart(): Promise<void> {
    await this.#running().end()
    await this.start()
  }

  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ApiReply> {
    const reply = await fetch(path.startsWith('http') ? path : `${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const type = reply.headers.get('content-type') ?? ''
    const bytes = Buffer.from(await reply.arrayBuffer())
    const parsed: unknown = /json/.test(type) && bytes.length > 0 ? JSON.parse(bytes.toString('utf8')) : bytes
    return { status: reply.status, headers: reply.headers, body: parsed }
  }

  async api<T>(method: string, path: string, body?: unknown): Promise<T> {
    const reply = await this.request(method, path, body)
    if (reply.status < 200 || reply.status > 299)
      throw new Error(`${method} ${path} was answered ${reply.status}: ${JSON.stringify(reply.body, null, 2)}`)
    return reply.body as T
  }

  async until<T>(path: string, test: (body: T) => boolean, timeoutMs = 10_000): Promise<T> {
    const limit = Date.now() + timeoutMs
    for (;;) {
      const body = await this.api<T>('GET', path)
      if (test(body)) return body
      if (Date.now() > limit)
        throw new Error(
          `${path} did not become what was waited for in ${timeoutMs} ms:\n${JSON.stringify(body, null, 2)}`,
        )
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  log(): string {
    return this.#program?.output() ?? ''
  }

  logged(pattern: RegExp, timeoutMs = 10_000): Promise<RegExpExecArray> {
    return this.#running().wrote(pattern, timeoutMs)
  }

  async stop(): Promise<ProgramExit> {
    const exit = await this.#running().end()
    const left = await this.leftovers()
    if (left.length > 0)
      throw new Error(`The service left behind:\n${left.join('\n')}\nIts last words:\n${lastWords(this.log())}`)
    return exit
  }

  async kill9(): Promise<void> {
    const program = this.#running()
    program.kill('SIGKILL')
    await program.exited
  }

  async leftovers(): Promise<string[]> {
    const left = processesOf(this.dataFolder).map(({ pid, command }) => `process ${pid}: ${command}`)
    const httpPort = Number(new URL(this.url).port)
    // Not the range for audio: others on the machine take ports of it, and what is held there by us has its process named above.
    const ports = [httpPort, this.sipPort, ...(this.tlsPort === 0 ? [] : [this.tlsPort])]
    for (const port of ports) if (!(await isFree(port))) left.push(`port ${port}`)
    return left
  }

  /** A service that was killed leaves its database's server running, for the next start to find. */
  async sweep(): Promise<void> {
    await this.#program?.end()
    for (const { pid } of processesOf(this.dataFolder).filter(({ command }) => command.includes(' -D ')))
      process.kill(pid, 'SIGQUIT')
  }

  #running(): Program {
    if (this.#program === undefined) throw new Error('The service was not started')
    return this.#program
  }
}

/** Processes that name the folder on their command line or work in it, our own aside. */
function processesOf(folder: string): { pid: number; command: string }[] {
  if (!existsSync('/proc/self')) return []
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
        const inside = readlinkSync(`/proc/${name}/cwd`).startsWith(folder)
        return inside || command.includes(folder) ? [{ pid: Number(name), command }] : []
      } catch {
        // It ended while we looked, or belongs to somebody else.
        return []
      }
    })
}
