import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Scope } from '../../src/base/scope.ts'
import { type RtpPeer, startRtpPeer } from './rtp-peer.ts'

export interface OfferedCall {
  /** User part of the Request-URI. */
  readonly to: string
  readonly from: string
  readonly callId: string
  /** Monotonic milliseconds. */
  readonly at: number
}

/** A carrier that refuses each call at once with the status that it is told, or answers it, and notes every call that it was offered. */
export class Carrier {
  readonly port: number
  readonly calls: OfferedCall[] = []
  /** What was heard in calls that were answered and are over, by who was called. */
  readonly heard = new Map<string, Int16Array[]>()
  /** Whether somebody is there who answers and listens; nobody unless told otherwise. */
  isThere: (to: string) => boolean = () => false
  /** 486 unless told otherwise. */
  answer: (to: string) => number = () => 486
  readonly #socket: Socket
  readonly #seen = new Set<string>()
  readonly #watchers = new Set<() => void>()
  readonly #scope: Scope
  /** By Call-ID. */
  readonly #talks = new Map<string, { readonly to: string; readonly peer: Promise<RtpPeer> }>()

  private constructor(socket: Socket, scope: Scope) {
    this.#socket = socket
    this.#scope = scope
    this.port = socket.address().port
    socket.on('message', (bytes, from) => void this.#take(bytes.toString('latin1'), from))
  }

  static async open(scope: Scope): Promise<Carrier> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    scope.add('carrier', () => void socket.close())
    return new Carrier(socket, scope)
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

  async #take(message: string, peer: AddressInfo | { address: string; port: number }): Promise<void> {
    const [, method = ''] = /^([A-Z]+) sips?:/.exec(message) ?? []
    if (method !== 'INVITE' && method !== 'BYE') return
    const header = (name: string): string => new RegExp(`^${name}: (.*)\r$`, 'im').exec(message)?.[1] ?? ''
    const callId = header('Call-ID')
    const [status, more] = method === 'BYE' ? await this.#bye(callId) : await this.#invite(message, header)
    const reply = [
      `SIP/2.0 ${status} ${status < 300 ? 'OK' : 'Refused'}`,
      ...[...message.matchAll(/^Via: .*\r$/gim)].map(([line]) => line.trimEnd()),
      `From: ${header('From')}`,
      method === 'BYE' ? `To: ${header('To')}` : `To: ${header('To')};tag=carrier`,
      `Call-ID: ${callId}`,
      `CSeq: ${header('CSeq')}`,
      ...more,
    ].join('\r\n')
    this.#socket.send(reply, peer.port, peer.address)
    for (const look of [...this.#watchers]) look()
  }

  /** @returns the status, and what follows the header lines that every reply has */
  async #invite(message: string, header: (name: string) => string): Promise<readonly [number, readonly string[]]> {
    const [, to = ''] = /^INVITE sips?:([^@]*)@/.exec(message) ?? []
    const [, from = ''] = /sips?:([^@>]*)@/.exec(header('From')) ?? []
    const callId = header('Call-ID')
    // A retransmission has the branch of the first (RFC 3261 §17.1.1.2).
    const branch = /branch=([^;,\s]*)/.exec(header('Via'))?.[1] ?? ''
    if (!this.#seen.has(branch)) {
      this.#seen.add(branch)
      this.calls.push({ to, from, callId, at: performance.now() })
      if (this.isThere(to)) this.#talks.set(callId, { to, peer: startRtpPeer(this.#scope) })
    }
    const talk = this.#talks.get(callId)
    if (talk === undefined) return [this.answer(to), nothing]
    const { port } = await talk.peer
    const body = [
      ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
      ...[`m=audio ${port} RTP/AVP 0`, 'a=rtpmap:0 PCMU/8000', ''],
    ].join('\r\n')
    const type = 'Content-Type: application/sdp'
    return [200, [`Contact: <sip:127.0.0.1:${this.port}>`, type, `Content-Length: ${body.length}`, '', body]]
  }

  async #bye(callId: string): Promise<readonly [number, readonly string[]]> {
    const talk = this.#talks.get(callId)
    if (talk !== undefined) {
      this.#talks.delete(callId)
      const peer = await talk.peer
      this.heard.set(talk.to, [...(this.heard.get(talk.to) ?? []), peer.heard()])
      await peer.close()
    }
    return [200, nothing]
  }
}

const nothing = ['Content-Length: 0', '', '']
