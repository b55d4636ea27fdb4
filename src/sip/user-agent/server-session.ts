import { type Dialog, dialogKey } from '../dialog/dialog.ts'
import type { HeaderEntries } from '../message/headers.ts'
import type { NameAddr, SipRequest } from '../message/message.ts'
import type { LocalMedia, NegotiatedMedia } from '../sdp/media.ts'
import type { Negotiation } from '../sdp/offer-answer.ts'
import type { ServerTransaction } from '../transaction/layer.ts'
import type { SessionHost } from './host.ts'
import type { Reply } from './options.ts'
import { type Reason, readReason, reasonEntries } from './reason-header.ts'
import { warning } from './refuse.ts'
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

/** An INVITE that came in, from its arrival to the end of its call. */
export class ServerInvite extends SessionBase implements ServerSession {
  readonly request: SipRequest
  readonly remote: NameAddr
  #handlers: SessionHandlers | undefined
  /** It ended before anybody could be told: cancelled while somebody decided on whether it may come in. */
  #missed: SessionEnd | undefined
  readonly #transaction: ServerTransaction
  #answered = false

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
    this.enter(dialogKey(dialog.callId, dialog.localTag, dialog.remoteTag))
    transaction.listen({
      cancelled: (cancel) => this.#cancelled(cancel),
      failed: (failure) => {
        this.host.log.debug(
          { callId: this.callId, failure: failure.sentence },
          'an answer to INVITE did not get through',
        )
        if (this.#answered || failure.kind !== 'transport') return
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
    if (sentence !== undefined) this.#endUnfit(sentence)
    return sentence
  }

  ring(): void {
    if (this.over || this.#answered) return
    this.#provisional(180)
  }

  progress(media: LocalMedia): void {
    if (this.over || this.#answered) return
    if (this.sdp.phase !== 'offer_received') {
      this.#provisional(183)
      return
    }
    const agreed = this.#answer(media, false)
    if (agreed === undefined) return
    this.#provisional(183)
    this.handlers.media(agreed)
  }

  accept(media: LocalMedia): void {
    if (this.over || this.#answered) return
    let agreed: NegotiatedMedia | undefined
    if (this.sdp.phase === 'offer_received') {
      agreed = this.#answer(media, true)
      if (agreed === undefined) return
    } else {
      const step = this.sdp.step({ kind: 'make_offer', local: media, direction: 'sendrecv' })
      if (step.kind === 'fault') throw new Error(step.sentence)
    }
    this.sdp.local = media
    this.#answered = true
    this.sendAccept(this.#transaction)
    if (agreed !== undefined) this.handlers.media(agreed)
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
    if (!this.#answered) this.host.respond(this.#transaction, 487)
  }

  /** Makes our answer; where there is none in common the call is over and `undefined` is returned. */
  #answer(media: LocalMedia, final: boolean): NegotiatedMedia | undefined {
    const step = this.sdp.step({ kind: 'make_answer', local: media, direction: 'sendrecv', final })
    if (step.kind === 'ok' && step.media !== undefined) {
      return step.media
    }
    const sentence = step.kind === 'fault' ? step.sentence : 'There is no media in common.'
    this.#endUnfit(sentence)
    return undefined
  }

  #endUnfit(sentence: string): void {
    this.#refuse(488, { headers: [warning(this.#transaction, sentence)] })
    this.end({ by: 'local', how: 'incompatible_media', status: 488, text: sentence })
  }

  #provisional(status: 180 | 183): void {
    // 100rel (RFC 3262) attaches here: Require, RSeq, and the wait for PRACK.
    const body = this.sdp.body()
    this.host.respond(this.#transaction, status, {
      contact: this.host.contact(this.#transaction.flow, this.request.uri.scheme === 'sips'),
      ...(body === undefined ? {} : { body }),
    })
  }

  #refuse(status: number, parts: Reply): void {
    this.host.respond(this.#transaction, status, parts)
    this.gone()
  }

  #cancelled(cancel: SipRequest): void {
    this.host.respond(this.#transaction, 487)
    this.end({ by: 'remote', how: 'cancel', ...readReason(cancel) })
    this.gone()
  }
}
