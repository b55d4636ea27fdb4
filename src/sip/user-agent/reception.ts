import { dialogKey, dialogKeyOfRequest, dialogOfRequest } from '../dialog/dialog.ts'
import { readReplaces, refusalOfReplaces } from '../refer/replaces.ts'
import { negotiate, newNegotiation } from '../sdp/offer-answer.ts'
import { answerTimer } from '../session-timer/terms.ts'
import type { ServerTransaction } from '../transaction/layer.ts'
import { readSdp, sdpType } from './body.ts'
import { dtmfTypes } from './dtmf-info.ts'
import type { DialogUser, SessionHost } from './host.ts'
import type { IncomingRequest, UserAgentHandlers } from './options.ts'
import { refuseBody, warning } from './refuse.ts'
import { screen } from './screen.ts'
import { ServerInvite } from './server-session.ts'
import type { Session } from './session.ts'

/** Methods that live in dialogs only. A REFER from nowhere would make calls for whoever sends it. */
const inDialogs: ReadonlySet<string> = new Set(['BYE', 'PRACK', 'INFO', 'UPDATE', 'NOTIFY', 'REFER'])

export interface ReceptionParts {
  readonly handlers: UserAgentHandlers
  /** What `Allow` lists. */
  readonly methods: readonly string[]
  session(key: string): DialogUser | undefined
  readonly supported: readonly string[]
  nextSessionId(): string
}

/** Hands what comes in to its dialog or to the user's handlers (RFC 3261 §8.2, §12.2.2). */
export class Reception {
  readonly #parts: ReceptionParts
  readonly #handlers: UserAgentHandlers
  readonly #host: SessionHost

  constructor(host: SessionHost, parts: ReceptionParts) {
    this.#host = host
    this.#parts = parts
    this.#handlers = parts.handlers
  }

  /** A request that is neither ACK nor CANCEL. */
  received(transaction: ServerTransaction): void {
    const { request, merged } = transaction
    if (request.to.params.has('tag')) {
      const session = this.#parts.session(dialogKeyOfRequest(request))
      if (session === undefined) {
        this.#host.respond(transaction, 481)
        return
      }
      const methods = [...this.#parts.methods, 'SUBSCRIBE']
      const unknown = screen(request, false, methods, this.#parts.supported)
      if (unknown !== undefined) {
        this.#host.respond(transaction, unknown.status, unknown.parts)
        return
      }
      session.received(transaction)
      return
    }
    this.outside(transaction, merged)
  }

  /** A request outside of a dialog, or one in a dialog that its session does not know. */
  outside(transaction: ServerTransaction, merged = false): void {
    const { request } = transaction
    const refusal = screen(request, merged, this.#parts.methods, this.#parts.supported)
    if (refusal !== undefined) {
      this.#host.respond(transaction, refusal.status, refusal.parts)
      return
    }
    if (inDialogs.has(request.method)) {
      this.#host.respond(transaction, request.method === 'REFER' ? 403 : 481)
      return
    }
    const incoming = this.#incoming(transaction)
    const { admit } = this.#handlers
    if (admit === undefined) {
      this.#hand(transaction, incoming)
      return
    }
    this.#guard(transaction, async () => {
      const admitted = admit(incoming)
      if (admitted === true || (admitted !== false && (await admitted))) this.#hand(transaction, incoming)
    })
  }

  #hand(transaction: ServerTransaction, incoming: IncomingRequest): void {
    const handlers = this.#handlers
    switch (transaction.request.method) {
      case 'INVITE':
        this.#invited(transaction)
        return
      case 'REGISTER':
        this.#guard(transaction, () => handlers.register?.(incoming))
        return
      case 'MESSAGE':
        this.#guard(transaction, () => handlers.message?.(incoming))
        return
      default:
        if (handlers.options !== undefined) {
          this.#guard(transaction, () => handlers.options?.(incoming))
          return
        }
        incoming.reply(200, {
          headers: [
            ['Accept', [sdpType, ...dtmfTypes].join(', ')],
            ['Supported', this.#parts.supported.join(', ')],
          ],
        })
        return
    }
  }

  #invited(transaction: ServerTransaction): void {
    const handlers = this.#handlers
    const { invite } = handlers
    if (invite === undefined) {
      this.#host.respond(transaction, 480)
      return
    }
    // The user answered it while it was deciding whether it may come in.
    if ((transaction.status ?? 100) >= 200) return
    const made = dialogOfRequest(transaction.request, transaction.toTag)
    if (made.kind === 'fault') {
      this.#host.respond(transaction, 400, { headers: [warning(transaction, made.sentence, 399)] })
      return
    }
    const replaced = this.#replaced(transaction)
    if (replaced === 'refused') return
    const timer = answerTimer(this.#host.sessionTimer, transaction.request.headers)
    if (timer.kind === 'too_small') {
      this.#host.respond(transaction, 422, { headers: timer.headers })
      return
    }
    let negotiation = newNegotiation(this.#parts.nextSessionId())
    const offer = readSdp(transaction.request)
    if (offer.kind === 'fault') {
      this.#refuseOffer(transaction, offer)
      return
    }
    if (offer.kind === 'media') {
      const step = negotiate(negotiation, { kind: 'offer_received', remote: offer.media })
      if (step.kind === 'fault') {
        this.#refuseOffer(transaction, step)
        return
      }
      negotiation = step.negotiation
    }
    const session = new ServerInvite(this.#host, transaction, made.dialog, negotiation)
    this.#guard(transaction, async () => {
      try {
        await (replaced === undefined ? invite(session) : handlers.replace?.(session, replaced))
      } catch (error) {
        if (!session.over) session.hangup({ q850: 41 })
        throw error
      }
    })
  }

  /** The session that the INVITE is to take the place of (RFC 3891 §3). */
  #replaced(transaction: ServerTransaction): Session | 'refused' | undefined {
    if (this.#handlers.replace === undefined) return undefined
    const read = readReplaces(transaction.request.headers)
    if (read.kind === 'none') return undefined
    if (read.kind === 'fault') {
      this.#host.respond(transaction, 400, { headers: [warning(transaction, read.sentence, 399)] })
      return 'refused'
    }
    const { callId, toTag, fromTag } = read.replaces
    const session = this.#parts.session(dialogKey(callId, toTag, fromTag))
    const dialog = session?.dialogWith(fromTag)
    const { state = 'terminated', role = 'uas' } = dialog ?? {}
    const found = session && { role, state: session.over ? 'terminated' : state }
    const status = refusalOfReplaces(read.replaces, found)
    if (session !== undefined && status === undefined) return session
    this.#host.respond(transaction, status ?? 481)
    return 'refused'
  }

  #refuseOffer(transaction: ServerTransaction, fault: { readonly status: number; readonly sentence: string }): void {
    refuseBody(this.#host, transaction, fault)
    this.#guard(transaction, () => this.#handlers.refused?.(transaction.request, fault))
  }

  #incoming(transaction: ServerTransaction): IncomingRequest {
    let replied = false
    return {
      request: transaction.request,
      flow: transaction.flow,
      reply: (status, parts) => {
        if (replied) return
        replied = status >= 200
        this.#host.respond(transaction, status, parts)
      },
    }
  }

  /** Runs a handler of the user; its fault is logged, and answered 500 where nothing was answered yet. */
  #guard(transaction: ServerTransaction, run: () => void | Promise<void>): void {
    const failed = (error: unknown): void => {
      this.#host.log.error({ err: error, method: transaction.request.method }, 'a handler of SIP requests failed')
      if ((transaction.status ?? 100) < 200) this.#host.respond(transaction, 500)
    }
    try {
      run()?.catch(failed)
    } catch (error) {
      failed(error)
    }
  }
}
