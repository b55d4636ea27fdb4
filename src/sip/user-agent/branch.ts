import { dialogKey, dialogOfResponse, transition } from '../dialog/dialog.ts'
import type { Body } from '../message/build.ts'
import type { Flow, SipRequest, SipResponse } from '../message/message.ts'
import { takeTurn } from '../reliable/client.ts'
import { formatRAck, readRSeq } from '../reliable/rack.ts'
import type { NegotiatedMedia } from '../sdp/media.ts'
import type { MediaDescription } from '../sdp/media-description.ts'
import type { SentRequest, ServerTransaction } from '../transaction/layer.ts'
import { readSdp } from './body.ts'
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
  | { readonly kind: 'agreed'; readonly media: NegotiatedMedia; readonly answer?: Body }
  | { readonly kind: 'fault'; readonly sentence: string | undefined; readonly answer?: Body }

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
  readonly #host: SessionHost
  /** The last answer that it may change its mind about. */
  #early: MediaDescription | undefined
  #media: NegotiatedMedia | undefined
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

  /** Media is agreed and cannot be changed by a further answer to the INVITE. */
  get settled(): boolean {
    return this.sdp.settled
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
    if (turn === undefined) return this.#unreliable(response)
    this.#rseq = turn.last
    const { media, answer } = this.#reliable(response)
    this.#acknowledge({ rseq: turn.last, cseq: request.cseq.number }, answer)
    return media === undefined ? {} : { media }
  }

  /** Works on the description of the 2xx. */
  accepted(response: SipResponse): Settled {
    // Whatever it says, what was settled before stands, also where an offer of an UPDATE is under way.
    if (this.#media !== undefined) return { kind: 'agreed', media: this.#media }
    const read = readSdp(response)
    if (this.sdp.phase !== 'offer_sent') return this.#answerTheirs(read.kind === 'media' ? read.media : undefined)
    // Some answer in the 183 and leave the 2xx empty.
    const remote = read.kind === 'media' ? read.media : read.kind === 'none' ? this.#early : undefined
    if (remote === undefined) return { kind: 'fault', sentence: undefined }
    const step = this.sdp.step({ kind: 'answer_received', remote, final: true })
    if (step.kind === 'ok' && step.media !== undefined) return { kind: 'agreed', media: step.media }
    return { kind: 'fault', sentence: step.kind === 'fault' ? step.sentence : undefined }
  }

  /** For an offer of ours before the call is answered (RFC 3311). */
  offerPlace(): OfferPlace | undefined {
    if (this.#media === undefined) return undefined
    const place = offerPlaceOf(this.link, this.sdp, { accepting: false, unacknowledged: false })
    const agreed = (media: NegotiatedMedia): void => {
      this.#media = media
    }
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
        if (taken?.media !== undefined) this.#media = taken.media
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

  #unreliable(response: SipResponse): { readonly media?: NegotiatedMedia } {
    const read = readSdp(response)
    // An offer must come in an answer that is acknowledged (RFC 3262 §5); before that it is a foretaste.
    if (read.kind !== 'media' || this.sdp.phase !== 'offer_sent') return {}
    if (JSON.stringify(read.media) === JSON.stringify(this.#early)) return {}
    const step = this.sdp.step({ kind: 'answer_received', remote: read.media, final: false })
    if (step.kind !== 'ok') return {}
    this.#early = read.media
    return step.media === undefined ? {} : { media: step.media }
  }

  /** The description of an answer that is acknowledged holds for good. */
  #reliable(response: SipResponse): { readonly media?: NegotiatedMedia; readonly answer?: Body } {
    const read = readSdp(response)
    if (read.kind !== 'media' || this.settled) return {}
    if (this.sdp.phase !== 'offer_sent') {
      const settled = this.#answerTheirs(read.media)
      const answer = settled.answer === undefined ? {} : { answer: settled.answer }
      return settled.kind === 'agreed' ? { media: settled.media, ...answer } : answer
    }
    const step = this.sdp.step({ kind: 'answer_received', remote: read.media, final: true })
    // Where it is of no use the 2xx may bring a better one; that it does not ends the call then.
    if (step.kind === 'fault' || step.media === undefined) return {}
    this.#media = step.media
    return { media: step.media }
  }

  #answerTheirs(offer: MediaDescription | undefined): Settled {
    const { local } = this.sdp
    if (offer === undefined || local === undefined) return { kind: 'fault', sentence: 'There is no offer to answer.' }
    const received = this.sdp.step({ kind: 'offer_received', remote: offer })
    const made =
      received.kind === 'fault'
        ? received
        : this.sdp.step({ kind: 'make_answer', local, direction: 'sendrecv', final: true })
    if (made.kind === 'ok' && made.media !== undefined) {
      this.#media = made.media
      return { kind: 'agreed', media: made.media, answer: this.sdp.body()! }
    }
    return { kind: 'fault', sentence: made.kind === 'fault' ? made.sentence : undefined }
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
