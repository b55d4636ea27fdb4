import type { Flow, SipMessage, TransportName } from '../message/message.ts'
import type { ParseFault } from '../message/parse.ts'

/** Where a request may be sent: one address of a resolved URI. */
export interface Destination {
  readonly transport: TransportName
  /** Numeric, IPv6 without brackets. */
  readonly address: string
  readonly port: number
  /** The name that a TLS certificate must carry. */
  readonly serverName?: string
}

/** What a transport hands up. Requests have `received` and `rport` filled in already. */
export interface TransportHandlers {
  message(message: SipMessage, flow: Flow, raw: Buffer): void
  /** Bytes that are no usable message; a stream was closed for them where it cannot be read on. */
  fault(fault: ParseFault, flow: Flow, raw: Buffer): void
  /** The stream is gone. Nothing more comes from it, nothing can be sent on it. */
  closed?(flow: Flow): void
}

/** Asked with the peer's address before anything of it is read: false drops the datagram or the connection. */
export type Accept = (address: string) => boolean

export interface Transport {
  readonly name: TransportName
  /** TCP and what stands on it: no retransmission by the transaction layer. */
  readonly reliable: boolean
  readonly family: 4 | 6
  readonly localAddress: string
  readonly localPort: number
  /** The flow to a destination: at once for UDP; for streams an open connection is used again, or a new one made. */
  connect(destination: Destination): Promise<Flow>
  /** Rejects with a `TransportError` when the bytes cannot be sent on that flow. */
  send(flow: Flow, bytes: Buffer): Promise<void>
}

/** Why something could not be sent or bound; `code` is the system's, or our own where there is none. */
export class TransportError extends Error {
  readonly code: string
  /** Whose port could not be bound. */
  readonly transport: TransportName | undefined

  constructor(code: string, message: string, cause?: unknown, transport?: TransportName) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'TransportError'
    this.code = code
    this.transport = transport
  }
}
