import { buildHopByHop } from '../message/build.ts'
import type { HeaderEntries } from '../message/headers.ts'
import type { Flow, SipRequest } from '../message/message.ts'
import { type ClientInviteState, clientInvite } from './client-invite.ts'
import { type ClientNonInviteState, clientNonInvite } from './client-non-invite.ts'
import type { ClientEffect, ClientEvent, Wire } from './effect.ts'
import { clientKey } from './key.ts'
import { TimerSet } from './timer-set.ts'
import { type Ground, Packet } from './wire-tap.ts'

export interface AttemptObserver {
  deliver(effect: ClientEffect & { kind: 'deliver' }): void
  /** CANCEL is a transaction of its own; it is sent where this one was. */
  sendCancel(cancel: SipRequest, flow: Flow): void
  ended(): void
}

/** One request on one flow: a client machine with its timers. */
export class ClientAttempt {
  readonly key: string
  readonly flow: Flow
  readonly #packet: Packet<SipRequest>
  readonly #ground: Ground
  readonly #observer: AttemptObserver
  readonly #timers: TimerSet
  readonly #transition: (event: ClientEvent) => readonly ClientEffect[]
  readonly #queue: ClientEvent[] = []
  #busy = false
  #cancelHeaders: HeaderEntries = []

  constructor(ground: Ground, packet: Packet<SipRequest>, flow: Flow, observer: AttemptObserver) {
    this.#ground = ground
    this.#packet = packet
    this.flow = flow
    this.#observer = observer
    this.#timers = new TimerSet(ground.clock)
    const { method, vias } = packet.message
    this.key = clientKey(vias[0]?.branch ?? '', method)
    const wire = { reliable: flow.transport !== 'UDP', times: ground.times }
    this.#transition = method === 'INVITE' ? inviteMachine(wire) : nonInviteMachine(wire)
  }

  get timers(): number {
    return this.#timers.size
  }

  cancel(headers: HeaderEntries): void {
    this.#cancelHeaders = headers
    this.feed({ kind: 'cancel' })
  }

  /** Events that effects cause are taken up after them, in order. */
  feed(event: ClientEvent): void {
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

  /** Without a word: the layer is closing. */
  drop(): void {
    this.#timers.stopAll()
  }

  #run(effect: ClientEffect): void {
    switch (effect.kind) {
      case 'startTimer':
        this.#timers.start(effect.timer, effect.ms, () => this.feed({ kind: 'timer', timer: effect.timer }))
        return
      case 'stopTimer':
        this.#timers.stop(effect.timer)
        return
      case 'deliver':
        this.#observer.deliver(effect)
        return
      case 'end':
        this.#observer.ended()
        return
      case 'send':
        this.#send(effect)
        return
    }
  }

  #send(effect: ClientEffect & { kind: 'send' }): void {
    const request = this.#packet.message
    switch (effect.what) {
      case 'request':
        this.#put(this.#packet)
        return
      case 'ack': {
        const to = { value: effect.response.to, text: effect.response.headers.get('To') ?? '' }
        this.#put(new Packet(buildHopByHop(request, 'ACK', to)))
        return
      }
      case 'cancel': {
        const to = { value: request.to, text: request.headers.get('To') ?? '' }
        this.#observer.sendCancel(buildHopByHop(request, 'CANCEL', to, this.#cancelHeaders), this.flow)
        return
      }
    }
  }

  #put(packet: Packet<SipRequest>): void {
    this.#ground.tap.send(packet, this.flow).catch((error: unknown) => this.feed({ kind: 'transportError', error }))
  }
}

function inviteMachine(wire: Wire): (event: ClientEvent) => readonly ClientEffect[] {
  let state: ClientInviteState = { name: 'initial' }
  return (event) => {
    const step = clientInvite(state, event, wire)
    state = step.state
    return step.effects
  }
}

function nonInviteMachine(wire: Wire): (event: ClientEvent) => readonly ClientEffect[] {
  let state: ClientNonInviteState = { name: 'initial' }
  return (event) => {
    const step = clientNonInvite(state, event, wire)
    state = step.state
    return step.effects
  }
}
