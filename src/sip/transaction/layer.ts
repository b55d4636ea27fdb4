import type { HeaderEntries } from '../message/headers.ts'
import type { Flow, SipMessage, SipRequest, SipResponse } from '../message/message.ts'
import type { Destination } from '../transport/transport.ts'

/** How the transaction user (RFC 3261 §5: a user agent, a registrar) sees transactions. */
export interface TransactionLayer {
  /**
   * Sends a request, other than ACK, in a new client transaction. `request` comes from `buildRequest`, without Via:
   * the layer puts one on top, with a new branch for each target. Targets are tried in order (RFC 3263 §4.3): the
   * next one after a transport error, a time-out without any answer, or a 503. Handlers are never called before
   * this returned.
   */
  request(request: SipRequest, to: Target, handlers: ClientHandlers): ClientTransaction

  /**
   * Sends the ACK of a 2xx, which is a transaction of its own without an answer (§13.2.2.4): no retransmission.
   * Keep the request returned and pass it to `sendAgain` when the 2xx comes again.
   * @throws TransportError when no target takes it
   */
  sendAck(ack: SipRequest, to: Target): Promise<SentRequest>

  /** The same bytes on the same flow, e.g. an ACK for a retransmitted 2xx. */
  sendAgain(sent: SentRequest): Promise<void>

  /** Two line ends, so that NATs keep the flow (RFC 5626 §4.4.1). @throws TransportError when the flow is gone */
  ping(flow: Flow): Promise<void>

  /** What is going on at the moment; all zero when nothing is left behind. */
  counts(): TransactionCounts
}

/** Either a flow that is known to work (a registered contact behind NAT, a dialog's connection) or addresses in order. */
export type Target = { readonly flow: Flow } | { readonly destinations: readonly Destination[] }

export interface SentRequest {
  readonly request: SipRequest
  readonly flow: Flow
}

export interface TransactionCounts {
  readonly client: number
  readonly server: number
  readonly timers: number
}

export interface ClientHandlers {
  /**
   * Each answer that is not a retransmission. For an INVITE also every 2xx that comes again or from another branch of
   * a fork, for 64*T1 after the first one (RFC 6026 §7.2): each is to be ACKed. 100 is handed up too.
   */
  response(response: SipResponse, flow: Flow): void
  /** No final answer came and none will come. Called once, in place of a final answer. */
  failed(failure: ClientFailure): void
  /** The transaction is over; the last call. */
  ended?(): void
}

/** A failure is to be treated as if an answer with `status` had come (§8.1.3.1). */
export type ClientFailure =
  | { readonly kind: 'timeout'; readonly status: 408; readonly sentence: string }
  | { readonly kind: 'transport'; readonly status: 503; readonly sentence: string; readonly error: unknown }
  /** Cancelled before it was on the wire, or after and no final answer came in 64*T1 (§9.1). */
  | { readonly kind: 'cancelled'; readonly status: 487; readonly sentence: string }
  /** The layer was closed. */
  | { readonly kind: 'closed'; readonly status: 503; readonly sentence: string }

export interface ClientTransaction {
  /** As it was sent last, with our Via on top; before that as it was given. */
  readonly request: SipRequest
  /** Where it went; `undefined` until it was sent. */
  readonly flow: Flow | undefined
  /**
   * INVITE only: sends CANCEL as soon as §9.1 allows (after a provisional answer), or drops the request when it was
   * not sent yet. Does nothing after a final answer. The INVITE still ends by `response` (487, or a 2xx that
   * crossed: ACK and BYE it) or by `failed`. `headers` go into the CANCEL, e.g. Reason.
   */
  cancel(headers?: HeaderEntries): void
}

/** What comes in. All calls are made synchronously from the socket's event; a handler that throws is logged, and a request it left unanswered is answered 500. */
export interface TransactionUser {
  /** A new request that is neither ACK nor CANCEL. `flow` of the transaction is where it came from. */
  request(transaction: ServerTransaction): void
  /** An ACK for a 2xx: it matches no transaction, or an accepted one. To be matched to a dialog. */
  ack(ack: SipRequest, flow: Flow): void
  /** An answer that belongs to no transaction. To be dropped (RFC 6026 §8.9), or counted. */
  stray?(response: SipResponse, flow: Flow): void
  /** A stream is gone; bindings and dialogs that use it need another flow. */
  flowClosed?(flow: Flow): void
}

export interface ServerTransaction {
  readonly request: SipRequest
  readonly flow: Flow
  /** A fresh tag for To, the same for every answer of this transaction; a dialog uses it as its local tag. */
  readonly toTag: string
  /** The same request came by another path (§8.2.2.2): answer 482 unless you are able to work on both. */
  readonly merged: boolean
  /** The status sent last, 100 included. */
  readonly status: number | undefined
  /**
   * Sends an answer made by `buildResponse(transaction.request, …, { toTag: transaction.toTag })`. Provisional ones as
   * many as wanted, then one final; retransmission of finals other than 2xx is the layer's. An INVITE's 2xx may be
   * given again and again until its ACK comes (§13.3.1.4): doing so is the user's part. Anything else after a final
   * answer is dropped, with a log line. After `ended` nothing is sent.
   */
  respond(response: SipResponse): void
  /** Sets what is called; the last call counts. What happened before is told at once. */
  listen(handlers: ServerHandlers): void
}

export interface ServerHandlers {
  /** A CANCEL came, and was answered 200, while no final answer was given: answer 487 now (§9.2). INVITE only. */
  cancelled?(cancel: SipRequest): void
  /** The final answer did not get through: no ACK in 64*T1 after a failure answer, or the transport refused. */
  failed?(failure: ServerFailure): void
  ended?(): void
}

export type ServerFailure =
  | { readonly kind: 'no-ack'; readonly sentence: string }
  /** A non-INVITE request was not answered before its client gave up: the user's own omission. */
  | { readonly kind: 'no-answer'; readonly sentence: string }
  | { readonly kind: 'transport'; readonly sentence: string; readonly error: unknown }

/** One line of a ladder. */
export interface TraceEntry {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly direction: 'received' | 'sent'
  readonly flow: Flow
  readonly message: SipMessage
  /** The bytes as text, made when asked for. */
  raw(): string
}

export type Trace = (entry: TraceEntry) => void
