import { type Dialog, dialogKey } from '../dialog/dialog.ts'
import type { Body } from '../message/build.ts'
import type { HeaderEntries } from '../message/headers.ts'
import type { NameAddr, SipRequest } from '../message/message.ts'
import { readRAck, reliability } from '../reliable/rack.ts'
import type { LocalMedia, NegotiatedMedia } from '../sdp/media.ts'
import type { Negotiation } from '../sdp/offer-answer.ts'
import type { ServerTransaction } from '../transaction/layer.ts'
import { saidOf } from './description.ts'
import type { SessionHost } from './host.ts'
import type { Reply } from './options.ts'
import { type Reason, readReason, reasonEntries } from './reason-header.ts'
import { receivePrack } from './receive-prack.ts'
import { warning } from './refuse.ts'
import { ReliableAnswers } from './reliable-answers.ts'
import type { OfferPlace } from './send-offer.ts'
import type { ServerSession, SessionEnd, SessionHandlers } from './session.ts'
import { SessionBase } from './session-base.ts'

/** The refusal of an unanswered INVITE by cause (RFC 3398 §8.2.6.1); 480 for those that the table does not have. */
const statusOfCause: Readonly<Record<number, number>> = {
  1: 404,
  17: 486,
  18: 480,
  19: 480,
  21: 403,
  34: 503,
  38: 503,
  41: 503,
}

/** A provisional answer. */
interface Early {
  readonly status: 180 | 183
  readonly body?: Body
}

/** An INVITE that came in, from its arrival to the end of its call. */
export class ServerInvite extends SessionBase implements ServerSession {
  readonly request: SipRequest
  readonly remote: NameAddr
  #handlers: SessionHandlers | undefined
  /** It ended before anybody could be told: cancelled while somebody decided on whether it may come in. */
  #missed: SessionEnd | undefined
  readonly #transaction: ServerTransaction
  /** Whether provisional answers are to be acknowledged (RFC 3262). */
  readonly #reliability: 'required' | 'supported' | 'none'
  readonly #reliable: ReliableAnswers<Early>
  #answered = false
  /** The 2xx is wanted, and may wait for a PRACK. */
  #accepted: LocalMedia | undefined
  /** An offer or answer of ours went out in an answer that is acknowledged, so that the 2xx has none. */
  #described = false

  /** @param negotiation with the offer received, where the INVITE has one */
  constructor(host: SessionHost, transaction: ServerTransaction, dialog: Dialog, negotiation: Negotiation) {
    const { request, flow } = transaction
    super({ host, callId: request.callId, negotiation, pinned: false })
    this.request = request
    this.remote = request.from
    this.link.flow = flow
    this.link.dialog = dialog
    this.link.heard(request)
    this.#transaction = transaction
    this.#reliability = reliability(request)
    this.#reliable = new ReliableAnswers<Early>({
      clock: host.clock,
      times: host.times,
      send: (early, rseq) => this.#sendProvisional(early, rseq),
      accept: () => this.#sendAccept(),
      expire: () => this.#unacknowledged(),
    })
    this.enter(dialogKey(dialog.callId, dialog.localTag, dialog.remoteTag))
    transaction.listen({
      cancelled: (cancel) => this.#cancelled(cancel),
      failed: (failure) => {
        this.host.log.debug(
          { callId: this.callId, failure: failure.sentence },
          'an answer to INVITE did not get through',
        )
        if (this.#answered || failure.kind !== 'transport') return
        this.#reliable.end()
        this.end({ by: 'network', how: 'transport', text: failure.sentence })
        this.gone()
      },
    })
  }

  get handlers(): SessionHandlers {
    return this.#handlers ?? { media() {}, digit() {}, ended: (end) => this.#miss(end) }
  }

  set handlers(handlers: SessionHandlers) {
    this.#handlers = handlers
    const missed = this.#missed
    this.#missed = undefined
    if (missed !== undefined) handlers.ended(missed)
  }

  #miss(end: SessionEnd): void {
    this.#missed = end
  }

  refuseUnfit(media: LocalMedia): string | undefined {
    const sentence = this.over || this.#answered ? undefined : this.sdp.unfit(media)
    if (sentence !== undefined) this.#incompatible(sentence)
    return sentence
  }

  ring(): void {
    if (!this.#decided) this.#say(180, undefined)
  }

  progress(media: LocalMedia): void {
    if (!this.#decided) this.#say(183, media)
  }

  accept(media: LocalMedia): void {
    if (this.#decided) return
    this.#accepted = media
    this.#reliable.accept()
  }

  #sendAccept(): void {
    if (this.#accepted !== undefined && !this.over) this.#say(200, this.#accepted)
  }

  /** @param media with what an offer or answer of ours is made */
  #say(status: 180 | 183 | 200, media: LocalMedia | undefined): void {
    const { phase, settled } = this.sdp
    const said = saidOf(status, { phase, settled, reliability: this.#reliability, described: this.#described })
    if (said === undefined) return
    const { description, reliable } = said
    let agreed: NegotiatedMedia | undefined
    if (description.kind === 'answer' && media !== undefined) {
      agreed = this.#answer(media, description.final)
      if (agreed === undefined) return
    } else if (description.kind === 'offer' && media !== undefined) {
      const step = this.sdp.step({ kind: 'make_offer', local: media, direction: 'sendrecv' })
      if (step.kind === 'fault') throw new Error(step.sentence)
    }
    const made = description.kind === 'offer' || (description.kind === 'answer' && description.final)
    // What was settled by a provisional answer stays as it is.
    if (made) this.sdp.local = media
    const body = description.kind === 'nothing' ? undefined : this.sdp.body()
    if (status === 200) {
      this.#answered = true
      this.sendAccept(this.#transaction, body !== undefined)
    } else if (reliable) {
      if (made) this.#described = true
      const response = { status, ...(body === undefined ? {} : { body }) }
      this.#reliable.provisional({ response, description: made })
    } else this.#sendProvisional({ status, ...(body === undefined ? {} : { body }) })
    if (agreed !== undefined) this.handlers.media(agreed)
  }

  protected override offerPlace(): OfferPlace | undefined {
    return super.offerPlace(!this.#reliable.quiet)
  }

  /** Nothing provisional, and no other decision, is to come. */
  get #decided(): boolean {
    return this.over || this.#answered || this.#accepted !== undefined
  }

  reject(status: number, reason?: string, headers?: HeaderEntries): void {
    if (this.over || this.#answered) return
    if (!Number.isInteger(status) || status < 300 || status > 699) {
      throw new RangeError(`${status} is no status to refuse an INVITE with; it takes 300 to 699.`)
    }
    this.#refuse(status, { ...(reason === undefined ? {} : { reason }), headers: headers ?? [] })
    this.end({ by: 'local', how: 'rejected', status })
  }

  hangup(reason: Reason = {}): void {
    if (this.over) return
    if (this.#answered) {
      this.bye(reason)
      return
    }
    const status = statusOfCause[reason.q850 ?? 0] ?? 480
    this.#refuse(status, { headers: reasonEntries(reason) })
    this.end({ by: 'local', how: 'rejected', status, ...(reason.q850 === undefined ? {} : { q850: reason.q850 }) })
  }

  protected override leftByBye(): void {
    // A caller may end an early dialog by BYE; its INVITE still needs an answer (RFC 3261 §15.1.2).
    if (this.#answered) return
    this.#reliable.end()
    this.host.respond(this.#transaction, 487)
  }

  /** Makes our answer; where there is none in common the call is over and `undefined` is returned. */
  #answer(media: LocalMedia, final: boolean): NegotiatedMedia | undefined {
    const step = this.sdp.step({ kind: 'make_answer', local: media, direction: 'sendrecv', final })
    if (step.kind === 'ok' && step.media !== undefined) {
      return step.media
    }
    const sentence = step.kind === 'fault' ? step.sentence : 'There is no media in common.'
    this.#incompatible(sentence)
    return undefined
  }

  #incompatible(sentence: string): void {
    if (this.over) return
    this.#refuse(488, { headers: [warning(this.#transaction, sentence)] })
    this.end({ by: 'local', how: 'incompatible_media', status: 488, text: sentence })
  }

  #sendProvisional({ status, body }: Early, rseq?: number): void {
    this.host.respond(this.#transaction, status, {
      contact: this.host.contact(this.#transaction.flow, this.request.uri.scheme === 'sips'),
      ...(rseq === undefined
        ? {}
        : {
            headers: [
              ['Require', '100rel'],
              ['RSeq', String(rseq)],
            ],
          }),
      ...(body === undefined ? {} : { body }),
    })
  }

  protected override pracked(transaction: ServerTransaction): void {
    // While its request is handed up a transaction sends nothing, and the 2xx that waits here must not overtake this answer.
    queueMicrotask(() => {
      try {
        this.#pracked(transaction)
      } catch (error) {
        this.host.log.error({ err: error, callId: this.callId }, 'a PRACK could not be worked on')
      }
    })
  }

  #pracked(transaction: ServerTransaction): void {
    const rack = readRAck(transaction.request)
    if (rack === undefined) {
      this.host.respond(transaction, 400, { headers: [warning(transaction, 'The RAck cannot be read.', 399)] })
      return
    }
    const { number, method } = this.request.cseq
    const ours = rack.cseq === number && rack.method === method
    const known = ours && this.#reliable.prack(rack.rseq, () => this.#acknowledged(transaction))
    if (!known) this.host.respond(transaction, 481)
  }

  #acknowledged(transaction: ServerTransaction): void {
    const offered = this.#described && this.sdp.phase === 'offer_sent'
    const pracked = receivePrack(this.host, transaction, this.sdp, offered)
    if (pracked.kind === 'incompatible') this.#incompatible(pracked.sentence)
    else if (pracked.media !== undefined && !this.over) this.handlers.media(pracked.media)
  }

  #unacknowledged(): void {
    const text = 'a provisional answer was not acknowledged (PRACK)'
    this.#refuse(504, {})
    this.end({ by: 'network', how: 'no_ack', status: 504, text })
  }

  #refuse(status: number, parts: Reply): void {
    this.#reliable.end()
    this.host.respond(this.#transaction, status, parts)
    this.gone()
  }

  #cancelled(cancel: SipRequest): void {
    this.#reliable.end()
    this.host.respond(this.#transaction, 487)
    this.end({ by: 'remote', how: 'cancel', ...readReason(cancel) })
    this.gone()
  }
}
