import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Scope } from '../../src/base/scope.ts'

export interface RawRequest {
  readonly method?: string
  /** Request-URI. */
  readonly uri: string
  /** Values of From and To; written as they are. */
  readonly from?: string
  readonly to?: string
  readonly callId: string
  readonly branch?: string
  readonly cseq?: number
  /** Whole header lines without line ends. */
  readonly headers?: readonly string[]
  readonly body?: string
  readonly contentType?: string
}

/** A UDP socket that writes SIP as it likes, valid or not, and keeps what it is answered. */
export class RawSip {
  readonly address: string
  readonly port: number
  readonly received: string[] = []
  readonly #socket: Socket
  readonly #server: number
  readonly #watchers = new Set<() => void>()

  private constructor(socket: Socket, server: number) {
    this.#socket = socket
    this.#server = server
    const { address, port } = socket.address()
    this.address = address
    this.port = port
    socket.on('message', (bytes) => {
      this.received.push(bytes.toString('latin1'))
      for (const look of [...this.#watchers]) look()
    })
  }

  /** @param server port of the service on 127.0.0.1 */
  static async open(scope: Scope, server: number, address = '127.0.0.1'): Promise<RawSip> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
    socket.bind(0, address)
    await once(socket, 'listening')
    scope.add(`raw SIP ${socket.address().port}`, () => void socket.close())
    return new RawSip(socket, server)
  }

  request(options: RawRequest): string {
    const { method = 'INVITE', uri, callId, cseq = 1, headers = [], body = '' } = options
    const self = `${this.address}:${this.port}`
    return [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${self};rport;branch=${options.branch ?? `z9hG4bK${callId}${cseq}`}`,
      'Max-Forwards: 70',
      `From: ${options.from ?? `<sip:stranger@${self}>;tag=${callId}`}`,
      `To: ${options.to ?? `<${uri}>`}`,
      `Call-ID: ${callId}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <sip:raw@${self}>`,
      ...headers,
      ...(body === '' ? [] : [`Content-Type: ${options.contentType ?? 'application/sdp'}`]),
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n')
  }

  send(bytes: string | Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const datagram = typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes
      this.#socket.send(datagram, this.#server, '127.0.0.1', (error) => (error ? reject(error) : resolve()))
    })
  }

  /** The first answer for which `test` holds, past or to come. */
  answer(test: (message: string) => boolean, timeoutMs = 5000): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.received.find(test)
        if (found === undefined) return
        clearTimeout(timer)
        this.#watchers.delete(look)
        resolve(found)
      }
      const timer = setTimeout(() => {
        this.#watchers.delete(look)
        reject(new Error(`No such answer came. What came last:\n${this.received.slice(-5).join('\n')}`))
      }, timeoutMs)
      this.#watchers.add(look)
      look()
    })
  }

  /** Sends a request; its final answer. */
  async ask(options: RawRequest, timeoutMs?: number): Promise<string> {
    const { method = 'INVITE', callId, cseq = 1 } = options
    await this.send(this.request(options))
    return this.answer(
      (m) =>
        !/^SIP\/2.0 1/.test(m) && m.includes(`Call-ID: ${callId}\r\n`) && m.includes(`CSeq: ${cseq} ${method}\r\n`),
      timeoutMs,
    )
  }
}

export const statusOf = (response: string): number => Number(/^SIP\/2.0 (\d{3})/.exec(response)?.[1] ?? 0)

export const headerOf = (message: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*?)\r$`, 'im').exec(message)?.[1]

/** Writes bytes into a TCP connection in the given pieces; what came back until the other side closed or `quietMs` passed. */
export function streamIn(port: number, pieces: readonly (string | Buffer)[], quietMs = 300): Promise<string> {
  return new Promise((resolve) => {
    let heard = ''
    const socket = connect(port, '127.0.0.1', () => {
      for (const piece of pieces) socket.write(piece)
    })
    socket.setTimeout(quietMs, () => socket.destroy())
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1')
    })
    // Being cut off is one of the answers.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve(heard))
  })
}

export const plainSdp = (port: number, host = '127.0.0.1'): string =>
  [
    'v=0',
    `o=- 1 1 IN IP4 ${host}`,
    's=-',
    `c=IN IP4 ${host}`,
    't=0 0',
    `m=audio ${port} RTP/AVP 0 8 101`,
    'a=rtpmap:101 telephone-event/8000',
    '',
  ].join('\r\n')
