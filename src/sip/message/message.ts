import type { Uri } from './uri.ts'

/** The transports that we know by name; UDP, TCP and TLS are spoken. */
export type TransportName = 'UDP' | 'TCP' | 'TLS' | 'WS' | 'WSS'

/** Header fields in the order in which they came. Names are compared without case, compact forms are known. */
export interface Headers {
  /** The first line of that name, trimmed, a comma list unsplit; a folded line is joined by one space. */
  get(name: string): string | undefined
  /** Every value; comma lists of Via, Route, Record-Route, Contact, Path, Service-Route, Require, Supported, Allow, Unsupported are split (RFC 3261 §7.3.1). */
  all(name: string): readonly string[]
  has(name: string): boolean
  /** Name and value of every line, in order; known names in their usual spelling. */
  entries(): IterableIterator<readonly [name: string, value: string]>
}

/** `Display Name <uri>;params`, as in From, To, Contact, Route (RFC 3261 §20.10). Parameter names are in lower case; a quoted value keeps its quotes. */
export interface NameAddr {
  readonly displayName?: string
  readonly uri: Uri
  readonly params: ReadonlyMap<string, string>
}

export interface Via {
  /** Upper case; a `TransportName`, or in a lower Via whatever another hop spoke. */
  readonly transport: string
  /** Lower case; an IPv6 address without brackets. */
  readonly host: string
  readonly port?: number
  readonly branch?: string
  readonly params: ReadonlyMap<string, string>
}

export interface CSeq {
  readonly number: number
  readonly method: string
}

interface SipMessageBase {
  readonly headers: Headers
  /** Empty when there is none. */
  readonly body: Buffer
  readonly callId: string
  readonly from: NameAddr
  readonly to: NameAddr
  readonly cseq: CSeq
  /** Topmost first; never empty in a message that parsed, empty in a request that was not sent yet. */
  readonly vias: readonly Via[]
}

export interface SipRequest extends SipMessageBase {
  readonly kind: 'request'
  readonly method: string
  readonly uri: Uri
}

export interface SipResponse extends SipMessageBase {
  readonly kind: 'response'
  readonly status: number
  readonly reason: string
}

export type SipMessage = SipRequest | SipResponse

/** Where a message came from or goes to. `flow` names the connection or listening socket, so that an answer goes back on it. */
export interface Flow {
  readonly transport: TransportName
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
  /** Stream connections only: the connection's id. */
  readonly connection?: number
}
