import type { CallId, RecordingId } from '../../phone/id.ts'
import type { Block } from './block.ts'

export type LegStatus = 'answered' | 'unanswered' | 'busy' | 'failed' | 'ongoing'

/** What a block found out. `answer` is the pseudo block of a call that comes in. */
export type BlockResult =
  | { readonly block: 'answer' | Exclude<Block['kind'], 'dial' | 'gather' | 'record' | 'monitor' | 'transfer'> }
  | { readonly block: 'dial'; readonly status: LegStatus; readonly dest: string }
  | { readonly block: 'gather'; readonly digits?: string }
  /** Without a recording where the caller was gone before a sample was heard, or where it is announced later. */
  | { readonly block: 'record' | 'monitor'; readonly recordUrl?: string }
  | { readonly block: 'transfer'; readonly status?: LegStatus; readonly dest: string; readonly room?: string }

export interface EndedFacts {
  /** Milliseconds since 1970. */
  readonly at: number
  /** From the answer to the end; 0 for a call that was never answered. */
  readonly seconds: number
}

/** One message to the application that drives a session. */
export interface Notice {
  readonly session: string
  readonly txnRef: string
  readonly result: BlockResult
  readonly state: 'ringing' | 'ongoing' | 'ended'
  readonly tag?: string
  /** Of a call that came in, or has ended: E.164, an extension, a SIP URI, or `anonymous`. */
  readonly from?: string
  readonly to?: string
  /** Only of a call that has ended. */
  readonly ended?: EndedFacts
}

/** What is told of the end of a call by whoever lives to see it. */
export interface PendingNotice {
  readonly url: string
  /** Without what only the end brings: the recording's address, and whether the two talked. */
  readonly notice: Notice
  /** Whose address goes with it, where something of it is on disk. */
  readonly recording?: RecordingId
}

/** Who is asked what is to become of a call. */
export interface OfferUrls {
  readonly url: string
  readonly fallbackUrl?: string
}

/** Takes notices to applications. Those of one session arrive at a URL in the order in which they were sent. */
export interface Notifier {
  /** Resolves when the notice is kept for delivery; a receiver that is down or slow never holds up a call. */
  send(url: string, notice: Notice): Promise<void>
  /**
   * As `send`, with a second URL where the first fails.
   * @param tried told how a try of both came out; true where it wants to hear of the next, too
   */
  offer(urls: OfferUrls, notice: Notice, tried: (delivered: boolean) => boolean): Promise<void>
  /**
   * Keeps what is told where the service is killed before `conclude`, in place of what was kept so before.
   * @param id the call, or a recording of it that is told by itself
   */
  keep(id: CallId | RecordingId, call: CallId, pending: PendingNotice): Promise<void>
  /** As `send`, where somebody is to be told; what was kept is forgotten together with it. */
  conclude(id: CallId | RecordingId, url: string | undefined, notice: Notice): Promise<void>
  forget(id: CallId | RecordingId): Promise<void>
}
