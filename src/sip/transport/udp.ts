import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import type { Logger } from '../../base/log.ts'
import type { Scope } from '../../base/scope.ts'
import type { Flow } from '../message/message.ts'
import { parseMessage, skipBlank } from '../message/parse.ts'
import { bindError } from './bind-error.ts'
import { markReceived } from './received.ts'
import { type Accept, type Destination, type Transport, TransportError, type TransportHandlers } from './transport.ts'

export interface UdpOptions {
  readonly address: string
  /** 0: one that is free. */
  readonly port: number
  readonly family: 4 | 6
  readonly scope: Scope
  readonly log: Logger
  readonly handlers: TransportHandlers
  readonly accept?: Accept
  /** Which of our addresses the peer sees; asked where the socket is bound to all. */
  localAddress(remote: string): string
}

/** A burst of requests must not be lost while the main thread is busy; the kernel may give less. */
const receiveBuffer = 1 << 20

export async function openUdp(options: UdpOptions): Promise<Transport> {
  const socket = createSocket({
    type: options.family === 6 ? 'udp6' : 'udp4',
    ipv6Only: options.family === 6,
    recvBufferSize: receiveBuffer,
  })
  await bind(socket, options.address, options.port)
  const { address, port } = socket.address()
  const transport = new UdpTransport(socket, address, port, options)
  options.scope.add(`UDP ${address}:${port}`, () => transport.close())
  return transport
}

class UdpTransport implements Transport {
  readonly name = 'UDP'
  readonly reliable = false
  readonly family: 4 | 6
  readonly localAddress: string
  readonly localPort: number
  readonly #socket: Socket
  readonly #options: UdpOptions
  readonly #everywhere: boolean
  #closed = false

  constructor(socket: Socket, address: string, port: number, options: UdpOptions) {
    this.#socket = socket
    this.#options = options
    this.family = options.family
    this.localAddress = address
    this.localPort = port
    this.#everywhere = address === '0.0.0.0' || address === '::'
    socket.on('message', (bytes, remote) => this.#receive(bytes, remote))
    socket.on('error', (error) => options.log.error({ err: error, port }, 'the UDP socket reports an error'))
  }

  async connect({ address, port }: Destination): Promise<Flow> {
    return this.#flow(address, port)
  }

  send(flow: Flow, bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new TransportError('ECLOSED', 'the UDP socket is closed'))
      this.#socket.send(bytes, flow.remotePort, flow.remoteAddress, (error) => {
        if (!error) return resolve()
        const code = 'code' in error && typeof error.code === 'string' ? error.code : 'ESEND'
        reject(new TransportError(code, `cannot send to ${flow.remoteAddress} by UDP (${code})`, error))
      })
    })
  }

  close(): Promise<void> {
    this.#closed = true
    return new Promise((resolve) => this.#socket.close(() => resolve()))
  }

  #flow(remoteAddress: string, remotePort: number): Flow {
    const localAddress = this.#everywhere ? this.#options.localAddress(remoteAddress) : this.localAddress
    return { transport: 'UDP', localAddress, localPort: this.localPort, remoteAddress, remotePort }
  }

  #receive(bytes: Buffer, remote: RemoteInfo): void {
    const { accept, handlers, log } = this.#options
    if (accept !== undefined && !accept(remote.address)) return
    // A keep-alive: nothing but line ends, or the four zero bytes of some phones.
    if (skipBlank(bytes) === bytes.length || (bytes.length <= 4 && bytes.every((byte) => byte === 0))) return
    const flow = this.#flow(remote.address, remote.port)
    try {
      const result = parseMessage(bytes)
      switch (result.kind) {
        case 'request':
          handlers.message(markReceived(result, flow), flow, bytes)
          return
        case 'response':
          handlers.message(result, flow, bytes)
          return
        case 'fault': {
          const { request } = result
          handlers.fault(request ? { ...result, request: markReceived(request, flow) } : result, flow, bytes)
          return
        }
      }
    } catch (error) {
      log.error({ err: error, remote: remote.address }, 'a datagram could not be worked on')
    }
  }
}

function bind(socket: Socket, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      socket.close()
      reject(bindError('UDP', address, port, error))
    }
    socket.once('error', failed)
    socket.bind({ address, port, exclusive: true }, () => {
      socket.off('error', failed)
      resolve()
    })
  })
}
