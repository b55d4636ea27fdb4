import type { Dialog } from '../dialog/dialog.ts'
import type { HeaderEntries } from '../message/headers.ts'
import type { Flow, NameAddr, SipRequest } from '../message/message.ts'
import type { SipUri, TelUri } from '../message/uri.ts'
import type { ReferTarget } from '../refer/refer-to.ts'
import type { ReferEnd } from '../refer/subscription.ts'
import type { LocalMedia, NegotiatedMedia } from '../sdp/media.ts'

/** How a session ended. `status`: the final response where it ended by one; `q850`: from a Reason header (RFC 3326). */
export interface SessionEnd {
  readonly by: 'local' | 'remote' | 'network'
  readonly how: 'bye' | 'cancel' | 'rejected' | 'no_response' | 'no_ack' | 'transport' | 'incompatible_media'
  readonly status?: number
  readonly q850?: number
  /** Seconds, of Retry-After. */
  readonly retryAfter?: number
  /** Where a 3xx sends us that was not followed, best first. */
  readonly contacts?: readonly (SipUri | TelUri)[]
  /** Values of its Contact that cannot be called. Untrusted. */
  readonly unusable?: readonly string[]
  /** The other side's words: the reason phrase, or the text of its Reason header. Untrusted. */
  readonly text?: string
}

/** What a session tells its user, in order, on the main thread; nothing comes after `ended`, which comes once. */
export interface SessionHandlers {
  /** Agreed first or anew: the answer came, or a re-INVITE of the other side (hold, new address) was answered. */
  media(media: NegotiatedMedia): void
  /** A key by INFO (application/dtmf-relay, application/dtmf). */
  digit(key: string, ms: number): void
  /** The other side wants us to call somebody (RFC 3515). Without it REFER is answered 603. */
  refer?(refer: IncomingRefer): void
  ended(end: SessionEnd): void
}

/** A REFER that came in a session; it is owed `accept` or `reject`. */
export interface IncomingRefer extends ReferTarget {
  readonly request: SipRequest
  readonly referredBy?: NameAddr
  /** 202, and the other side is told 100. */
  accept(): void
  /** How the call goes: 1xx as often as wanted, then once what it was answered. Nothing is sent once the session is over. */
  notify(status: number): void
  /** @param status 300 to 699 */
  reject(status: number): void
}

export interface ReferOptions {
  /** URI, SIP or tel, that the other side is to call. */
  readonly to: string
  /** A session of ours whose other side is `to`: the new call takes its place there (RFC 3891). */
  readonly replaces?: Session
  /** URI of who asks. */
  readonly referredBy?: string
  /** 1xx of the other side's call. */
  readonly progress?: (status: number) => void
}

/** One dialog of INVITE, from either side. Offer and answer are kept inside; a user says where its media is. */
export interface Session {
  readonly callId: string
  readonly remote: NameAddr
  readonly flow: Flow
  /** Absent until the other side gave its tag. */
  readonly dialog: Pick<Dialog, 'state' | 'role' | 'localTag' | 'remoteTag'> | undefined
  handlers: SessionHandlers
  /** BYE on a session that is up; CANCEL or a refusal on one that is not. Idempotent. */
  hangup(o?: { readonly q850?: number; readonly text?: string }): void
  /**
   * Offers anew: another direction (hold: `sendonly` or `inactive`), or another place. Resolves when it is answered. Before the call is up,
   * by UPDATE (RFC 3311), once a provisional answer that is acknowledged has settled the first offer; rejects before that.
   */
  reoffer(o: {
    readonly media?: LocalMedia
    readonly direction?: 'sendrecv' | 'sendonly' | 'inactive'
  }): Promise<NegotiatedMedia>
  /** Sends a key by INFO (application/dtmf-relay), for a side that takes no telephone-event. */
  info(key: string, ms: number): Promise<void>
  /** Asks the other side to call somebody, and waits for how that went. Rejects where the session is not up. @throws TypeError that names the bad field */
  refer(o: ReferOptions): Promise<ReferEnd>
}

/** An INVITE that came in. Until it is accepted or rejected the user owes it an answer; 100 was sent. */
export interface ServerSession extends Session {
  readonly request: SipRequest
  /** Answers 488 at once where the offer leaves nothing in common with this media, and says why. */
  refuseUnfit(media: LocalMedia): string | undefined
  /** 180. */
  ring(): void
  /** 183 with our answer, so that the caller hears us before the call is answered. */
  progress(media: LocalMedia): void
  /** 200. `handlers.media` tells what was agreed before this returns, or when the ACK brings the answer. No codec in common: 488 goes out and `ended` follows. */
  accept(media: LocalMedia): void
  /** @param headers further header fields, e.g. `Retry-After`, or several `WWW-Authenticate` */
  reject(status: number, reason?: string, headers?: HeaderEntries): void
}

export interface ClientSessionHandlers extends SessionHandlers {
  /** 100: somebody is there. */
  trying?(): void
  /** 1xx other than 100; `early` when it brought an answer. */
  provisional(status: number, early?: NegotiatedMedia): void
  /** 2xx, after `media`. The ACK is on its way. A refusal or time-out is told by `ended`. */
  accepted(): void
}

/** An INVITE that we sent. */
export interface ClientSession extends Session {
  handlers: ClientSessionHandlers
}
