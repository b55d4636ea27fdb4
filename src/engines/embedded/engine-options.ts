import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { Scope } from '../../base/scope.ts'
import type { MediaPlane } from '../../media/plane.ts'
import type { Address } from '../../phone/address.ts'
import type { CallSource, TimelineEvent } from '../../phone/call.ts'
import type { CallId } from '../../phone/id.ts'
import type { Fetcher } from '../../phone/prompt.ts'
import type { Room, RoomEvent } from '../../phone/room.ts'
import type { DigestChoice } from '../../sip/auth/verifier.ts'
import type { Flow } from '../../sip/message/message.ts'
import type { TransportSet } from '../../sip/transport/transports.ts'
import type { IncomingRequest } from '../../sip/user-agent/options.ts'
import type { SpeechRecogniser } from '../../speech/index.ts'
import type { Directory } from './directory.ts'
import type { RefusedCall } from './front-door.ts'
import type { OwnAddress } from './own-address.ts'
import type { Speaker } from './prompts.ts'
import type { Contact } from './route.ts'
import type { Switch } from './switch.ts'

/** What the engine tells about calls, in order. `timeline` of a call may come before the call is handed up. */
export interface CallObserver {
  timeline(call: CallId, event: TimelineEvent): void
  /** A call that we place, before it is answered. */
  placed(call: { readonly id: CallId; readonly from: Address; readonly to: Address; readonly startedAt: number }): void
  refused(call: RefusedCall): void
  /** What happens in conferences. */
  room?(room: Room, event: RoomEvent): void
}

/** Requests that are no calls, already identified. */
export interface RequestHandlers {
  register(incoming: IncomingRequest, source: CallSource): Promise<void>
  message(incoming: IncomingRequest, source: CallSource): Promise<void>
  /** A stream is gone, and with it the way to the phones that registered by it. */
  flowClosed(flow: Flow): void
}

export interface EmbeddedEngineOptions {
  readonly clock: Clock
  readonly scope: Scope
  readonly log: Logger
  readonly directory: Directory
  readonly speaker: Speaker
  /** Of prompts that are URLs; without it they are refused. */
  readonly fetcher?: Fetcher
  /** Without it calls hear tones and silences, but no words. */
  readonly recogniser?: SpeechRecogniser
  readonly plane: MediaPlane
  readonly own: OwnAddress
  readonly transports: TransportSet
  /** The port that SIP listens on, for Contact. */
  readonly sipPort: number
  /** Where TLS is listened on. */
  readonly tlsPort?: number | undefined
  /** Named towards peers by TLS in place of our address. */
  readonly tlsName?: string | undefined
  readonly realm: string
  /** What challenges offer; MD5 alone unless given, as phones without SHA-256 give up where they see it. */
  readonly digest?: readonly DigestChoice[]
  readonly name: string
  readonly trusted: readonly string[]
  readonly country: string | undefined
  readonly observer: CallObserver
  readonly requests: RequestHandlers
  /** Why `by` may not have that one called on its behalf, by a transfer or a redirect; unless given, extensions may be. */
  mayRefer?(by: Address, to: Address): Promise<string | undefined>
  /** Why no INVITE goes to this address when a SIP URI leads there that a user wrote; unless given, it may go anywhere. */
  forbids?(address: string): string | undefined
  contacts(username: string): Promise<readonly Contact[]>
  /** After a call has ended its last messages still come; they are put into its story for so long. 1000 unless given. */
  readonly ladderTailMs?: number
  /** Carry calls beside our own SIP: those of trunks whose URI leads to them. */
  readonly switches?: readonly Switch[]
}
