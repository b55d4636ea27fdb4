import type { Address } from '../../phone/address.ts'
import { describeAddress } from '../../phone/address.ts'
import type { CallSource } from '../../phone/call.ts'
import type { EndCode } from '../../phone/reason.ts'
import type { ServerSession, Session } from '../../sip/user-agent/session.ts'
import type { FrontDoor } from './front-door.ts'
import type { Leg, LegOwner } from './leg.ts'
import type { Received } from './receive.ts'
import { elsewhere } from './ring.ts'
import type { Talks } from './talks.ts'

export interface ReplaceParts {
  readonly talks: Talks
  readonly door: FrontDoor
  /** Who calls. */
  readonly from: Address
  readonly source: CallSource
  /** A stream for the caller; the caller was refused where there is none. */
  receive(): Promise<Received | undefined>
  /** Makes a call of it, that is put through to `to` by talking to who `waiting` gives. */
  begin(received: Received, to: Address, waiting: () => Leg | undefined): Promise<void>
}

/**
 * An INVITE that is to take the place of somebody in a talk, or of one who is rung: call pick-up (RFC 3891). Who is replaced is hung up
 * once the new one is there.
 */
export async function replace(session: ServerSession, replaced: Session, parts: ReplaceParts): Promise<void> {
  const { talks, door, from, source } = parts
  const refuse = async (sip: number, code: EndCode, sentence: string): Promise<void> => {
    session.reject(sip)
    await door.refuse(session.request, source, { code, by: 'service', sip, sentence })
  }
  const place = talks.placeOf(replaced)
  if (place === undefined)
    return refuse(
      486,
      'busy',
      'the INVITE wants to take the place of a party that neither rings nor talks with another one',
    )
  if (!mayReplace(source, place.leg.owner))
    return refuse(403, 'not_allowed', `${describeAddress(from)} may not take the place of that party (Replaces)`)
  const received = await parts.receive()
  if (received === undefined) return
  if (place.kind === 'talk' && place.side === 'caller') {
    const take = (): Leg | undefined => {
      const now = talks.placeOf(replaced)
      return now?.kind === 'talk' && now.side === 'caller' ? now.talk.give().leg : undefined
    }
    return parts.begin(received, place.talk.callee().target, take)
  }
  const { leg, media } = received
  session.accept(media)
  const ready = await Promise.race([leg.mediaReady.then(() => true), leg.ended.then(() => false)])
  if (!ready) return
  const now = talks.placeOf(replaced)
  if (now?.kind === 'talk' && now.side === 'callee') now.talk.swap(leg, from)
  else if (now?.kind !== 'ringing' || !now.ringing.pick(leg, from)) session.hangup(elsewhere)
}

/** Who knows the tags of a dialog was told them by somebody in it; beyond that the site's own stay among themselves, and carriers too. */
export function mayReplace(source: CallSource, owner: LegOwner | undefined): boolean {
  switch (source.kind) {
    case 'extension':
      return owner?.kind === 'extension'
    case 'trunk':
      return owner?.kind === 'trunk' && owner.id === source.id
    case 'trusted':
      return owner?.kind === 'trusted'
    case 'service':
    case 'call':
      return false
  }
}
