import type { Socket } from 'node:net'
import type { Flow } from '../message/message.ts'
import { parseMessage } from '../message/parse.ts'
import { type Frame, Framer } from './framer.ts'
import { markReceived } from './received.ts'
import { TransportError, type TransportHandlers } from './transport.ts'

export interface StreamLimits {
  /** Connections open at once, those we made included. */
  readonly connections: number
  /** The same from one address. */
  readonly connectionsPerAddress: number
  /** How long a message that has begun may take to come whole, and a fresh connection to send its first one. */
  readonly messageMs: number
  /** Silence after which a connection is closed; longer than the longest usual registration (3,600 s). */
  readonly idleMs: number
  /** Bytes that may wait for a peer that does not read. */
  readonly unsentBytes: number
  readonly connectMs: number
}

export const defaultStreamLimits: StreamLimits = {
  connections: 2000,
  connectionsPerAddress: 200,
  messageMs: 30_000,
  idleMs: 3_900_000,
  unsentBytes: 1 << 20,
  connectMs: 5_000,
}

const crlf = Buffer.from('\r\n')

/** One stream: bytes in, messages up. Knows nothing of other connections. */
export class Connection {
  readonly flow: Flow
  readonly #socket: Socket
  readonly #framer = new Framer()
  readonly #handlers: TransportHandlers
  readonly #limits: StreamLimits
  readonly #now: () => number
  #heardAt: number
  /** When the message that is not whole yet began; also the time of opening until the first one is whole. */
  #waitingSince: number | undefined

  constructor(
    socket: Socket,
    flow: Flow,
    options: {
      readonly handlers: TransportHandlers
      readonly limits: StreamLimits
      /** We opened it: the peer may stay silent. */
      readonly outbound: boolean
      now(): number
      /** Working on what came failed in our own code. */
      failed(error: unknown): void
    },
  ) {
    this.flow = flow
    this.#socket = socket
    this.#handlers = options.handlers
    this.#limits = options.limits
    this.#now = options.now
    this.#heardAt = options.now()
    this.#waitingSince = options.outbound ? undefined : this.#heardAt
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 60_000)
    socket.on('data', (chunk) => {
      try {
        this.#receive(chunk)
      } catch (error) {
        options.failed(error)
        this.destroy()
      }
    })
  }

  get usable(): boolean {
    return !this.#socket.destroyed && this.#socket.writable
  }

  send(bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.usable) return reject(new TransportError('ECLOSED', 'the connection is closed'))
      this.#heardAt = this.#now()
      this.#socket.write(bytes, (error) => {
        if (error)
          reject(
            new TransportError('ESEND', `cannot send to ${this.flow.remoteAddress} by ${this.flow.transport}`, error),
          )
        else resolve()
      })
      if (this.#socket.writableLength > this.#limits.unsentBytes) this.destroy()
    })
  }

  /** Whether it has outstayed its welcome. */
  overdue(): boolean {
    const now = this.#now()
    if (this.#waitingSince !== undefined && now - this.#waitingSince > this.#limits.messageMs) return true
    return now - this.#heardAt > this.#limits.idleMs
  }

  /** What is written goes out, then the stream ends. */
  end(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #receive(chunk: Buffer): void {
    const now = this.#now()
    this.#heardAt = now
    const frames = this.#framer.push(chunk)
    if (this.#framer.pending === 0) this.#waitingSince = frames.length > 0 ? undefined : this.#waitingSince
    else if (frames.length > 0) this.#waitingSince = now
    else this.#waitingSince ??= now
    for (const frame of frames) {
      this.#take(frame)
      if (this.#socket.destroyed || this.#socket.writableEnded) return
    }
  }

  #take(frame: Frame): void {
    switch (frame.kind) {
      case 'ping':
        this.#socket.write(crlf)
        return
      case 'message':
        this.#message(frame.bytes)
        return
      case 'broken': {
        const result = parseMessage(frame.bytes)
        const request = result.kind === 'request' ? result : result.kind === 'fault' ? result.request : undefined
        const { status, sentence } = frame
        this.#handlers.fault(
          { kind: 'fault', status, sentence, ...(request ? { request: markReceived(request, this.flow) } : {}) },
          this.flow,
          frame.bytes,
        )
        this.end()
        return
      }
    }
  }

  #message(bytes: Buffer): void {
    const result = parseMessage(bytes)
    switch (result.kind) {
      case 'request':
        this.#handlers.message(markReceived(result, this.flow), this.flow, bytes)
        return
      case 'response':
        this.#handlers.message(result, this.flow, bytes)
        return
      case 'fault': {
        const { request } = result
        const fault = request ? { ...result, request: markReceived(request, this.flow) } : result
        this.#handlers.fault(fault, this.flow, bytes)
        // Nothing that can be answered: this is no SIP, and what follows will be none either.
        if (request === undefined || result.header === 'Content-Length') this.end()
        return
      }
    }
  }
}
