import { buildResponse } from '../message/build.ts'
import type { Flow, SipRequest, SipResponse } from '../message/message.ts'
import { newTag } from '../message/token.ts'
import type { ServerEffect, ServerEvent, Wire } from './effect.ts'
import type { ServerFailure, ServerHandlers, ServerTransaction } from './layer.ts'
import { type ServerInviteState, serverInvite } from './server-invite.ts'
import { type ServerNonInviteState, serverNonInvite } from './server-non-invite.ts'
import { TimerSet } from './timer-set.ts'
import { type Ground, Packet } from './wire-tap.ts'

export interface ServerObserver {
  request(transaction: ServerRequest): void
  ack(ack: SipRequest, flow: Flow): void
  ended(transaction: ServerRequest): void
}

/** One request that came in: a server machine with its timers, as its user sees it. */
export class ServerRequest implements ServerTransaction {
  readonly key: string
  readonly request: SipRequest
  readonly flow: Flow
  readonly toTag: string
  readonly merged: boolean
  readonly #ground: Ground
  readonly #observer: ServerObserver
  readonly #timers: TimerSet
  readonly #transition: (event: ServerEvent) => readonly ServerEffect[]
  readonly #queue: ServerEvent[] = []
  #busy = false
  #status: number | undefined
  #last: Packet<SipResponse> | undefined
  #handlers: ServerHandlers | undefined
  /** What happened before anybody listened. */
  #missed: ((handlers: ServerHandlers) => void)[] = []
  #cancelled = false

  constructor(
    ground: Ground,
    given: { readonly key: string; readonly request: SipRequest; readonly flow: Flow; readonly merged: boolean },
    observer: ServerObserver,
    toTag = newTag(),
  ) {
    this.#ground = ground
    this.#observer = observer
    this.key = given.key
    this.request = given.request
    this.flow = given.flow
    this.merged = given.merged
    this.toTag = toTag
    this.#timers = new TimerSet(ground.clock)
    const wire = { reliable: given.flow.transport !== 'UDP', times: ground.times }
    this.#transition = given.request.method === 'INVITE' ? inviteMachine(wire) : nonInviteMachine(wire)
  }

  get status(): number | undefined {
    return this.#status
  }

  get timers(): number {
    return this.#timers.size
  }

  respond(response: SipResponse): void {
    const sent = this.#status
    const again = sent !== undefined && sent >= 200
    const repeats = again && sent < 300 && response.status >= 200 && response.status < 300
    if (again && !(repeats && this.request.method === 'INVITE')) {
      const fields = { callId: this.request.callId, sent, dropped: response.status }
      this.#ground.log.warn(fields, 'a second final answer to one request was dropped')
      return
    }
    this.feed({ kind: 'respond', response })
  }

  listen(handlers: ServerHandlers): void {
    this.#handlers = handlers
    const missed = this.#missed
    this.#missed = []
    for (const tell of missed) this.#guard(() => tell(handlers))
  }

  /** A CANCEL for this INVITE; it matters only before the final answer, and once. */
  cancel(cancel: SipRequest): void {
    if (this.#cancelled || (this.#status ?? 0) >= 200) return
    this.#cancelled = true
    this.#tell((handlers) => handlers.cancelled?.(cancel))
  }

  feed(event: ServerEvent): void {
    this.#queue.push(event)
    if (this.#busy) return
    this.#busy = true
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift())
        for (const effect of this.#transition(next)) this.#run(effect)
    } finally {
      this.#busy = false
    }
  }

  /** The layer is closing. */
  drop(): void {
    this.#timers.stopAll()
    this.#tell((handlers) => handlers.ended?.())
  }

  #run(effect: ServerEffect): void {
    switch (effect.kind) {
      case 'startTimer':
        this.#timers.start(effect.timer, effect.ms, () => this.feed({ kind: 'timer', timer: effect.timer }))
        return
      case 'stopTimer':
        this.#timers.stop(effect.timer)
        return
      case 'send':
        this.#send(effect)
        return
      case 'deliver':
        this.#deliver(effect)
        return
      case 'end':
        this.#observer.ended(this)
        this.#tell((handlers) => handlers.ended?.())
        return
    }
  }

  #send(effect: ServerEffect & { kind: 'send' }): void {
    switch (effect.what) {
      case 'last':
        break
      case 'trying':
        this.#last = new Packet(buildResponse(this.request, 100))
        this.#status = 100
        break
      case 'response':
        this.#last = new Packet(effect.response)
        this.#status = effect.response.status
        break
    }
    if (this.#last === undefined) return
    this.#ground.tap.respond(this.request, this.#last, this.flow).catch((error: unknown) => {
      this.feed({ kind: 'transportError', error })
    })
  }

  #deliver(effect: ServerEffect & { kind: 'deliver' }): void {
    switch (effect.what) {
      case 'request':
        this.#observer.request(this)
        return
      case 'ack':
        this.#observer.ack(effect.ack, this.flow)
        return
      case 'no-ack':
        this.#fail({ kind: 'no-ack', sentence: `no ACK came for the ${this.#status} answer` })
        return
      case 'no-answer':
        this.#fail({ kind: 'no-answer', sentence: `the ${this.request.method} was not answered in time` })
        return
      case 'transport': {
        const sentence = `the answer could not be sent to ${this.flow.remoteAddress} by ${this.flow.transport}`
        this.#fail({ kind: 'transport', sentence, error: effect.error })
        return
      }
    }
  }

  #fail(failure: ServerFailure): void {
    this.#ground.log.debug({ callId: this.request.callId, ...failure }, 'a server transaction failed')
    this.#tell((handlers) => handlers.failed?.(failure))
  }

  #tell(tell: (handlers: ServerHandlers) => void): void {
    const handlers = this.#handlers
    if (handlers === undefined) this.#missed.push(tell)
    else this.#guard(() => tell(handlers))
  }

  #guard(call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#ground.log.error({ err: error, callId: this.request.callId }, 'a handler of a server transaction failed')
    }
  }
}

function inviteMachine(wire: Wire): (event: ServerEvent) => readonly ServerEffect[] {
  let state: ServerInviteState = { name: 'initial' }
  return (event) => {
    const step = serverInvite(state, event, wire)
    state = step.state
    return step.effects
  }
}

function nonInviteMachine(wire: Wire): (event: ServerEvent) => readonly ServerEffect[] {
  let state: ServerNonInviteState = { name: 'initial' }
  return (event) => {
    const step = serverNonInvite(state, event, wire)
    state = step.state
    return step.effects
  }
}
