import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Scope } from '../../src/base/scope.ts'

export interface OfferedCall {
  /** User part of the Request-URI. */
  readonly to: string
  readonly from: string
  readonly callId: string
  /** Monotonic milliseconds. */
  readonly at: number
}

/** A carrier that refuses each call at once with the status that it is told, and notes every call that it was offered. */
export class Carrier {
  readonly port: number
  readonly calls: OfferedCall[] = []
  /** 486 unless told otherwise. */
  answer: (to: string) => number = () => 486
  readonly #socket: Socket
  readonly #seen = new Set<string>()
  readonly #watchers = new Set<() => void>()

  private constructor(socket: Socket) {
    this.#socket = socket
    this.port = socket.address().port
    socket.on('message', (bytes, from) => this.#take(bytes.toString('latin1'), from))
  }

  static async open(scope: Scope): Promise<Carrier> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    scope.add('carrier', () => void socket.close())
    return new Carrier(socket)
  }

  /** Resolves when it was offered so many. */
  offered(count: number, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (this.calls.length < count) return
        clearTimeout(timer)
        this.#watchers.delete(look)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#watchers.delete(look)
        reject(new Error(`It was offered ${this.calls.length} calls, not ${count}, within ${timeoutMs} ms`))
      }, timeoutMs)
      this.#watchers.add(look)
      look()
    })
  }

  #take(message: string, peer: AddressInfo | { address: string; port: number }): void {
    if (!message.startsWith('INVITE ')) return
    const header = (name: string): string => new RegExp(`^${name}: (.*)\r$`, 'im').exec(message)?.[1] ?? ''
    const [, to = ''] = /^INVITE sips?:([^@]*)@/.exec(message) ?? []
    const [, from = ''] = /sips?:([^@>]*)@/.exec(header('From')) ?? []
    const callId = header('Call-ID')
    // A retransmission has the branch of the first (RFC 3261 §17.1.1.2).
    const branch = /branch=([^;,\s]*)/.exec(header('Via'))?.[1] ?? ''
    if (!this.#seen.has(branch)) {
      this.#seen.add(branch)
      this.calls.push({ to, from, callId, at: performance.now() })
    }
    const status = this.answer(to)
    const reply = [
      `SIP/2.0 ${status} Refused`,
      ...[...message.matchAll(/^Via: .*\r$/gim)].map(([line]) => line.trimEnd()),
      `From: ${header('From')}`,
      `To: ${header('To')};tag=carrier`,
      `Call-ID: ${callId}`,
      `CSeq: ${header('CSeq')}`,
      'Content-Length: 0',
      ...['', ''],
    ].join('\r\n')
    this.#socket.send(reply, peer.port, peer.address)
    for (const look of [...this.#watchers]) look()
  }
}
