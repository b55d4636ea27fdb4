import type { Body } from '../message/build.ts'
import type { SipRequest } from '../message/message.ts'
import type { Direction, LocalMedia, NegotiatedMedia } from '../sdp/media.ts'
import { type Negotiation, type NegotiationEvent, type NegotiationStep, negotiate } from '../sdp/offer-answer.ts'
import { writeSdp } from '../sdp/sdp.ts'
import { readSdp, sdpType } from './body.ts'

export type OfferTaken =
  /** `media` is absent where the request had no offer, and ours is on its way. */
  | { readonly kind: 'ok'; readonly media?: NegotiatedMedia }
  | { readonly kind: 'fault'; readonly status: 400 | 415 | 488 | 491; readonly sentence: string }

/** Where a session's media is on our side, and what was offered and answered about it. */
export class SessionMedia {
  /** As the user gave it last. */
  local: LocalMedia | undefined
  direction: Direction = 'sendrecv'
  /** What was offered and answered. */
  negotiation: Negotiation

  constructor(negotiation: Negotiation) {
    this.negotiation = negotiation
  }

  get phase(): Negotiation['phase'] {
    return this.negotiation.phase
  }

  /** Something was offered and answered for good, and nothing is under way. */
  get settled(): boolean {
    return this.negotiation.phase === 'stable' && this.negotiation.agreed !== undefined
  }

  /** As things stand, to go its own way: each branch of a forked INVITE answers our offer by itself. */
  fork(): SessionMedia {
    const fork = new SessionMedia(this.negotiation)
    fork.local = this.local
    fork.direction = this.direction
    return fork
  }

  /** Goes on as that one would. */
  adopt(other: SessionMedia): void {
    this.negotiation = other.negotiation
    this.local = other.local
    this.direction = other.direction
  }

  /** A step that is a fault changes nothing. */
  step(event: NegotiationEvent): NegotiationStep {
    const step = negotiate(this.negotiation, event)
    if (step.kind === 'ok') this.negotiation = step.negotiation
    return step
  }

  /** Why an answer to the offer under way cannot be made with this media; changes nothing. */
  unfit(local: LocalMedia): string | undefined {
    if (this.phase !== 'offer_received') return undefined
    const step = negotiate(this.negotiation, { kind: 'make_answer', local, direction: this.direction, final: false })
    return step.kind === 'fault' ? step.sentence : undefined
  }

  /** The description that was made last. */
  body(): Body | undefined {
    const { sent } = this.negotiation
    return sent === undefined ? undefined : { type: sdpType, content: writeSdp(sent) }
  }

  /** Answers the offer of a request in the dialog; where it has none, makes ours. A fault changes nothing. */
  takeOffer(request: SipRequest, local: LocalMedia): OfferTaken {
    const read = readSdp(request)
    if (read.kind === 'fault') return read
    const wanted = { local, direction: this.direction }
    if (read.kind === 'none') {
      const step = this.step({ kind: 'make_offer', ...wanted })
      return step.kind === 'fault' ? step : { kind: 'ok' }
    }
    const received = negotiate(this.negotiation, { kind: 'offer_received', remote: read.media })
    if (received.kind === 'fault') return received
    const step = negotiate(received.negotiation, { kind: 'make_answer', ...wanted, final: true })
    if (step.kind === 'fault') return step
    this.negotiation = step.negotiation
    return { kind: 'ok', ...(step.media === undefined ? {} : { media: step.media }) }
  }
}
