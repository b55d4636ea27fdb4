import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { HostPort } from '../message/host.ts'
import type { Flow, SipMessage, SipRequest, SipResponse } from '../message/message.ts'
import { serialize } from '../message/serialize.ts'
import type { TransportSet } from '../transport/transports.ts'
import type { Trace } from './layer.ts'
import type { Refusals } from './refusals.ts'
import type { Times } from './timers.ts'

/** What every transaction of a layer shares. */
export interface Ground {
  readonly transports: TransportSet
  readonly clock: Clock
  readonly log: Logger
  readonly times: Times
  readonly tap: WireTap
  readonly refusals: Refusals
  /** What our Via says: the address at which a peer on that flow reaches us. */
  sentBy(flow: Flow): HostPort
}

/** A message and its bytes: made once, sent as often as need be. */
export class Packet<M extends SipMessage = SipMessage> {
  readonly message: M
  readonly bytes: Buffer

  constructor(message: M) {
    this.message = message
    this.bytes = serialize(message)
  }
}

/** Everything that is sent goes through here, and everything received is shown to it: the source of ladders. */
export class WireTap {
  readonly #transports: TransportSet
  readonly #clock: Clock
  readonly #log: Logger
  readonly #trace: Trace | undefined

  constructor(transports: TransportSet, clock: Clock, log: Logger, trace: Trace | undefined) {
    this.#transports = transports
    this.#clock = clock
    this.#log = log
    this.#trace = trace
  }

  async send({ message, bytes }: Packet<SipRequest>, flow: Flow): Promise<void> {
    this.#show('sent', flow, message, bytes)
    await this.#transports.send(flow, bytes)
  }

  async respond(request: SipRequest, { message, bytes }: Packet<SipResponse>, flow: Flow): Promise<void> {
    const used = await this.#transports.respond(request, flow, bytes, (to) => this.#show('sent', to, message, bytes))
    if (used.connection !== flow.connection)
      this.#log.debug({ callId: request.callId }, 'an answer went by a new connection')
  }

  received(message: SipMessage, flow: Flow, bytes: Buffer): void {
    this.#show('received', flow, message, bytes)
  }

  #show(direction: 'received' | 'sent', flow: Flow, message: SipMessage, bytes: Buffer): void {
    if (this.#trace === undefined) return
    try {
      this.#trace({ at: this.#clock.wall(), direction, flow, message, raw: () => bytes.toString('utf8') })
    } catch (error) {
      // Drawing a ladder must not cost the call.
      this.#log.error({ err: error }, 'the trace callback failed')
    }
  }
}
