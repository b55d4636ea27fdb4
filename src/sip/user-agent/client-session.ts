import { type Dialog, dialogKey, dialogOfResponse, transition } from '../dialog/dialog.ts'
import { buildRequest } from '../message/build.ts'
import type { Flow, NameAddr, SipRequest, SipResponse } from '../message/message.ts'
import { newCallId, newTag } from '../message/token.ts'
import type { Uri } from '../message/uri.ts'
import type { NegotiatedMedia } from '../sdp/media.ts'
import type { MediaDescription } from '../sdp/media-description.ts'
import { newNegotiation } from '../sdp/offer-answer.ts'
import type { SentRequest, Target } from '../transaction/layer.ts'
import { readSdp } from './body.ts'
import { Exchange } from './exchange.ts'
import type { SessionHost } from './host.ts'
import { leaveDialog } from './leave-dialog.ts'
import type { InviteOptions, RequestFailure } from './options.ts'
import { type Reason, readReason, reasonEntries } from './reason-header.ts'
import { follow, newRedirects } from './redirect.ts'
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

/** One branch of a fork: the other side's tag, its dialog, and what it answered so far. */
interface Branch {
  dialog: Dialog
  early?: MediaDescription
  /** Set when a 2xx of this branch was ACKed. */
  acked?: Promise<SentRequest>
}

/** An INVITE that we sent, from its start to the end of its call. The first 2xx wins; later ones are ACKed and ended. */
export class ClientInvite extends SessionBase implements ClientSession {
  readonly remote: NameAddr
  handlers: ClientSessionHandlers
  readonly #branches = new Map<string, Branch>()
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
    this.sdp.local = parts.media
    const offered = this.sdp.step({ kind: 'make_offer', local: parts.media, direction: 'sendrecv' })
    if (offered.kind === 'fault') throw new Error(offered.sentence)
    const body = this.sdp.body()!
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
          body,
        })
      },
      again: (response) => (response.status === 422 ? this.timer.tooSmall(response.headers) : redirected(response)),
      response: (response, request, flow) => this.#response(response, request, flow),
      failed: (failure) => this.#failed(failure),
      ended: () => this.#leaveWaiting(),
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
    if (status === 100) return
    if (status >= 300) {
      this.#refused(response)
      return
    }
    this.link.flow ??= flow
    if (status < 200) this.#provisional(response, request)
    else this.#accepted(response, request, flow)
  }

  #provisional(response: SipResponse, request: SipRequest): void {
    if (this.over) return
    const branch = response.to.params.has('tag') ? this.#branch(response, request) : undefined
    let media: NegotiatedMedia | undefined
    if (branch !== undefined) {
      const read = readSdp(response)
      if (read.kind === 'media' && JSON.stringify(read.media) !== JSON.stringify(branch.early)) {
        const step = this.sdp.step({ kind: 'answer_received', remote: read.media, final: false })
        if (step.kind === 'ok') {
          branch.early = read.media
          media = step.media
        }
      }
      // PRACK (RFC 3262) attaches here, where the answer has `Require: 100rel`.
    }
    this.handlers.provisional(response.status, media)
  }

  #branch(response: SipResponse, request: SipRequest): Branch | undefined {
    const tag = response.to.params.get('tag') ?? ''
    const known = this.#branches.get(tag)
    if (known !== undefined) {
      const step = transition(known.dialog, { kind: 'response_received', response })
      if (step.kind === 'ok') known.dialog = step.dialog
      return known
    }
    const made = dialogOfResponse(request, response)
    if (made.kind === 'fault') {
      this.host.log.warn({ callId: this.callId, status: response.status }, made.sentence)
      return undefined
    }
    const branch: Branch = { dialog: made.dialog }
    this.#branches.set(tag, branch)
    return branch
  }

  #accepted(response: SipResponse, request: SipRequest, flow: Flow): void {
    const before = this.#branches.get(response.to.params.get('tag') ?? '')
    if (before?.acked !== undefined) {
      this.link.acknowledgeAgain(before.acked)
      return
    }
    const branch = this.#branch(response, request)
    if (branch === undefined) {
      this.end({ by: 'network', how: 'rejected', status: 502, text: 'the 2xx had no usable Contact' })
      return
    }
    branch.acked = this.link.acknowledge(branch.dialog, request)
    if (this.#answered || this.#cancelling || this.over) {
      this.#dismiss(branch)
      return
    }
    this.#answered = true
    this.timer.answered(response.headers)
    this.link.heard(response)
    this.link.flow = flow
    this.link.dialog = branch.dialog
    this.enter(dialogKey(this.callId, branch.dialog.localTag, branch.dialog.remoteTag))
    const answer = answerOf(response, branch)
    const step =
      answer === undefined ? undefined : this.sdp.step({ kind: 'answer_received', remote: answer, final: true })
    if (step?.kind !== 'ok' || step.media === undefined) {
      this.dropIncompatible(step?.kind === 'fault' ? step.sentence : undefined)
      return
    }
    this.handlers.media(step.media)
    if (!this.over) this.handlers.accepted()
  }

  /** Ends a dialog that nobody wants: of a fork that lost, or one whose 2xx crossed our CANCEL (§9.1, §13.2.2.4). */
  #dismiss(branch: Branch): void {
    const leave = this.host.enter(dialogKey(this.callId, branch.dialog.localTag, branch.dialog.remoteTag), this)
    // After its ACK: a side that gets BYE first may still wait for it.
    const bye = (): void =>
      leaveDialog(this.host, branch.dialog, {
        target: () => this.link.target(branch.dialog),
        digest: this.link.digest,
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
    })
  }

  #failed(failure: RequestFailure): void {
    if (this.#answered) return
    this.end(endOf(failure))
  }
}

function answerOf(response: SipResponse, branch: Branch): MediaDescription | undefined {
  const read = readSdp(response)
  if (read.kind === 'media') return read.media
  // Some answer in the 183 and leave the 2xx empty.
  return read.kind === 'none' ? branch.early : undefined
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
