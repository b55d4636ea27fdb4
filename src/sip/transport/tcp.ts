import { connect, createServer, isIP, type Server, type Socket } from 'node:net'
import {
  createServer as createTlsServer,
  type SecureContext,
  type TLSSocket,
  type Server as TlsServer,
  connect as tlsConnect,
} from 'node:tls'
import type { Clock, Timer } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { Scope } from '../../base/scope.ts'
import type { Flow } from '../message/message.ts'
import { bindError } from './bind-error.ts'
import { Connection, defaultStreamLimits, type StreamLimits } from './connection.ts'
import { acceptable, certificateFault, clientContext, serverOptions, type TlsSettings } from './tls.ts'
import { type Accept, type Destination, type Transport, TransportError, type TransportHandlers } from './transport.ts'

export interface TcpOptions {
  readonly address: string
  /** 0: one that is free. */
  readonly port: number
  readonly family: 4 | 6
  readonly clock: Clock
  readonly scope: Scope
  readonly log: Logger
  readonly handlers: TransportHandlers
  readonly accept?: Accept
  readonly limits?: Partial<StreamLimits>
  /** Speaks TLS on it. */
  readonly tls?: TlsSettings
}

/** How often connections are looked at for silence. */
const sweepMs = 5_000

// Flows of all TCP transports of the process are told apart by it.
let lastConnection = 0

export async function openTcp(options: TcpOptions): Promise<TcpTransport> {
  const server = makeServer(options.tls)
  let bound = { address: options.address, port: options.port }
  if (server !== undefined) {
    await listen(server, options)
    const found = server.address()
    if (found === null || typeof found === 'string') throw new TransportError('EBIND', 'the server has no port')
    bound = found
  }
  const transport = new TcpTransport(server, bound.address, bound.port, options)
  options.scope.add(`${transport.name} ${bound.address}:${bound.port}`, () => transport.close())
  return transport
}

/** None without a certificate of our own: then we connect only. */
function makeServer(tls: TlsSettings | undefined): Server | undefined {
  if (tls === undefined) return createServer({ allowHalfOpen: false })
  return tls.cert === undefined ? undefined : createTlsServer(serverOptions(tls))
}

export class TcpTransport implements Transport {
  readonly name: 'TCP' | 'TLS'
  readonly reliable = true
  readonly family: 4 | 6
  readonly localAddress: string
  readonly localPort: number
  readonly #server: Server | undefined
  #tls: { readonly settings: TlsSettings; readonly client: SecureContext } | undefined
  readonly #options: TcpOptions
  readonly #limits: StreamLimits
  readonly #open = new Map<number, Connection>()
  /** The name that a connection of ours was checked for. */
  readonly #names = new Map<number, string | undefined>()
  readonly #opening = new Map<string, Promise<Connection>>()
  readonly #sockets = new Set<Socket>()
  readonly #perAddress = new Map<string, number>()
  #sweep: Timer
  #closed = false

  constructor(server: Server | undefined, address: string, port: number, options: TcpOptions) {
    this.#server = server
    this.#options = options
    const { tls } = options
    this.#tls = tls === undefined ? undefined : { settings: tls, client: clientContext(tls) }
    this.#limits = { ...defaultStreamLimits, ...options.limits }
    this.name = options.tls === undefined ? 'TCP' : 'TLS'
    this.family = options.family
    this.localAddress = address
    this.localPort = port
    if (server !== undefined) this.#take(server)
    this.#sweep = options.clock.after(sweepMs, () => this.#closeOverdue())
  }

  get listening(): boolean {
    return this.#server !== undefined
  }

  get connections(): number {
    return this.#open.size
  }

  async connect(destination: Destination): Promise<Flow> {
    const { address, port, serverName } = destination
    for (const { flow, usable } of this.#open.values()) {
      if (!usable || flow.remoteAddress !== address || flow.remotePort !== port) continue
      // What was shown for one name proves nothing about another.
      if (this.name === 'TCP' || this.#names.get(flow.connection ?? 0) === serverName) return flow
    }
    const key = `${address} ${port} ${serverName ?? ''}`
    let opening = this.#opening.get(key)
    if (opening === undefined) {
      opening = this.#dial(destination).finally(() => this.#opening.delete(key))
      this.#opening.set(key, opening)
    }
    return (await opening).flow
  }

  async send(flow: Flow, bytes: Buffer): Promise<void> {
    const connection = flow.connection === undefined ? undefined : this.#open.get(flow.connection)
    if (connection === undefined) throw new TransportError('ECLOSED', 'the connection is closed')
    await connection.send(bytes)
  }

  close(): Promise<void> {
    this.#closed = true
    this.#sweep.stop()
    const server = this.#server
    const done = new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())))
    for (const socket of this.#sockets) socket.destroy()
    return done
  }

  /** New connections show and trust what these say; those that are open go on. @throws Error where they are no use */
  renewTls(settings: TlsSettings): void {
    if (this.#tls === undefined) return
    const client = clientContext(settings)
    if (this.#server !== undefined) (this.#server as TlsServer).setSecureContext(serverOptions(settings))
    this.#tls = { settings, client }
  }

  #take(server: Server): void {
    const { log, port } = this.#options
    server.on('error', (error) => log.error({ err: error, port }, `the ${this.name} server reports an error`))
    if (this.#tls === undefined) {
      server.on('connection', (socket: Socket) => {
        if (this.#admit(socket)) this.#adopt(socket, false)
      })
      return
    }
    server.on('connection', (socket: Socket) => {
      if (!this.#admit(socket)) return
      // Until its handshake is done nothing else knows of it.
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    server.on('secureConnection', (socket: TLSSocket) => {
      const remote = socket.remoteAddress
      socket.on('error', (error) => log.debug({ err: error, remote }, 'a TLS connection broke'))
      if (acceptable(socket, this.#tls?.settings.clients)) return void this.#adopt(socket, false)
      log.warn({ remote, reason: socket.authorizationError }, 'a TLS connection was refused for its certificate')
      socket.destroy()
    })
    server.on('tlsClientError', (error: Error, socket: TLSSocket) =>
      log.debug({ err: error, remote: socket.remoteAddress }, 'a TLS handshake failed'),
    )
  }

  /** Whether a connection may go on; what may not is dropped. */
  #admit(socket: Socket): boolean {
    const address = socket.remoteAddress
    const { accept, log } = this.#options
    // Without a handler an error of a socket that is being dropped would end the process.
    socket.on('error', (error) => log.debug({ err: error, remote: address }, 'a TCP connection broke'))
    if (address === undefined || (accept !== undefined && !accept(address))) {
      socket.destroy()
      return false
    }
    const full = this.#sockets.size >= this.#limits.connections
    if (full || (this.#perAddress.get(address) ?? 0) >= this.#limits.connectionsPerAddress) {
      log.warn({ remote: address, open: this.#sockets.size }, 'a TCP connection was refused: too many are open')
      socket.destroy()
      return false
    }
    return true
  }

  #adopt(socket: Socket, outbound: boolean): Connection {
    const remoteAddress = socket.remoteAddress ?? ''
    const flow: Flow = {
      transport: this.name,
      localAddress: socket.localAddress ?? this.localAddress,
      // Requests on this connection are answered on it; new ones come to the listening port, which Via must name.
      localPort: this.localPort,
      remoteAddress,
      remotePort: socket.remotePort ?? 0,
      connection: ++lastConnection,
    }
    const { handlers, clock, log } = this.#options
    const guarded: TransportHandlers = {
      message: (message, from, raw) => {
        if (this.#options.accept?.(remoteAddress) === false) return void socket.destroy()
        handlers.message(message, from, raw)
      },
      fault: (fault, from, raw) => handlers.fault(fault, from, raw),
    }
    const now = (): number => clock.now()
    const failed = (error: unknown): void =>
      log.error({ err: error, remote: remoteAddress }, `what came by ${this.name} could not be worked on`)
    const connection = new Connection(socket, flow, { handlers: guarded, limits: this.#limits, outbound, now, failed })
    this.#open.set(lastConnection, connection)
    this.#sockets.add(socket)
    this.#count(remoteAddress, 1)
    socket.once('close', () => {
      this.#open.delete(flow.connection ?? 0)
      this.#names.delete(flow.connection ?? 0)
      this.#sockets.delete(socket)
      this.#count(remoteAddress, -1)
      if (this.#closed) return
      log.debug({ remote: remoteAddress, connection: flow.connection }, 'a TCP connection is closed')
      handlers.closed?.(flow)
    })
    return connection
  }

  #count(address: string, by: number): void {
    const count = (this.#perAddress.get(address) ?? 0) + by
    if (count > 0) this.#perAddress.set(address, count)
    else this.#perAddress.delete(address)
  }

  #dial({ address, port, serverName }: Destination): Promise<Connection> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new TransportError('ECLOSED', `the ${this.name} transport is closed`))
      if (this.#sockets.size >= this.#limits.connections)
        return reject(new TransportError('EMFILE', 'too many TCP connections are open'))
      const everywhere = this.localAddress === '0.0.0.0' || this.localAddress === '::'
      const tls = this.#tls
      const to = { host: address, port, ...(everywhere ? {} : { localAddress: this.localAddress }) }
      // Without a name the certificate must carry the address.
      const servername = serverName !== undefined && isIP(serverName) === 0 ? { servername: serverName } : {}
      const socket = tls === undefined ? connect(to) : tlsConnect({ ...to, ...servername, secureContext: tls.client })
      this.#sockets.add(socket)
      let code = 'ECLOSED'
      const limit = this.#options.clock.after(this.#limits.connectMs, () => {
        code = 'ETIMEDOUT'
        socket.destroy()
      })
      socket.on('error', (error) => {
        if ('code' in error && typeof error.code === 'string') code = error.code
        this.#options.log.debug({ err: error, remote: address }, 'a TCP connection broke')
      })
      const failed = (): void => {
        limit.stop()
        this.#sockets.delete(socket)
        const why = certificateFault(code)
        const because = why === undefined ? ` (${code})` : `: ${why}`
        reject(new TransportError(code, `cannot connect to ${address} port ${port} by ${this.name}${because}`))
      }
      socket.once('close', failed)
      socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
        limit.stop()
        socket.off('close', failed)
        const connection = this.#adopt(socket, true)
        this.#names.set(connection.flow.connection ?? 0, serverName)
        resolve(connection)
      })
    })
  }

  #closeOverdue(): void {
    for (const connection of this.#open.values()) if (connection.overdue()) connection.destroy()
    this.#sweep = this.#options.clock.after(sweepMs, () => this.#closeOverdue())
  }
}

function listen(server: Server, { address, port, family, tls }: TcpOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(bindError(tls === undefined ? 'TCP' : 'TLS', address, port, error))
    server.once('error', failed)
    server.listen({ host: address, port, ipv6Only: family === 6, exclusive: true }, () => {
      server.off('error', failed)
      resolve()
    })
  })
}
