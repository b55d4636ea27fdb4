import type { Dialog } from '../dialog/dialog.ts'
import { buildRequest } from '../message/build.ts'
import type { Flow, NameAddr, SipRequest, SipResponse } from '../message/message.ts'
import { newCallId, newTag } from '../message/token.ts'
import type { Uri } from '../message/uri.ts'
import { newNegotiation } from '../sdp/offer-answer.ts'
import type { ServerTransaction, Target } from '../transaction/layer.ts'
import { Branch, type Settled } from './branch.ts'
import { DialogLink } from './dialog-link.ts'
import { Exchange } from './exchange.ts'
import { type ForksEffect, type ForksEvent, forks, newForks, requestFor } from './forks.ts'
import type { SessionHost } from './host.ts'
import { leaveDialog } from './leave-dialog.ts'
import type { InviteOptions, RequestFailure } from './options.ts'
import { type Reason, readReason, reasonEntries } from './reason-header.ts'
import { contacts, follow, newRedirects } from './redirect.ts'
import type { OfferPlace } from './send-offer.ts'
import type { ClientSession, ClientSessionHandlers, SessionEnd } from './session.ts'
import { SessionBase } from './session-base.ts'
import type { SessionMedia } from './session-media.ts'

export interface InviteParts extends Omit<InviteOptions, 'uri' | 'to' | 'via'> {
  readonly uri: Uri
  readonly to: NameAddr
  readonly target: () => Promise<Target>
  readonly pinned: boolean
  /** Digits, for `o=`. */
  readonly sessionId: string
}

/** An answer to the INVITE. */
interface Heard {
  readonly response: SipResponse
  readonly request: SipRequest
  readonly flow: Flow
  readonly tag: string
  /** `undefined` where it makes no dialog. */
  readonly branch: Branch | undefined
}

/** An INVITE that we sent, from its start to the end of its call. The first 2xx wins; later ones are ACKed and ended. */
export class ClientInvite extends SessionBase implements ClientSession {
  readonly remote: NameAddr
  handlers: ClientSessionHandlers
  #forks = newForks
  /** By the other side's tag. */
  readonly #branches = new Map<string, Branch>()
  /** Of early dialogs. */
  readonly #leaves = new Map<string, () => void>()
  /** As the INVITE says it; what each branch begins with. */
  readonly #offered: SessionMedia
  readonly #pinned: boolean
  readonly #invite: Exchange
  readonly #leaveWaiting: () => void
  #cseq = 0

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
    this.#offered = this.sdp
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
        this.#feed({ kind: 'forgotten' })
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
        this.#feed({ kind: 'forgotten' })
      },
    })
  }

  hangup(reason: Reason = {}): void {
    if (this.over) return
    if (this.#forks.name === 'answered') {
      this.bye(reason)
      return
    }
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
    const tag = response.to.params.get('tag')
    const branch = this.#branchOf(response, request, flow)
    const kind = status < 200 ? 'provisional' : 'success'
    const heard = { response, request, flow, tag: tag ?? '', branch }
    this.#feed({ kind, tag: tag ?? '', usable: branch !== undefined }, heard)
  }

  /** Before the answer, in the early dialog that was heard of last and whose media is settled. */
  protected override offerPlace(): OfferPlace | undefined {
    if (this.#forks.name === 'answered') return super.offerPlace()
    return [...this.#branches.values()].findLast((branch) => branch.offerPlace() !== undefined)?.offerPlace()
  }

  override dialogWith(remoteTag: string): Dialog | undefined {
    return this.#branches.get(remoteTag)?.link.dialog
  }

  /** Requests in an early dialog, or in one that lost. */
  override received(transaction: ServerTransaction): void {
    const tag = transaction.request.from.params.get('tag') ?? ''
    const branch = this.#branches.get(tag)
    const place = requestFor(this.#forks, tag)
    if (place === 'session' || branch === undefined) {
      super.received(transaction)
      return
    }
    if (place === 'gone') {
      this.host.respond(transaction, transaction.request.method === 'BYE' ? 200 : 481)
      return
    }
    const changed = branch.received(transaction)
    if (changed !== undefined) this.handlers.provisional(branch.status, changed)
  }

  protected override end(end: SessionEnd): void {
    this.#feed({ kind: 'given_up' })
    super.end(end)
  }

  /** That of an answer: one that is known, or a new one. `undefined` where it makes no dialog. */
  #branchOf(response: SipResponse, request: SipRequest, flow: Flow): Branch | undefined {
    const tag = response.to.params.get('tag')
    if (tag === undefined) return undefined
    const known = this.#branches.get(tag)
    if (known !== undefined) return known
    const link = new DialogLink(this.host, undefined, this.#pinned)
    link.digest = this.link.digest
    const made = Branch.of(request, response, flow, { host: this.host, link, sdp: this.#offered.fork() })
    if (typeof made !== 'string') return made
    this.host.log.warn({ callId: this.callId, status: response.status }, made)
    return undefined
  }

  /** @param heard the answer that the event is about */
  #feed(event: ForksEvent, heard?: Heard): void {
    const { state, effects } = forks(this.#forks, event)
    this.#forks = state
    for (const effect of effects) this.#work(effect, heard)
  }

  #work(effect: ForksEffect, heard: Heard | undefined): void {
    switch (effect.kind) {
      case 'close':
        this.#leave(effect.tag)
        this.#branches.delete(effect.tag)
        return
      case 'acknowledge_again':
        this.#branches.get(effect.tag)?.acknowledgeAgain()
        return
      case 'dismiss':
        this.#dismiss(this.#branches.get(effect.tag))
        return
      case 'broken':
        this.end({ by: 'network', how: 'rejected', status: 502, text: 'the 2xx had no usable Contact' })
        return
      case 'open':
      case 'hear':
      case 'acknowledge':
      case 'win':
        if (heard !== undefined) this.#workOn(effect.kind, heard)
    }
  }

  #workOn(kind: 'open' | 'hear' | 'acknowledge' | 'win', { response, request, flow, tag, branch }: Heard): void {
    if (branch === undefined) {
      this.handlers.provisional(response.status, undefined)
      return
    }
    switch (kind) {
      case 'open':
        this.#branches.set(tag, branch)
        // It may send UPDATE (RFC 3311).
        this.#leaves.set(tag, this.host.enter(branch.key, this))
        return
      case 'hear': {
        branch.link.step({ kind: 'response_received', response })
        const told = branch.provisional(response, request)
        if (told !== undefined) this.handlers.provisional(response.status, told.media)
        return
      }
      case 'acknowledge':
        this.#branches.set(tag, branch)
        branch.link.step({ kind: 'response_received', response })
        branch.accepted(response, request, flow)
        return
      case 'win':
        this.#leave(tag)
        this.link = branch.link
        this.sdp = branch.sdp
        this.timer.answered(response.headers)
        this.enter(branch.key)
        this.#agreed(branch.settled)
    }
  }

  #agreed(settled: Settled | undefined): void {
    if (settled?.kind !== 'agreed') {
      this.dropIncompatible(settled?.sentence)
      return
    }
    this.handlers.media(settled.media)
    if (!this.over) this.handlers.accepted()
  }

  #leave(tag: string): void {
    this.#leaves.get(tag)?.()
    this.#leaves.delete(tag)
  }

  #dismiss(branch: Branch | undefined): void {
    const dialog = branch?.link.dialog
    if (branch === undefined || dialog === undefined) return
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
    if (this.#forks.name === 'answered') return
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
