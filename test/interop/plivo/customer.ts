import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, request as forward } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Scope } from '../../../src/base/scope.ts'
import { toolPath } from '../../setup/tools.ts'

/** The host that the official client has in its code. */
const host = 'api.plivo.com'

export interface Asked {
  readonly asked: string
  readonly method: string
  /** What the client's own validators make of the signatures. */
  readonly v2: boolean
  readonly v3: boolean
  readonly params: Readonly<Record<string, string>>
}

interface Line extends Partial<Asked> {
  readonly ready?: string
  readonly id?: number
  readonly result?: unknown
  readonly error?: string
  readonly said?: unknown
}

/** A process that runs a customer's program with the unmodified official client, which believes that it talks with its own service. */
export class Customer {
  readonly asked: Asked[] = []
  readonly #child: ChildProcess
  readonly #waiting = new Set<() => void>()
  readonly #answers = new Map<number, Line>()
  #next = 0

  private constructor(child: ChildProcess) {
    this.#child = child
    createInterface({ input: child.stdio[3] as Readable }).on('line', (line) => this.#heard(JSON.parse(line) as Line))
  }

  /** @param target the base URL of the service under test */
  static async start(
    scope: Scope,
    target: string,
    login: { readonly id: string; readonly token: string },
  ): Promise<Customer> {
    const folder = mkdtempSync(join(tmpdir(), 'offhook-authority-'))
    scope.add('certificates', () => rmSync(folder, { recursive: true, force: true }))
    const authority = certify(folder)
    const proxy = await startProxy(scope, target, authority)
    const child = spawn(process.execPath, [fileURLToPath(new URL('program.mjs', import.meta.url))], {
      stdio: ['pipe', 'ignore', 'inherit', 'pipe'],
      env: {
        PATH: process.env.PATH,
        PLIVO_AUTH_ID: login.id,
        PLIVO_AUTH_TOKEN: login.token,
        HTTPS_PROXY_URL: proxy,
        NODE_EXTRA_CA_CERTS: authority.ca,
        NODE_OPTIONS: '--no-deprecation',
      },
    })
    scope.add('program', () => void child.kill('SIGKILL'))
    const customer = new Customer(child)
    await customer.#until(() => customer.#ready)
    return customer
  }

  #ready = false

  /** What the program's function of this name gives. */
  async do<T = Record<string, unknown>>(command: string, given: object = {}): Promise<T> {
    const id = ++this.#next
    this.#child.stdin!.write(`${JSON.stringify({ id, command, with: given })}\n`)
    await this.#until(() => this.#answers.has(id))
    const answer = this.#answers.get(id)
    if (answer?.error !== undefined) throw new Error(`${command}: ${answer.error} ${JSON.stringify(answer.said)}`)
    return answer?.result as T
  }

  /** Waits until this path was asked with such parameters. */
  async askedFor(path: string, test: (params: Asked['params']) => boolean = () => true): Promise<Asked> {
    const find = (): Asked | undefined => this.asked.find(({ asked, params }) => asked === path && test(params))
    await this.#until(() => find() !== undefined)
    return find()!
  }

  #heard(line: Line): void {
    if (line.ready !== undefined) this.#ready = true
    if (line.asked !== undefined) this.asked.push(line as Asked)
    if (line.id !== undefined) this.#answers.set(line.id, line)
    for (const look of [...this.#waiting]) look()
  }

  #until(test: () => boolean, ms = 30_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!test()) return
        clearTimeout(timer)
        this.#waiting.delete(look)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(look)
        reject(new Error(`the program did not come to it; it was asked ${JSON.stringify(this.asked)}`))
      }, ms)
      this.#waiting.add(look)
      look()
    })
  }
}

interface Authority {
  /** Path of its certificate. */
  readonly ca: string
  readonly key: Buffer
  readonly cert: Buffer
}

/** A certificate authority of our own, and the host's certificate by it. */
function certify(folder: string): Authority {
  const at = (name: string): string => join(folder, name)
  const openssl = (...args: string[]): void => void execFileSync(toolPath('openssl')!, args, { stdio: 'pipe' })
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  openssl(
    'req',
    '-x509',
    ...fresh,
    '-days',
    '2',
    '-subj',
    '/CN=Test Authority',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.crt'),
  )
  openssl(
    'req',
    ...fresh,
    '-subj',
    `/CN=${host}`,
    '-addext',
    `subjectAltName=DNS:${host}`,
    '-keyout',
    at('key'),
    '-out',
    at('csr'),
  )
  openssl(
    'x509',
    '-req',
    '-in',
    at('csr'),
    '-CA',
    at('ca.crt'),
    '-CAkey',
    at('ca.key'),
    '-CAcreateserial',
    '-days',
    '2',
    '-copy_extensions',
    'copy',
    '-out',
    at('crt'),
  )
  return { ca: at('ca.crt'), key: readFileSync(at('key')), cert: readFileSync(at('crt')) }
}

/** A proxy for CONNECT that knows one host only, and that this host is the service under test. */
async function startProxy(scope: Scope, target: string, { key, cert }: Authority): Promise<string> {
  const inner = createTlsServer({ key, cert }, (request, reply) => {
    const onward = forward(
      `${target}${request.url}`,
      { method: request.method, headers: { ...request.headers, host: new URL(target).host } },
      (answer) => {
        reply.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(reply)
      },
    )
    onward.on('error', () => reply.writeHead(502).end())
    request.pipe(onward)
  })
  const outer = createServer()
  outer.on('connect', (request, socket) => {
    if (request.url !== `${host}:443`) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    inner.emit('connection', socket)
  })
  outer.listen(0, '127.0.0.1')
  await once(outer, 'listening')
  scope.add('proxy', () => {
    inner.closeAllConnections()
    outer.closeAllConnections()
    outer.close()
  })
  return `http://127.0.0.1:${(outer.address() as AddressInfo).port}`
}
