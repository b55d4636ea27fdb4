import { dialogKeyOfRequest, dialogOfRequest } from '../dialog/dialog.ts'
import { negotiate, newNegotiation } from '../sdp/offer-answer.ts'
import { answerTimer } from '../session-timer/terms.ts'
import type { ServerTransaction } from '../transaction/layer.ts'
import { readSdp, sdpType } from './body.ts'
import { dtmfTypes } from './dtmf-info.ts'
import type { DialogUser, SessionHost } from './host.ts'
import type { IncomingRequest, UserAgentHandlers } from './options.ts'
import { refuseBody, warning } from './refuse.ts'
import { screen, supported } from './screen.ts'
import { ServerInvite } from './server-session.ts'

export interface ReceptionParts {
  readonly handlers: UserAgentHandlers
  /** What `Allow` lists. */
  readonly methods: readonly string[]
  session(key: string): DialogUser | undefined
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
      const unknown = screen(request, false, [...this.#parts.methods, 'PRACK', 'REFER', 'NOTIFY', 'SUBSCRIBE'])
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
    const refusal = screen(request, merged, this.#parts.methods)
    if (refusal !== undefined) {
      this.#host.respond(transaction, refusal.status, refusal.parts)
      return
    }
    // BYE, INFO and UPDATE live in dialogs only.
    if (request.method === 'BYE' || request.method === 'INFO' || request.method === 'UPDATE') {
      this.#host.respond(transaction, 481)
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
            ['Supported', supported.join(', ')],
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
        await invite(session)
      } catch (error) {
        if (!session.over) session.hangup({ q850: 41 })
        throw error
      }
    })
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
