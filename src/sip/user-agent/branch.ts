import { dialogKey, dialogOfResponse, transition } from '../dialog/dialog.ts'
import type { Body } from '../message/build.ts'
import type { Flow, SipRequest, SipResponse } from '../message/message.ts'
import { takeTurn } from '../reliable/client.ts'
import { formatRAck, readRSeq } from '../reliable/rack.ts'
import type { NegotiatedMedia } from '../sdp/media.ts'
import type { SentRequest, ServerTransaction } from '../transaction/layer.ts'
import { readSdp } from './body.ts'
import { type BranchAnswer, type BranchMedia, type BranchMediaStep, hearAnswer } from './branch-media.ts'
import type { DialogLink } from './dialog-link.ts'
import type { SessionHost } from './host.ts'
import { receiveInfo } from './receive-info.ts'
import { receiveUpdate } from './receive-update.ts'
import { retryAfter } from './refuse.ts'
import { type OfferPlace, offerPlaceOf } from './send-offer.ts'
import type { SessionMedia } from './session-media.ts'

export interface BranchParts {
  readonly host: SessionHost
  /** Its own dialog comes into it. */
  readonly link: DialogLink
  /** As it stood when the INVITE went out. */
  readonly sdp: SessionMedia
}

/** What a final answer made of the media. */
export type Settled =
  | { readonly kind: 'agreed'; readonly media: NegotiatedMedia }
  | { readonly kind: 'fault'; readonly sentence: string | undefined }

/**
 * One branch of an INVITE of ours, which a proxy may have forked: the other side's tag, its dialog, and what was offered and
 * answered with it (RFC 3261 §13.2.2.4). Where the INVITE had no offer, theirs is answered in the PRACK or the ACK.
 */
export class Branch {
  readonly link: DialogLink
  readonly sdp: SessionMedia
  /** Set when a 2xx of this branch was ACKed. */
  acked: Promise<SentRequest> | undefined
  /** The status that it told last. */
  status = 0
  /** Of its 2xx. */
  settled: Settled | undefined
  readonly #host: SessionHost
  /** Beside the negotiation, which offers of an UPDATE change as well. */
  #heard: Omit<BranchMedia, 'negotiation'> = {}
  #rseq: number | undefined

  private constructor({ host, link, sdp }: BranchParts) {
    this.#host = host
    this.link = link
    this.sdp = sdp
  }

  /** From an answer with a tag. @returns a sentence where it makes no dialog */
  static of(request: SipRequest, response: SipResponse, flow: Flow, parts: BranchParts): Branch | string {
    const made = dialogOfResponse(request, response)
    if (made.kind === 'fault') return made.sentence
    const branch = new Branch(parts)
    branch.link.dialog = made.dialog
    branch.link.flow = flow
    return branch
  }

  /** What its dialog is found by. */
  get key(): string {
    const { callId = '', localTag = '', remoteTag = '' } = this.link.dialog ?? {}
    return dialogKey(callId, localTag, remoteTag)
  }

  /**
   * Works on a 101 to 199, which was no retransmission by the transport.
   * @returns whether it is to be told, and the media where that is new
   */
  provisional(response: SipResponse, request: SipRequest): { readonly media?: NegotiatedMedia } | undefined {
    const rseq = readRSeq(response)
    const turn = rseq === undefined ? undefined : takeTurn(this.#rseq, rseq)
    if (turn?.kind === 'ignore') return undefined
    this.status = response.status
    this.link.heard(response)
    const { media, answers } = this.#hear(turn === undefined ? 'unreliable' : 'reliable', response)
    if (turn !== undefined) {
      this.#rseq = turn.last
      this.#acknowledge({ rseq: turn.last, cseq: request.cseq.number }, answers && this.sdp.body())
    }
    return media === undefined ? {} : { media }
  }

  /** Works on a 2xx, and acknowledges it. */
  accepted(response: SipResponse, request: SipRequest, flow: Flow): void {
    const { dialog } = this.link
    if (dialog === undefined) return
    this.link.heard(response)
    this.link.flow = flow
    const { media, answers, fault } = this.#hear('success', response)
    this.settled = media === undefined ? { kind: 'fault', sentence: fault?.sentence } : { kind: 'agreed', media }
    this.acked = this.link.acknowledge(dialog, request, answers && this.sdp.body())
  }

  /** Its 2xx came again. */
  acknowledgeAgain(): void {
    if (this.acked !== undefined) this.link.acknowledgeAgain(this.acked)
  }

  /** For an offer of ours before the call is answered (RFC 3311). */
  offerPlace(): OfferPlace | undefined {
    if (this.#heard.agreed === undefined) return undefined
    const place = offerPlaceOf(this.link, this.sdp, { accepting: false, unacknowledged: false })
    const agreed = (media: NegotiatedMedia): void => this.#agree(media)
    return place && { ...place, agreed }
  }

  /** A request in the early dialog. @returns the media where an UPDATE changed it */
  received(transaction: ServerTransaction): NegotiatedMedia | undefined {
    const { request } = transaction
    const { dialog } = this.link
    if (dialog === undefined) return undefined
    const step = transition(dialog, { kind: 'request_received', request })
    if (step.kind === 'refused') {
      this.#host.respond(transaction, step.status, { headers: step.status === 500 ? retryAfter() : [] })
      return undefined
    }
    this.link.heard(request)
    this.link.dialog = step.dialog
    switch (request.method) {
      case 'UPDATE': {
        const taken = receiveUpdate(this.#host, transaction, this.sdp, undefined)
        if (taken?.media !== undefined) this.#agree(taken.media)
        return taken?.media
      }
      case 'INFO':
        // Nobody takes keys before the call is answered.
        receiveInfo(this.#host, transaction)
        return undefined
      case 'OPTIONS':
      case 'MESSAGE':
        this.#host.outside(transaction)
        return undefined
      default:
        // Who was called ends an early dialog by a final answer, not by BYE (RFC 3261 §15).
        this.#host.respond(transaction, 481)
        return undefined
    }
  }

  #agree(media: NegotiatedMedia): void {
    this.#heard = { ...this.#heard, agreed: media }
  }

  #hear(kind: BranchAnswer['kind'], response: SipResponse): BranchMediaStep {
    const read = readSdp(response)
    const remote = read.kind === 'media' ? read.media : read.kind === 'none' ? undefined : 'unreadable'
    const before = { ...this.#heard, negotiation: this.sdp.negotiation }
    const step = hearAnswer(before, { kind, remote }, this.sdp.local)
    const { negotiation, ...heard } = step.state
    this.sdp.negotiation = negotiation
    this.#heard = heard
    return step
  }

  #acknowledge(of: { readonly rseq: number; readonly cseq: number }, body: Body | undefined): void {
    const failed = (error: unknown): void =>
      this.#host.log.debug({ err: error, callId: this.link.dialog?.callId }, 'a PRACK got no good answer')
    this.link
      .ask(
        {
          method: 'PRACK',
          headers: [['RAck', formatRAck({ ...of, method: 'INVITE' })]],
          ...(body === undefined ? {} : { body }),
        },
        () => {},
      )
      .then((response) => {
        if (response.status >= 300) failed(new Error(`The PRACK was answered ${response.status}.`))
      }, failed)
  }
}
