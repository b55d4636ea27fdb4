import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { Scope } from '../../base/scope.ts'
import type { DigestClient, Login } from '../auth/client.ts'
import type { Body } from '../message/build.ts'
import type { HeaderEntries } from '../message/headers.ts'
import type { HostPort } from '../message/host.ts'
import type { Flow, NameAddr, SipRequest, SipResponse, TransportName } from '../message/message.ts'
import type { Uri } from '../message/uri.ts'
import type { LocalMedia } from '../sdp/media.ts'
import type { TimerPolicy } from '../session-timer/terms.ts'
import type { ClientFailure, Target, TransactionLayer, TransactionUser } from '../transaction/layer.ts'
import type { Times } from '../transaction/timers.ts'
import type { Destination } from '../transport/transport.ts'
import type { RedirectPolicy } from './redirect.ts'
import type { ClientSessionHandlers, ServerSession, Session } from './session.ts'

export interface UserAgentOptions {
  /** Opens the transaction layer for this user agent; called once. */
  readonly layer: (user: TransactionUser) => TransactionLayer
  /** Addresses of a URI, in the order of preference; rejects with an error whose message is a sentence. */
  readonly resolve: (uri: Uri) => Promise<readonly Destination[]>
  readonly clock: Clock
  /** Closing it ends every session. */
  readonly scope: Scope
  readonly log: Logger
  /** 1800 s, and nothing under 90 s, unless given (RFC 4028). */
  readonly sessionTimer?: TimerPolicy
  /** RFC 3261 values unless given. */
  readonly times?: Times
  /** Value of User-Agent and Server, e.g. `Offhook/0.1`. */
  readonly name: string
  /** What stands in Contact towards that peer. */
  readonly advertise: (toward: Toward) => HostPort
  readonly handlers: UserAgentHandlers
}

export interface Toward {
  readonly transport: TransportName
  readonly remoteAddress: string
  readonly remotePort: number
}

/** Requests outside of dialogs. What has no handler is answered 405. A handler that throws or rejects is logged and answered 500. */
export interface UserAgentHandlers {
  /** An INVITE whose offer, if any, was read. Set `session.handlers` before this returns, or its events are lost; an end that came before is told when they are set. */
  invite?(session: ServerSession): void | Promise<void>
  /**
   * An INVITE with Replaces (RFC 3891) for a session of ours: `session` is the new call, to be accepted or rejected as in `invite`, and
   * `replaced` is to be hung up after. Without it the extension is not supported, and such an INVITE is a call like others.
   */
  replace?(session: ServerSession, replaced: Session): void | Promise<void>
  /** An INVITE that was admitted and refused before `invite`, for what is in its body. */
  refused?(request: SipRequest, fault: { readonly status: number; readonly sentence: string }): void | Promise<void>
  /**
   * Asked before `invite`, `message`, `register` and `options`: who may speak to us at all. It answers by itself where it returns `false`
   * (401, 403, or nothing at all).
   */
  admit?(incoming: IncomingRequest): boolean | Promise<boolean>
  register?(incoming: IncomingRequest): void | Promise<void>
  message?(incoming: IncomingRequest): void | Promise<void>
  /** 200 with Allow, Accept and Supported where absent. */
  options?(incoming: IncomingRequest): void | Promise<void>
  /** A stream is gone: nothing can be sent to who came by it. */
  flowClosed?(flow: Flow): void
}

export interface IncomingRequest {
  readonly request: SipRequest
  readonly flow: Flow
  /** Once; later calls do nothing. */
  reply(status: number, parts?: Reply): void
}

export interface Reply {
  readonly reason?: string
  readonly headers?: HeaderEntries
  readonly body?: Body
}

/** Where a request is sent in place of where its Request-URI points. */
export type Via =
  /** The flow of a registration or of a connection that is open. */
  | { readonly kind: 'flow'; readonly flow: Flow }
  /** A trunk or outbound proxy. */
  | { readonly kind: 'proxy'; readonly uri: string }
  /** As `UserAgent.locate` found it. */
  | { readonly kind: 'target'; readonly target: Target }

export interface InviteOptions {
  /** Request-URI. */
  readonly uri: string
  /** Without tag. */
  readonly from: NameAddr
  /** The Request-URI unless given. */
  readonly to?: NameAddr
  readonly via?: Via
  readonly login?: Login | undefined
  readonly media: LocalMedia
  /** `theirs`: the INVITE has no description, and what the other side offers in its answer is answered with `media`. Default `ours`. */
  readonly offer?: 'ours' | 'theirs'
  /** 70 unless given; a call that is passed on carries the caller's, less 1 (RFC 7332). */
  readonly maxForwards?: number
  readonly headers?: HeaderEntries
  /** Whether a 3xx is followed; without it one ends the call as `rejected`. Credentials are not shown to where it leads. */
  readonly redirects?: RedirectPolicy
  readonly handlers: ClientSessionHandlers
}

export interface RequestOptions {
  readonly method: string
  /** Request-URI. */
  readonly uri: string
  /** Without tag. */
  readonly from: NameAddr
  readonly to?: NameAddr
  readonly via?: Via
  readonly login?: Login | undefined
  readonly headers?: HeaderEntries
  readonly body?: Body
  /** Puts our Contact in, with that user and those parameters. */
  readonly contact?: { readonly user?: string; readonly params?: ReadonlyMap<string, string> }
  /** In place of `login`: keeps the challenge from one request to the next. */
  readonly digest?: DigestClient
  /** Same for all requests of one registration; new ones unless given. */
  readonly sequence?: { readonly callId: string; next(): number }
}

/** The final answer, or that none came. */
export type RequestEnd =
  | {
      readonly kind: 'response'
      readonly response: SipResponse
      readonly flow: Flow
      /** The one that was answered. */
      readonly request: SipRequest
    }
  | { readonly kind: 'failed'; readonly failure: RequestFailure }

export type RequestFailure =
  | ClientFailure
  /** The target has no address, or its URI cannot be used. */
  | { readonly kind: 'unresolved'; readonly status: 503; readonly sentence: string }

export interface UserAgentCounts {
  /** Sessions that have not ended. */
  readonly live: number
  /** With those that have: one of ours stays for answers of other branches, 64*T1 after its 2xx (RFC 6026 §7.2). */
  readonly sessions: number
  readonly dialogs: number
  readonly requests: number
  readonly transactions: { readonly client: number; readonly server: number; readonly timers: number }
}
