import { isIPv6 } from 'node:net'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { Scope } from '../../base/scope.ts'
import type { Flow, SipRequest } from '../message/message.ts'
import type { StreamLimits } from './connection.ts'
import { LocalAddresses } from './local-address.ts'
import { responseFlow } from './received.ts'
import { openTcp, TcpTransport } from './tcp.ts'
import type { TlsSettings } from './tls.ts'
import { type Accept, type Destination, type Transport, TransportError, type TransportHandlers } from './transport.ts'
import { openUdp } from './udp.ts'

export interface TransportsOptions {
  /** Numeric; `0.0.0.0` and `::` mean every address of that family. */
  readonly address: string
  /** One number for UDP and TCP. 0: one that is free for both. */
  readonly port: number
  /** Default both. */
  readonly transports?: readonly ('UDP' | 'TCP')[]
  readonly clock: Clock
  readonly scope: Scope
  readonly log: Logger
  readonly accept?: Accept
  readonly streams?: Partial<StreamLimits>
  /** Opens TLS too, on a port of its own; 0: one that is free. Without a certificate it is for connections that we make. */
  readonly tls?: TlsSettings & { readonly port: number }
}

/** How often a free number is looked for that both UDP and TCP can have. */
const portTries = 20

/**
 * Opens UDP and TCP on one address and one port, and TLS where it is given; WebSocket will be here, too.
 * @throws TransportError that names the port, e.g. with code `EADDRINUSE`; nothing stays open then
 */
export async function openTransports(options: TransportsOptions): Promise<TransportSet> {
  const addresses = await LocalAddresses.probe(options.clock)
  for (let tries = 1; ; tries++) {
    const scope = options.scope.child('transports')
    try {
      return await openOnce(options, scope, addresses)
    } catch (error) {
      await scope.close()
      const taken = error instanceof TransportError && error.code === 'EADDRINUSE'
      if (options.port !== 0 || !taken || tries === portTries) throw error
    }
  }
}

async function openOnce(options: TransportsOptions, scope: Scope, addresses: LocalAddresses): Promise<TransportSet> {
  const { address, clock, log, accept } = options
  const family = isIPv6(address) ? 6 : 4
  const set = new TransportSet(log)
  const handlers = set.handlers
  const common = { address, family, scope, log, handlers, ...(accept ? { accept } : {}) } as const
  let { port } = options
  for (const name of options.transports ?? (['UDP', 'TCP'] as const)) {
    const transport =
      name === 'UDP'
        ? await openUdp({ ...common, port, localAddress: (remote) => addresses.towards(remote) })
        : await openTcp({ ...common, port, clock, ...(options.streams ? { limits: options.streams } : {}) })
    port = transport.localPort
    set.add(transport)
  }
  if (options.tls !== undefined) {
    const { port: tlsPort, ...tls } = options.tls
    const limits = options.streams ? { limits: options.streams } : {}
    set.add(await openTcp({ ...common, port: tlsPort, clock, tls, ...limits }))
  }
  return set
}

/** All doors to the network: chooses the one that fits. */
export class TransportSet {
  readonly #log: Logger
  readonly #transports: Transport[] = []
  #handlers: TransportHandlers | undefined

  constructor(log: Logger) {
    this.#log = log
  }

  /** What the transports of this set call. */
  readonly handlers: TransportHandlers = {
    message: (message, flow, raw) => this.#handlers?.message(message, flow, raw),
    fault: (fault, flow, raw) => this.#handlers?.fault(fault, flow, raw),
    closed: (flow) => this.#handlers?.closed?.(flow),
  }

  get all(): readonly Transport[] {
    return this.#transports
  }

  add(transport: Transport): void {
    this.#transports.push(transport)
    const { name, localAddress: address, localPort: port } = transport
    this.#log.debug({ transport: name, address, port }, 'a SIP transport is open')
  }

  /** What comes in before this is dropped; the last call counts. */
  listen(handlers: TransportHandlers): void {
    this.#handlers = handlers
  }

  /** Whether a transport of that kind reaches that address. */
  serves(destination: Pick<Destination, 'transport' | 'address'>): boolean {
    return this.#find(destination) !== undefined
  }

  /** The port that phones find TLS at; `undefined` where it is not listened on. */
  get tlsPort(): number | undefined {
    const found = this.#transports.find((one) => one.name === 'TLS')
    return found instanceof TcpTransport && found.listening ? found.localPort : undefined
  }

  /** New connections show and trust what these say. @throws Error where they are no use; what was before stays then */
  renewTls(settings: TlsSettings): void {
    for (const one of this.#transports) if (one instanceof TcpTransport) one.renewTls(settings)
  }

  async connect(destination: Destination): Promise<Flow> {
    const transport = this.#find(destination)
    if (transport === undefined)
      throw new TransportError(
        'ENOTRANSPORT',
        `there is no ${destination.transport} transport to ${destination.address}`,
      )
    return transport.connect(destination)
  }

  async send(flow: Flow, bytes: Buffer): Promise<void> {
    const transport = this.#transports.find(
      (one) =>
        one.name === flow.transport &&
        one.localPort === flow.localPort &&
        one.family === (isIPv6(flow.remoteAddress) ? 6 : 4),
    )
    if (transport === undefined) throw new TransportError('ENOTRANSPORT', `there is no ${flow.transport} transport`)
    await transport.send(flow, bytes)
  }

  /**
   * Sends an answer on the way that RFC 3261 §18.2.2 asks for: a stream's own connection, and where that is gone a new
   * one to the address that the request came from and the port of its sent-by.
   * @param sending told of each flow before it is tried; @returns the flow that took it
   */
  async respond(request: SipRequest, flow: Flow, bytes: Buffer, sending: (to: Flow) => void): Promise<Flow> {
    const top = request.vias[0]
    if (top === undefined) throw new TransportError('EVIA', 'the request has no Via')
    const back = responseFlow(top, flow)
    sending(back)
    if (back.transport === 'UDP') {
      await this.send(back, bytes)
      return back
    }
    try {
      await this.send(back, bytes)
      return back
    } catch (error) {
      this.#log.debug(
        { err: error, remote: flow.remoteAddress },
        'the connection of a request is gone: trying a new one',
      )
      const { transport, remoteAddress: address } = flow
      const again = await this.connect({ transport, address, port: top.port ?? (transport === 'TLS' ? 5061 : 5060) })
      sending(again)
      await this.send(again, bytes)
      return again
    }
  }

  #find({ transport, address }: Pick<Destination, 'transport' | 'address'>): Transport | undefined {
    const family = isIPv6(address) ? 6 : 4
    return this.#transports.find((one) => one.name === transport && one.family === family)
  }
}
