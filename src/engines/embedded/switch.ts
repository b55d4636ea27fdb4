import type { CallerSays } from '../../phone/call.ts'
import type { Codec, Lacks } from '../../phone/engine.ts'
import type { HeaderEntries } from '../../sip/message/headers.ts'
import type { LocalMedia } from '../../sip/sdp/media.ts'
import type { ClientSessionHandlers } from '../../sip/user-agent/session.ts'
import type { Offered } from './inner-sessions.ts'
import type { Leg, Near } from './leg.ts'

/**
 * Another program that carries calls for us, beside our own SIP. It signals; the audio of each of its calls comes to our media plane, so
 * that every block works on them as on any call, and two of them are bridged here.
 */
export interface Switch {
  /** Of the URIs that lead to it, lower case: `asterisk` of `asterisk:PJSIP/{number}@carrier`. */
  readonly scheme: string
  /** Where it is, for the story of its calls. */
  readonly place: string
  /** What its calls do not do that others do. */
  readonly lacks: Lacks
  /** Why no call can be placed by it now. */
  away(): string | undefined
  /** @param arrive is given every call that comes in. Resolves whether or not the switch is there: it is tried again and again. */
  start(arrive: (arrived: Arrived) => void): Promise<void>
  /** Opens a stream and calls. Rejects with a sentence where that cannot be. */
  dial(o: SwitchDial): Promise<Leg>
  /** What is held for its calls; 0 where none is up. */
  readonly size: number
}

export interface SwitchDial {
  /** What stands behind the scheme, as the operator wrote it, with the number in its place. */
  readonly target: string
  readonly caller: { readonly number: string; readonly name?: string }
  /** What the far end is offered, and nothing else; what the switch has for it unless given. */
  readonly codecs?: readonly Codec[]
  /** Names begin with `X-`. */
  readonly headers: HeaderEntries
  readonly near?: Near
  /** Awaited when all is ready but the call; what it resolves with is called once that has left. */
  readonly ready?: () => Promise<() => void>
  handlers(leg: Leg): ClientSessionHandlers
}

/** A call that came in by a switch: its stream is open, nothing was answered yet. */
export interface Arrived {
  readonly leg: Leg
  readonly session: Offered
  readonly media: LocalMedia
  /** As the switch has them; '' where it knows none. */
  readonly caller: { readonly number: string; readonly name: string }
  readonly called: string
  readonly divertedFrom: string
  readonly headers: CallerSays['headers']
  /** The name of the trunk that it belongs to, where the switch says so. */
  readonly trunk: string
}
