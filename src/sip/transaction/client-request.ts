import { withVia } from '../message/build.ts'
import type { HeaderEntries } from '../message/headers.ts'
import type { Flow, SipRequest, SipResponse } from '../message/message.ts'
import { newBranch } from '../message/token.ts'
import { ClientAttempt } from './client-attempt.ts'
import type { ClientEffect } from './effect.ts'
import type { ClientFailure, ClientHandlers, ClientTransaction, Target } from './layer.ts'
import { Route, type Way } from './route.ts'
import { type Ground, Packet } from './wire-tap.ts'

/** Where attempts are known by their key, so that answers find them. */
export interface AttemptRegister {
  add(attempt: ClientAttempt): void
  remove(attempt: ClientAttempt): void
  /** The whole request is over. */
  finished(request: ClientRequest): void
}

/** The request with our Via on top. */
export function stamped(ground: Ground, request: SipRequest, flow: Flow): Packet<SipRequest> {
  const branch = newBranch()
  const params = new Map([
    ['rport', ''],
    ['branch', branch],
  ])
  return new Packet(withVia(request, { transport: flow.transport, ...ground.sentBy(flow), branch, params }))
}

/** A request as its user sees it: one attempt after another until one has an answer. */
export class ClientRequest implements ClientTransaction {
  readonly #ground: Ground
  readonly #handlers: ClientHandlers
  readonly #register: AttemptRegister
  readonly #route: Route
  readonly #given: SipRequest
  readonly #open = new Set<ClientAttempt>()
  #request: SipRequest
  #current: ClientAttempt | undefined
  #answered = false
  #final = false
  #ended = false
  #cancel: HeaderEntries | undefined

  constructor(ground: Ground, request: SipRequest, to: Target, handlers: ClientHandlers, register: AttemptRegister) {
    this.#ground = ground
    this.#given = request
    this.#request = request
    this.#handlers = handlers
    this.#register = register
    this.#route = new Route(ground, request, to)
  }

  get request(): SipRequest {
    return this.#request
  }

  get flow(): Flow | undefined {
    return this.#current?.flow
  }

  cancel(headers: HeaderEntries = []): void {
    if (this.#given.method !== 'INVITE' || this.#final || this.#cancel !== undefined) return
    this.#cancel = headers
    this.#current?.cancel(headers)
  }

  begin(): void {
    this.#goOn()
  }

  async #advance(last?: ClientFailure): Promise<void> {
    this.#current = undefined
    const way = this.#cancel === undefined ? await this.#route.next() : undefined
    if (this.#final) return
    if (this.#cancel !== undefined)
      this.#fail({ kind: 'cancelled', status: 487, sentence: 'the request was cancelled before it was answered' })
    else if (way === undefined) this.#fail(last ?? this.#route.failure())
    else this.#send(way)
  }

  /** The layer is closing. */
  close(): void {
    for (const attempt of this.#open) attempt.drop()
    this.#open.clear()
    this.#fail({ kind: 'closed', status: 503, sentence: 'the SIP service is stopping' })
  }

  #send(way: Way): void {
    const packet = stamped(this.#ground, this.#given, way.flow)
    this.#request = packet.message
    const attempt: ClientAttempt = new ClientAttempt(this.#ground, packet, way.flow, {
      deliver: (effect) => this.#deliver(effect, way),
      sendCancel: (cancel, flow) => this.#sendCancel(cancel, flow),
      ended: () => this.#attemptEnded(attempt),
    })
    this.#current = attempt
    this.#open.add(attempt)
    this.#register.add(attempt)
    attempt.feed({ kind: 'start' })
  }

  #deliver(effect: ClientEffect & { kind: 'deliver' }, way: Way): void {
    const { flow } = way
    switch (effect.what) {
      case 'response':
        this.#answer(effect.response, flow)
        return
      case 'transport': {
        if (this.#final) return
        this.#route.broke(way)
        const sentence = `the request could not be sent to ${flow.remoteAddress} by ${flow.transport}`
        this.#goOn({ kind: 'transport', status: 503, sentence, error: effect.error })
        return
      }
      case 'timeout': {
        const sentence = `no answer from ${flow.remoteAddress} port ${flow.remotePort} by ${flow.transport}`
        const failure: ClientFailure = { kind: 'timeout', status: 408, sentence }
        if (this.#answered) this.#fail(failure)
        else this.#goOn(failure)
        return
      }
      case 'cancelled':
        this.#fail({ kind: 'cancelled', status: 487, sentence: 'cancelled, and no final answer came after it' })
        return
    }
  }

  #answer(response: SipResponse, flow: Flow): void {
    this.#answered = true
    if (response.status === 503 && this.#cancel === undefined && this.#route.more) {
      this.#goOn()
      return
    }
    if (response.status >= 200) this.#final = true
    this.#guard(() => this.#handlers.response(response, flow))
  }

  #goOn(last?: ClientFailure): void {
    this.#advance(last).catch((error: unknown) => {
      const sentence = 'the request could not be sent'
      this.#fail({ kind: 'transport', status: 503, sentence, error })
    })
  }

  #sendCancel(cancel: SipRequest, flow: Flow): void {
    const attempt: ClientAttempt = new ClientAttempt(this.#ground, new Packet(cancel), flow, {
      // What comes to the CANCEL itself changes nothing: the INVITE ends by its own answer or timer.
      deliver() {},
      sendCancel() {},
      ended: () => this.#attemptEnded(attempt),
    })
    this.#open.add(attempt)
    this.#register.add(attempt)
    attempt.feed({ kind: 'start' })
  }

  #attemptEnded(attempt: ClientAttempt): void {
    this.#open.delete(attempt)
    this.#register.remove(attempt)
    this.#maybeEnded()
  }

  #fail(failure: ClientFailure): void {
    if (!this.#final) {
      this.#final = true
      this.#guard(() => this.#handlers.failed(failure))
    }
    this.#maybeEnded()
  }

  #maybeEnded(): void {
    if (!this.#final || this.#open.size > 0 || this.#ended) return
    this.#ended = true
    this.#register.finished(this)
    this.#guard(() => this.#handlers.ended?.())
  }

  #guard(call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#ground.log.error({ err: error, callId: this.#given.callId }, 'a handler of a client transaction failed')
    }
  }
}
