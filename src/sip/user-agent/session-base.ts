import type { Login } from '../auth/client.ts'
import { type Dialog, transition } from '../dialog/dialog.ts'
import type { Flow, NameAddr, SipRequest, SipResponse } from '../message/message.ts'
import type { ReferEnd } from '../refer/subscription.ts'
import type { Direction, LocalMedia, NegotiatedMedia } from '../sdp/media.ts'
import type { Negotiation } from '../sdp/offer-answer.ts'
import { SessionTimer } from '../session-timer/session-timer.ts'
import type { ServerTransaction } from '../transaction/layer.ts'
import { AcceptTimer } from './accept-timer.ts'
import { readSdp } from './body.ts'
import { type DialogAsk, DialogLink } from './dialog-link.ts'
import { dtmfRelay } from './dtmf-info.ts'
import type { DialogUser, SessionHost } from './host.ts'
import { refusalOfOffer } from './offer-comes.ts'
import { type Reason, readReason, reasonEntries } from './reason-header.ts'
import { receiveInfo } from './receive-info.ts'
import { receiveUpdate } from './receive-update.ts'
import { Refers } from './refers.ts'
import { refuseBody, retryAfter } from './refuse.ts'
import { Reoffers } from './reoffer.ts'
import { type OfferPlace, offerPlaceOf, sendOffer } from './send-offer.ts'
import type { ReferOptions, Session, SessionEnd, SessionHandlers } from './session.ts'
import { SessionMedia } from './session-media.ts'

export interface SessionParts {
  readonly host: SessionHost
  readonly callId: string
  readonly negotiation: Negotiation
  readonly login?: Login | undefined
  /** In-dialog requests go over the session's flow, whatever the other side's Contact says. */
  readonly pinned: boolean
}

/** What both roles of an INVITE session have in common once there is a dialog. */
export abstract class SessionBase implements Session, DialogUser {
  readonly callId: string
  abstract readonly remote: NameAddr
  abstract handlers: SessionHandlers
  protected readonly host: SessionHost
  /** Of the branch that answered, once one has. */
  protected link: DialogLink
  protected sdp: SessionMedia
  protected readonly timer: SessionTimer
  /** Runs while a 2xx of ours waits for its ACK. */
  protected accepting: AcceptTimer | undefined
  readonly #reoffers: Reoffers
  readonly #refers: Refers
  /** Resolves when our BYE was answered, or nothing came; absent where none was sent. */
  farewell: Promise<void> | undefined
  #acceptedCSeq = -1
  #over = false
  #byeAfterAck: { readonly reason: Reason } | undefined
  #leave: (() => void) | undefined

  constructor(parts: SessionParts) {
    this.host = parts.host
    this.callId = parts.callId
    this.sdp = new SessionMedia(parts.negotiation)
    this.link = new DialogLink(parts.host, parts.login, parts.pinned)
    this.timer = new SessionTimer({
      clock: this.host.clock,
      policy: this.host.sessionTimer,
      refresh: () => this.#refresh(),
      expire: () => {
        this.sendBye({ q850: 102, text: 'the session was not refreshed' })
        this.end({ by: 'network', how: 'no_response', status: 408 })
      },
    })
    this.#refers = new Refers({
      host: this.host,
      link: () => this.link,
      answered: (status) => this.#checkAlive(status),
    })
    this.#reoffers = new Reoffers({
      clock: this.host.clock,
      ready: () => this.offerPlace() !== undefined,
      // The maker of the Call-ID waits longer (RFC 3261 §14.1).
      ownsCallId: () => (this.link.dialog?.role ?? 'uac') === 'uac',
      send: (media, direction, done) =>
        sendOffer(
          this.offerPlace()!,
          {
            timer: this.timer,
            extensions: this.host.extensions,
            answered: (status) => this.#checkAlive(status),
            incompatible: (sentence) => this.dropIncompatible(sentence),
          },
          media,
          direction,
          (end) => {
            if (end.kind === 'agreed' && !this.#over) this.handlers.media(end.media)
            done(end)
          },
        ),
    })
  }

  get flow(): Flow {
    if (this.link.lastFlow === undefined) throw new Error('The session has no flow before its INVITE was sent.')
    return this.link.lastFlow
  }

  get dialog(): Dialog | undefined {
    return this.link.dialog
  }

  dialogWith(remoteTag: string): Dialog | undefined {
    return this.dialog?.remoteTag === remoteTag ? this.dialog : undefined
  }

  get over(): boolean {
    return this.#over
  }

  abstract hangup(reason?: Reason): void

  reoffer(options: { readonly media?: LocalMedia; readonly direction?: Direction }): Promise<NegotiatedMedia> {
    const media = options.media ?? this.sdp.local
    const possible = this.link.dialog?.state === 'confirmed' || this.offerPlace() !== undefined
    if (this.#over || !possible || media === undefined) {
      return Promise.reject(new Error('A session cannot offer anew before it is up or its first offer is settled.'))
    }
    return this.#reoffers.ask(media, options.direction ?? 'sendrecv')
  }

  /** In which dialog an offer of ours goes now, and by what. @param unacknowledged a provisional answer of ours waits for its PRACK */
  protected offerPlace(unacknowledged = false): OfferPlace | undefined {
    return offerPlaceOf(this.link, this.sdp, { accepting: this.accepting !== undefined, unacknowledged })
  }

  async info(key: string, ms: number): Promise<void> {
    if (!/^[0-9A-D*#]$/.test(key)) throw new TypeError(`${JSON.stringify(key)} is not a key`)
    if (this.#over || this.link.dialog?.state !== 'confirmed')
      throw new Error('A session that is not up cannot send a key.')
    const response = await this.#ask({ method: 'INFO', body: dtmfRelay({ key, ms }) })
    if (response.status >= 300) throw new Error(`The other side refused a key by INFO with ${response.status}.`)
  }

  async refer(options: ReferOptions): Promise<ReferEnd> {
    if (this.#over || this.link.dialog?.state !== 'confirmed') throw new Error('A session that is not up cannot refer.')
    return this.#refers.send(options)
  }

  // -- what comes in ---------------------------------------------------------------------------------------------

  received(transaction: ServerTransaction): void {
    const { request } = transaction
    if (this.link.dialog === undefined) {
      this.host.respond(transaction, 481)
      return
    }
    // Two BYEs that cross each other are both right.
    if (this.link.dialog.state === 'terminated' && request.method === 'BYE') {
      this.host.respond(transaction, 200)
      return
    }
    const step = transition(this.link.dialog, { kind: 'request_received', request })
    this.link.heard(request)
    if (step.kind === 'refused') {
      this.host.respond(transaction, step.status, { headers: step.status === 500 ? retryAfter() : [] })
      return
    }
    // A re-INVITE that is refused must not move the target (§14.2), so it keeps its step until it is answered.
    if (request.method === 'INVITE') {
      this.#reinvited(transaction, step.dialog)
      return
    }
    if (request.method === 'UPDATE') {
      this.#updated(transaction, step.dialog)
      return
    }
    this.link.dialog = step.dialog
    switch (request.method) {
      case 'BYE':
        this.#byeReceived(transaction)
        return
      case 'INFO':
        this.#infoReceived(transaction)
        return
      case 'REFER':
        if (this.#over) this.host.respond(transaction, 481)
        else this.#refers.received(transaction, this.handlers.refer?.bind(this.handlers))
        return
      case 'NOTIFY':
        this.#refers.notified(transaction)
        return
      case 'PRACK':
        this.pracked(transaction)
        return
      default:
        this.host.outside(transaction)
        return
    }
  }

  acked(ack: SipRequest): void {
    if (this.accepting === undefined || ack.cseq.number !== this.#acceptedCSeq) return
    this.accepting.stop()
    this.accepting = undefined
    if (this.#byeAfterAck !== undefined) {
      this.sendBye(this.#byeAfterAck.reason)
      return
    }
    if (this.sdp.phase === 'offer_sent') this.#answeredByAck(ack)
    this.#reoffers.poke()
  }

  flowClosed(flow: Flow): void {
    if (flow !== this.link.flow && flow.connection !== this.link.flow?.connection) return
    // Requests go where the other side's Contact points from now on; a call survives a broken connection.
    this.link.flow = undefined
  }

  #byeReceived(transaction: ServerTransaction): void {
    this.host.respond(transaction, 200)
    this.leftByBye()
    this.end({ by: 'remote', how: 'bye', ...readReason(transaction.request) })
    this.gone()
  }

  /** Answers a PRACK; only who answered an INVITE provisionally knows what it means. */
  protected pracked(transaction: ServerTransaction): void {
    this.host.respond(transaction, 481)
  }

  /** The other side ended the dialog by BYE. */
  protected leftByBye(): void {}

  #infoReceived(transaction: ServerTransaction): void {
    const key = receiveInfo(this.host, transaction)
    if (key !== undefined && !this.#over) this.handlers.digit(key.key, key.ms)
  }

  #reinvited(transaction: ServerTransaction, dialog: Dialog): void {
    if (this.#over) {
      this.host.respond(transaction, 481)
      return
    }
    const { local, phase } = this.sdp
    const refusal = refusalOfOffer({
      ...{ method: 'INVITE', state: this.link.dialog?.state, phase, described: local !== undefined },
      ...{ asking: this.#reoffers.busy, accepting: this.accepting !== undefined },
    })
    if (refusal !== undefined || local === undefined) {
      this.host.respond(transaction, refusal ?? 500, { headers: refusal === 491 ? [] : retryAfter() })
      return
    }
    const terms = this.timer.answer(transaction.request.headers)
    if (terms.kind === 'too_small') {
      this.host.respond(transaction, 422, { headers: terms.headers })
      return
    }
    const taken = this.sdp.takeOffer(transaction.request, local)
    if (taken.kind === 'fault') {
      refuseBody(this.host, transaction, taken)
      return
    }
    this.link.dialog = dialog
    // The new target is reached by the way it came: a phone that changed networks is behind another NAT now.
    this.link.flow = transaction.flow
    this.sendAccept(transaction)
    if (taken.media !== undefined) this.handlers.media(taken.media)
  }

  #updated(transaction: ServerTransaction, dialog: Dialog): void {
    if (this.#over) {
      this.host.respond(transaction, 481)
      return
    }
    // A session expires once it is answered only.
    const timer = dialog.state === 'confirmed' ? this.timer : undefined
    const taken = receiveUpdate(this.host, transaction, this.sdp, timer)
    if (taken === undefined) return
    this.link.dialog = dialog
    this.link.flow = transaction.flow
    if (taken.media !== undefined) this.handlers.media(taken.media)
  }

  // -- a 2xx of ours ---------------------------------------------------------------------------------------------

  /** 200, again and again until its ACK. @param described with the description that was made last */
  protected sendAccept(transaction: ServerTransaction, described = true): void {
    const contact = this.host.contact(transaction.flow, transaction.request.uri.scheme === 'sips')
    const body = described ? this.sdp.body() : undefined
    const terms = this.timer.answer(transaction.request.headers)
    const headers = [...this.host.extensions, ...terms.headers]
    const send = (): void =>
      this.host.respond(transaction, 200, { contact, headers, ...(body === undefined ? {} : { body }) })
    this.#acceptedCSeq = transaction.request.cseq.number
    this.accepting = new AcceptTimer(this.host.clock, this.host.times, send, () => {
      this.accepting = undefined
      this.sendBye(this.#byeAfterAck?.reason ?? {})
      this.end({ by: 'network', how: 'no_ack' })
    })
    this.link.step({ kind: 'response_sent', method: 'INVITE', status: 200 })
    this.timer.agree(terms)
    send()
  }

  #answeredByAck(ack: SipRequest): void {
    const read = readSdp(ack)
    const step =
      read.kind === 'media' ? this.sdp.step({ kind: 'answer_received', remote: read.media, final: true }) : undefined
    if (step?.kind === 'ok') {
      if (step.media !== undefined && !this.#over) this.handlers.media(step.media)
      return
    }
    this.dropIncompatible(step?.kind === 'fault' ? step.sentence : undefined)
  }

  protected dropIncompatible(text = 'There is no usable answer to our offer.'): void {
    this.sendBye({ q850: 88, text: 'no media in common' })
    this.end({ by: 'local', how: 'incompatible_media', q850: 88, text })
  }

  // -- what goes out ---------------------------------------------------------------------------------------------

  /** Hangs up a session whose dialog is up; waits for the ACK where a 2xx of ours has none yet (§15). */
  protected bye(reason: Reason): void {
    if (this.#over) return
    if (this.accepting !== undefined) this.#byeAfterAck = { reason }
    else this.sendBye(reason)
    this.end({ by: 'local', how: 'bye', ...(reason.q850 === undefined ? {} : { q850: reason.q850 }) })
  }

  protected sendBye(reason: Reason): void {
    if (this.link.dialog === undefined || this.link.dialog.state === 'terminated') {
      this.gone()
      return
    }
    const ended = this.#ask({ method: 'BYE', headers: reasonEntries(reason) })
    this.link.step({ kind: 'ended' })
    this.farewell = ended
      .then(() => {})
      .catch((error: unknown) => this.host.log.debug({ err: error }, 'a BYE got no answer'))
      .finally(() => this.gone())
  }

  async #ask(parts: DialogAsk): Promise<SipResponse> {
    return this.link.ask(parts, (status) => this.#checkAlive(status))
  }

  #checkAlive(status: number): void {
    if (this.#over || (status !== 408 && status !== 481)) return
    this.sendBye({})
    this.end({ by: 'network', how: 'no_response', status })
  }

  /** By UPDATE, which needs no description, where the other side takes it (RFC 4028 §7.4). */
  #refresh(): void {
    const { local, direction } = this.sdp
    const failed = (error: unknown): void => {
      this.host.log.debug({ err: error, callId: this.callId }, 'a session could not be refreshed')
      this.timer.refused()
    }
    if (this.link.allows('UPDATE')) {
      this.#ask({
        method: 'UPDATE',
        headers: this.host.extensions,
        fresh: () => this.timer.proposal(),
        again: (response) => response.status === 422 && this.timer.tooSmall(response.headers),
      }).then((response) => {
        if (response.status >= 300) return failed(new Error(`The UPDATE was refused with ${response.status}.`))
        this.link.step({ kind: 'response_received', response })
        this.timer.answered(response.headers)
      }, failed)
      return
    }
    if (local !== undefined) this.#reoffers.ask(local, direction).catch(failed)
  }

  // -- the end ---------------------------------------------------------------------------------------------------

  protected enter(key: string): void {
    this.#leave = this.host.enter(key, this)
  }

  /** Tells the user, once. The protocol may go on behind it. */
  protected end(end: SessionEnd): void {
    if (this.#over) return
    this.#over = true
    this.#reoffers.close()
    this.timer.close()
    this.#refers.close()
    this.handlers.ended(end)
  }

  /** Nothing more is to come for this dialog. */
  protected gone(): void {
    this.accepting?.stop()
    this.accepting = undefined
    this.link.step({ kind: 'ended' })
    this.#leave?.()
    this.#leave = undefined
  }
}
