import type { Dialog } from '../dialog/dialog.ts'
import { buildRequest } from '../message/build.ts'
import type { Flow, NameAddr, SipRequest, SipResponse } from '../message/message.ts'
import { newCallId, newTag } from '../message/token.ts'
import type { Uri } from '../message/uri.ts'
import { newNegotiation } from '../sdp/offer-answer.ts'
import type { ServerTransaction, Target } from '../transaction/layer.ts'
import { Branch } from './branch.ts'
import { DialogLink } from './dialog-link.ts'
import { Exchange } from './exchange.ts'
import type { SessionHost } from './host.ts'
import { leaveDialog } from './leave-dialog.ts'
import type { InviteOptions, RequestFailure } from './options.ts'
import { type Reason, readReason, reasonEntries } from './reason-header.ts'
import { contacts, follow, newRedirects } from './redirect.ts'
import type { OfferPlace } from './send-offer.ts'
import type { ClientSession, ClientSessionHandlers, SessionEnd } from './session.ts'
import { SessionBase } from './session-base.ts'

export interface InviteParts extends Omit<InviteOptions, 'uri' | 'to' | 'via'> {
  readonly uri: Uri
  readonly to: NameAddr
  readonly target: () => Promise<Target>
  readonly pinned: boolean
  /** Digits, for `o=`. */
  readonly sessionId: string
}

/** An INVITE that we sent, from its start to the end of its call. The first 2xx wins; later ones are ACKed and ended. */
export class ClientInvite extends SessionBase implements ClientSession {
  readonly remote: NameAddr
  handlers: ClientSessionHandlers
  /** By the other side's tag. */
  readonly #branches = new Map<string, Branch>()
  readonly #leaves: (() => void)[] = []
  readonly #pinned: boolean
  readonly #invite: Exchange
  readonly #leaveWaiting: () => void
  #cseq = 0
  #answered = false
  #cancelling = false

  constructor(host: SessionHost, parts: InviteParts) {
    const callId = newCallId()
    super({ host, callId, negotiation: newNegotiation(parts.sessionId), login: parts.login, pinned: parts.pinned })
    this.handlers = parts.handlers
    this.remote = parts.to
    this.#pinned = parts.pinned
    this.sdp.local = parts.media
    if (parts.offer !== 'theirs') {
      const offered = this.sdp.step({ kind: 'make_offer', local: parts.media, direction: 'sendrecv' })
      if (offered.kind === 'fault') throw new Error(offered.sentence)
    }
    const body = this.sdp.body()
    const from: NameAddr = { ...parts.from, params: new Map([...parts.from.params, ['tag', newTag()]]) }
    let uri = parts.uri
    let redirects = newRedirects(uri, parts.redirects?.most ?? 0)
    const { link } = this
    const redirected = (response: SipResponse): boolean => {
      const step = follow(redirects, response, (to) => parts.redirects?.allow(to) === true)
      if (step.kind === 'end') return false
      redirects = step.redirects
      uri = step.uri
      link.digest = undefined
      return true
    }
    this.#leaveWaiting = host.enter(`${callId}\ninvite`, this)
    this.#invite = new Exchange({
      layer: host.layer,
      get digest() {
        return link.digest
      },
      target: () => (redirects.tried.length > 1 ? host.locate(uri) : parts.target()),
      make: (target) => {
        this.#cseq += 1
        // Branches of an INVITE that was refused, and is sent anew, are gone.
        this.#forget()
        return buildRequest({
          method: 'INVITE',
          uri,
          from,
          to: parts.to,
          callId,
          cseq: this.#cseq,
          contact: host.contact(target, uri.scheme === 'sips'),
          ...(parts.maxForwards === undefined ? {} : { maxForwards: parts.maxForwards }),
          headers: [...host.common.request, ...host.extensions, ...this.timer.proposal(), ...(parts.headers ?? [])],
          ...(body === undefined ? {} : { body }),
        })
      },
      again: (response) => (response.status === 422 ? this.timer.tooSmall(response.headers) : redirected(response)),
      response: (response, request, flow) => this.#response(response, request, flow),
      failed: (failure) => this.#failed(failure),
      ended: () => {
        this.#leaveWaiting()
        this.#forget()
      },
    })
  }

  hangup(reason: Reason = {}): void {
    if (this.over) return
    if (this.#answered) {
      this.bye(reason)
      return
    }
    this.#cancelling = true
    this.#invite.cancel(reasonEntries(reason))
    this.end({ by: 'local', how: 'cancel', ...(reason.q850 === undefined ? {} : { q850: reason.q850 }) })
  }

  #response(response: SipResponse, request: SipRequest, flow: Flow): void {
    const { status } = response
    if (status === 100) {
      if (!this.over) this.handlers.trying?.()
      return
    }
    if (status >= 300) {
      this.#refused(response)
      return
    }
    this.link.flow ??= flow
    if (status < 200) this.#provisional(response, request, flow)
    else this.#accepted(response, request, flow)
  }

  /** Before the answer, in the early dialog that was heard of last and whose media is settled. */
  protected override offerPlace(): OfferPlace | undefined {
    if (this.#answered) return super.offerPlace()
    return [...this.#branches.values()].findLast((branch) => branch.offerPlace() !== undefined)?.offerPlace()
  }

  override dialogWith(remoteTag: string): Dialog | undefined {
    return this.#branches.get(remoteTag)?.link.dialog
  }

  /** Requests in an early dialog, or in one that lost. */
  override received(transaction: ServerTransaction): void {
    const tag = transaction.request.from.params.get('tag') ?? ''
    const branch = this.#branches.get(tag)
    if (branch === undefined || branch.link === this.link) {
      super.received(transaction)
      return
    }
    if (this.#answered || this.over) {
      this.host.respond(transaction, transaction.request.method === 'BYE' ? 200 : 481)
      return
    }
    const changed = branch.received(transaction)
    if (changed !== undefined) this.handlers.provisional(branch.status, changed)
  }

  #provisional(response: SipResponse, request: SipRequest, flow: Flow): void {
    if (this.over) return
    const branch = response.to.params.has('tag') ? this.#branch(response, request, flow) : undefined
    const told = branch === undefined ? {} : branch.provisional(response, request)
    if (told !== undefined) this.handlers.provisional(response.status, told.media)
  }

  #branch(response: SipResponse, request: SipRequest, flow: Flow): Branch | undefined {
    const tag = response.to.params.get('tag') ?? ''
    const known = this.#branches.get(tag)
    if (known !== undefined) {
      known.link.step({ kind: 'response_received', response })
      return known
    }
    const link = new DialogLink(this.host, undefined, this.#pinned)
    link.digest = this.link.digest
    const made = Branch.of(request, response, flow, { host: this.host, link, sdp: this.sdp.fork() })
    if (typeof made === 'string') {
      this.host.log.warn({ callId: this.callId, status: response.status }, made)
      return undefined
    }
    this.#branches.set(tag, made)
    // An early dialog is known to the other side, too: it may send UPDATE (RFC 3311).
    if (response.status < 200) this.#leaves.push(this.host.enter(made.key, this))
    return made
  }

  #leaveEarly(): void {
    for (const leave of this.#leaves.splice(0)) leave()
  }

  #forget(): void {
    this.#leaveEarly()
    if (!this.#answered) this.#branches.clear()
  }

  #accepted(response: SipResponse, request: SipRequest, flow: Flow): void {
    const before = this.#branches.get(response.to.params.get('tag') ?? '')
    if (before?.acked !== undefined) {
      before.link.acknowledgeAgain(before.acked)
      return
    }
    const branch = this.#branch(response, request, flow)
    const dialog = branch?.link.dialog
    if (branch === undefined || dialog === undefined) {
      this.end({ by: 'network', how: 'rejected', status: 502, text: 'the 2xx had no usable Contact' })
      return
    }
    branch.link.heard(response)
    branch.link.flow = flow
    const settled = branch.accepted(response)
    branch.acked = branch.link.acknowledge(dialog, request, settled.answer)
    if (this.#answered || this.#cancelling || this.over) {
      this.#dismiss(branch, dialog)
      return
    }
    this.#answered = true
    this.link = branch.link
    this.sdp = branch.sdp
    this.timer.answered(response.headers)
    this.#leaveEarly()
    this.enter(branch.key)
    if (settled.kind === 'fault') {
      this.dropIncompatible(settled.sentence)
      return
    }
    this.handlers.media(settled.media)
    if (!this.over) this.handlers.accepted()
  }

  /** Ends a dialog that nobody wants: of a fork that lost, or one whose 2xx crossed our CANCEL (§9.1, §13.2.2.4). */
  #dismiss(branch: Branch, dialog: Dialog): void {
    const leave = this.host.enter(branch.key, this)
    // After its ACK: a side that gets BYE first may still wait for it.
    const bye = (): void =>
      leaveDialog(this.host, dialog, {
        target: () => branch.link.target(dialog),
        digest: branch.link.digest,
        ended: leave,
      })
    branch.acked?.then(bye, bye)
  }

  #refused(response: SipResponse): void {
    const { status, reason } = response
    const { q850 } = readReason(response)
    const retryAfter = /^\d{1,9}/.exec(response.headers.get('Retry-After') ?? '')
    this.end({
      by: 'remote',
      how: 'rejected',
      status,
      text: reason,
      ...(q850 === undefined ? {} : { q850 }),
      ...(retryAfter === null ? {} : { retryAfter: Number(retryAfter[0]) }),
      ...(status < 400 ? contacts(response.headers) : {}),
    })
  }

  #failed(failure: RequestFailure): void {
    if (this.#answered) return
    this.end(endOf(failure))
  }
}

function endOf(failure: RequestFailure): SessionEnd {
  switch (failure.kind) {
    case 'timeout':
      return { by: 'network', how: 'no_response', status: failure.status }
    case 'cancelled':
      return { by: 'local', how: 'cancel' }
    case 'transport':
    case 'unresolved':
      return { by: 'network', how: 'transport', status: failure.status, text: failure.sentence }
    case 'closed':
      return { by: 'local', how: 'transport', text: failure.sentence }
  }
}
