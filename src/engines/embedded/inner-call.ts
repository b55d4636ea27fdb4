import type { Logger } from '../../base/log.ts'
import type { MediaPlane } from '../../media/plane.ts'
import type { Address } from '../../phone/address.ts'
import type { CallerSays, CallSource } from '../../phone/call.ts'
import type { CallId } from '../../phone/id.ts'
import type { CallEnd } from '../../phone/reason.ts'
import type { HeaderEntries } from '../../sip/message/headers.ts'
import type { LocalMedia } from '../../sip/sdp/media.ts'
import type { ClientSessionHandlers } from '../../sip/user-agent/session.ts'
import type { EmbeddedCall } from './call.ts'
import { innerSessions, type Offered } from './inner-sessions.ts'
import { Leg, type Near } from './leg.ts'
import type { OwnAddress } from './own-address.ts'
import { fromHeader, preferring } from './place.ts'

export interface InnerCallOptions {
  readonly plane: MediaPlane
  readonly own: OwnAddress
  readonly log: Logger
  /** The call that rings the number. */
  readonly by: CallId
  /** Of the call that is made. */
  readonly id: CallId
  readonly from: Address
  /** E.164 of ours. */
  readonly number: string
  readonly headers: HeaderEntries
  /** Of the one who calls. */
  readonly near?: Near
  handlers(leg: Leg): ClientSessionHandlers
  make(parts: InnerParts): EmbeddedCall
  /** Hands the call up once the caller's leg is there. */
  begin(call: EmbeddedCall): void
}

/** What the call is made of that arrives at the number. */
export interface InnerParts {
  readonly id: CallId
  readonly source: CallSource
  readonly from: Address
  readonly to: Address
  readonly said: CallerSays
  readonly leg: Leg
  readonly inbound: { readonly session: Offered; readonly media: LocalMedia }
}

/**
 * Calls one of our own numbers as if from outside: a call of its own arrives, and its audio goes between two streams of this host.
 * @returns the leg of the one who calls
 */
export async function placeInner(o: InnerCallOptions): Promise<Leg> {
  const { plane, own, log, near, from, number } = o
  const bind = own.within()
  const to: Address = { kind: 'number', e164: number, raw: number }
  // Before anything is open: a caller id that is no URI is refused here.
  const parties = { caller: fromHeader(from, { uri: '' }, bind), called: fromHeader(to, { uri: '' }, bind) }
  const nearStream = await plane.open({ bind, ...(near === undefined ? {} : { near: near.stream }) })
  const farStream = await plane.open({ bind, near: nearStream }).catch(async (error: unknown) => {
    await nearStream.close()
    throw error
  })
  // A caller whose keys are sounds is heard by them at the other end, too.
  const telephoneEvent = near?.telephoneEvent !== false
  const media = (port: number): LocalMedia => ({
    ...{ address: bind, port, codecs: preferring(near?.codec), telephoneEvent },
  })
  const leg = new Leg(nearStream, log)
  const farLeg = new Leg(farStream, log)
  const farMedia = media(farStream.localPort)
  const { near: nearSession, far } = innerSessions({
    callId: `${o.id} within`,
    ...parties,
    nearMedia: media(nearStream.localPort),
    farMedia,
    handlers: o.handlers(leg),
  })
  leg.attach(nearSession)
  farLeg.attach(far)
  far.handlers = { media: farLeg.onMedia, digit: farLeg.onDigit, ended: farLeg.onEnded }
  const source: CallSource = { kind: 'call', id: o.by }
  const call = o.make({
    ...{ id: o.id, source, from, to, leg: farLeg, inbound: { session: far, media: farMedia } },
    said: { headers: Object.fromEntries(o.headers) },
  })
  let end: CallEnd | undefined
  leg.innerEnd = () => end
  // Known before the other side is told, which takes a microtask more.
  void call.ended.then((how) => {
    end = how
  })
  o.begin(call)
  return leg
}
