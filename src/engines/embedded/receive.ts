import type { Logger } from '../../base/log.ts'
import { MediaError, type MediaPlane, type MediaStream } from '../../media/plane.ts'
import type { CallSource } from '../../phone/call.ts'
import type { LocalMedia } from '../../sip/sdp/media.ts'
import type { ServerSession, SessionEnd } from '../../sip/user-agent/session.ts'
import type { Directory } from './directory.ts'
import type { FrontDoor } from './front-door.ts'
import { Leg } from './leg.ts'
import type { OwnAddress } from './own-address.ts'
import { openStream } from './place.ts'
import { policyOf, srtpOf } from './srtp.ts'

export interface Reception {
  readonly door: FrontDoor
  readonly plane: MediaPlane
  readonly own: OwnAddress
  readonly directory: Directory
  readonly log: Logger
  /** Why no calls are taken at the moment. */
  readonly closed: string | undefined
}

/** An INVITE that came in, with a stream for its audio. */
export interface Received {
  readonly leg: Leg
  readonly media: LocalMedia
}

/** Opens a stream for a caller. Where that cannot be, the caller is refused, the door tells why, and `undefined` is returned. */
export async function receive(
  session: ServerSession,
  source: CallSource,
  { door, plane, own, directory, log, closed }: Reception,
): Promise<Received | undefined> {
  let early: SessionEnd | undefined
  session.handlers = {
    media: () => {},
    digit: () => {},
    ended: (end) => {
      early = end
    },
  }
  const { request, flow } = session
  const full = (sentence: string): Promise<void> => {
    session.reject(503, undefined, [['Retry-After', '5']])
    return door.refuse(request, source, { code: 'overloaded', by: 'service', sip: 503, sentence })
  }
  if (closed !== undefined) {
    await full(closed)
    return undefined
  }
  let opened: { readonly stream: MediaStream; readonly media: LocalMedia }
  try {
    const srtp = srtpOf(await policyOf(source, directory), flow.transport === 'TLS')
    opened = await openStream({ plane, own }, flow.remoteAddress, { srtp })
  } catch (error) {
    const text = 'a call was refused as its audio has no port'
    // Every call of a storm comes here: a line each, no stack.
    if (error instanceof MediaError && error.code === 'no-port') log.warn({ reason: error.message }, text)
    else log.error({ err: error }, text)
    await full(`no port for audio could be opened: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
  const { stream, media } = opened
  const unfit = session.refuseUnfit(media)
  if (unfit !== undefined) {
    await stream.close()
    const sentence = `the offer of the caller was refused: ${unfit}`
    await door.refuse(request, source, { code: 'incompatible_media', by: 'service', sip: 488, sentence })
    return undefined
  }
  const leg = new Leg(stream, log)
  leg.owner = source
  leg.attach(session)
  session.handlers = { media: leg.onMedia, digit: leg.onDigit, refer: leg.onReferred, ended: leg.onEnded }
  if (early !== undefined) leg.onEnded(early)
  return { leg, media }
}
