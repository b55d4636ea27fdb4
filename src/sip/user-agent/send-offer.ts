import type { HeaderEntries } from '../message/headers.ts'
import type { SipResponse } from '../message/message.ts'
import type { Direction, LocalMedia, NegotiatedMedia } from '../sdp/media.ts'
import type { SessionTimer } from '../session-timer/session-timer.ts'
import type { SentRequest } from '../transaction/layer.ts'
import { readSdp } from './body.ts'
import type { DialogLink } from './dialog-link.ts'
import { type Offering, offerWay } from './offer-way.ts'
import type { ReofferEnd } from './reoffer.ts'
import type { SessionMedia } from './session-media.ts'

/** The dialog that is offered in, and its media. */
export interface OfferPlace {
  readonly method: 'INVITE' | 'UPDATE'
  readonly link: DialogLink
  readonly sdp: SessionMedia
  /** Told what was agreed, before anybody else. */
  agreed?(media: NegotiatedMedia): void
}

/** @returns `undefined` where no offer may be sent in that dialog now */
export function offerPlaceOf(
  link: DialogLink,
  sdp: SessionMedia,
  waits: Pick<Offering, 'accepting' | 'unacknowledged'>,
): OfferPlace | undefined {
  const { settled } = sdp
  const method = offerWay({ ...waits, settled, state: link.dialog?.state, allowsUpdate: link.allows('UPDATE') })
  return method && { method, link, sdp }
}

export interface SendOfferHooks {
  readonly timer: SessionTimer
  readonly extensions: HeaderEntries
  /** Each final answer's status, and what a failure is taken for; not of an UPDATE, as its INVITE says what becomes of the call. */
  answered(status: number): void
  /** A 2xx to a re-INVITE without a usable answer. */
  incompatible(sentence: string | undefined): void
}

/** Sends one offer, and takes the answer to its end. */
export function sendOffer(
  place: OfferPlace,
  hooks: SendOfferHooks,
  media: LocalMedia,
  direction: Direction,
  done: (end: ReofferEnd) => void,
): void {
  const { link, sdp, method } = place
  const offered = sdp.step({ kind: 'make_offer', local: media, direction })
  if (offered.kind === 'fault') {
    done({ kind: 'glare' })
    return
  }
  const up = method === 'INVITE'
  let acked: Promise<SentRequest> | undefined
  const refuse = (end: ReofferEnd): void => {
    sdp.step({ kind: 'offer_rejected' })
    done(end)
  }
  const accepted = (response: SipResponse): void => {
    const read = readSdp(response)
    const step =
      read.kind === 'media' ? sdp.step({ kind: 'answer_received', remote: read.media, final: true }) : undefined
    if (step?.kind !== 'ok' || step.media === undefined) {
      const end = { kind: 'refused', sentence: 'The offer was accepted without a usable answer.' } as const
      if (up) {
        done(end)
        hooks.incompatible(step?.kind === 'fault' ? step.sentence : undefined)
      } else refuse(end)
      return
    }
    if (up) hooks.timer.answered(response.headers)
    sdp.local = media
    sdp.direction = direction
    place.agreed?.(step.media)
    done({ kind: 'agreed', media: step.media })
  }
  link.send({
    method,
    headers: hooks.extensions,
    // A session expires once it is answered only.
    ...(up
      ? {
          fresh: () => hooks.timer.proposal(),
          again: (response: SipResponse) => response.status === 422 && hooks.timer.tooSmall(response.headers),
        }
      : {}),
    body: sdp.body()!,
    response: (response, request) => {
      const { status } = response
      if (status < 200) return
      if (status >= 300) {
        refuse(
          status === 491 ? { kind: 'glare' } : { kind: 'refused', sentence: `The offer was refused with ${status}.` },
        )
        if (up) hooks.answered(status)
        return
      }
      if (acked !== undefined) return link.acknowledgeAgain(acked)
      link.step({ kind: 'response_received', response })
      if (up) acked = link.acknowledge(link.dialog!, request)
      accepted(response)
    },
    failed: (failure) => {
      refuse({ kind: 'refused', sentence: failure.sentence })
      if (up) hooks.answered(failure.status)
    },
  })
}
