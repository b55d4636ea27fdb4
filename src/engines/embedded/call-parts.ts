import type { Clock } from '../../base/clock.ts'
import type { Address } from '../../phone/address.ts'
import type { CallerSays, CallSource, TimelineEvent } from '../../phone/call.ts'
import type { CallId } from '../../phone/id.ts'
import type { Fetcher } from '../../phone/prompt.ts'
import type { LocalMedia } from '../../sip/sdp/media.ts'
import type { SpeechRecogniser } from '../../speech/index.ts'
import type { Offered } from './inner-sessions.ts'
import type { Leg } from './leg.ts'
import type { Speaker } from './prompts.ts'
import type { Dialer } from './ring.ts'
import type { Rooms } from './rooms.ts'

/** What a call is made of. `inbound` is the session that still waits for our answer. */
export interface CallParts {
  readonly id: CallId
  readonly source: CallSource
  readonly from: Address
  readonly to: Address
  readonly said?: CallerSays
  readonly leg: Leg
  readonly inbound?: { readonly session: Offered; readonly media: LocalMedia }
  /** Of one that we placed and that sends audio already: resolves when it answers. */
  readonly answer?: Promise<void>
  /** A party of another call that was handed over to `to`: it is up, and calls as one that came in. */
  readonly handedOver?: true
  /** Asked before it is hung up by the service: whether whoever handed the party over has it again. */
  takeBack?(): boolean
  readonly clock: Clock
  readonly speaker: Speaker
  readonly fetcher?: Fetcher
  readonly recogniser?: SpeechRecogniser
  readonly dialer: Dialer
  readonly rooms: Rooms
  /** What happened before the call was made: the signalling of a call that we placed. */
  readonly story?: readonly TimelineEvent[]
  /** When it was placed, milliseconds since 1970; now unless given. */
  readonly startedAt?: number
  onTimeline(call: CallId, event: TimelineEvent): void
}
