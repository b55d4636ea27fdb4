import { createHash } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { Scope } from '../../base/scope.ts'
import { buildResponse } from '../message/build.ts'
import type { HostPort } from '../message/host.ts'
import type { Flow, SipMessage, SipRequest, SipResponse } from '../message/message.ts'
import type { ParseFault } from '../message/parse.ts'
import { TransportError } from '../transport/transport.ts'
import type { TransportSet } from '../transport/transports.ts'
import type { ClientAttempt } from './client-attempt.ts'
import { ClientRequest, stamped } from './client-request.ts'
import { mergeKey, responseKey, serverKey } from './key.ts'
import type {
  ClientHandlers,
  ClientTransaction,
  SentRequest,
  Target,
  Trace,
  TransactionCounts,
  TransactionLayer,
  TransactionUser,
} from './layer.ts'
import { Refusals } from './refusals.ts'
import { Route } from './route.ts'
import { ServerRequest } from './server-request.ts'
import { defaultTimes, type Times } from './timers.ts'
import { type Ground, Packet, WireTap } from './wire-tap.ts'

export interface TransactionOptions {
  readonly transports: TransportSet
  readonly clock: Clock
  readonly scope: Scope
  readonly log: Logger
  readonly user: TransactionUser
  /** What our Via says on that flow; default the flow's local address and port. */
  sentBy?(flow: Flow): HostPort
  readonly trace?: Trace
  readonly times?: Times
  /** Requests worked on at once, above which a new one is answered 503. Default 20,000. */
  readonly mostRequests?: number
}

const doubleCrlf = Buffer.from('\r\n\r\n')

/** Puts the transaction layer between the transports and its user; it is closed with the scope. */
export function startTransactions(options: TransactionOptions): TransactionLayer {
  const layer = new Interpreter(options)
  options.scope.add('transactions', () => layer.close())
  return layer
}

class Interpreter implements TransactionLayer {
  readonly #ground: Ground
  readonly #user: TransactionUser
  readonly #most: number
  readonly #requests = new Set<ClientRequest>()
  readonly #attempts = new Map<string, ClientAttempt>()
  readonly #servers = new Map<string, ServerRequest>()
  /** Requests outside of a dialog by what is the same on every path they may come (§8.2.2.2). */
  readonly #merging = new Map<string, ServerRequest>()
  #closed = false

  constructor({ transports, clock, log, user, trace, times = defaultTimes, ...rest }: TransactionOptions) {
    const tap = new WireTap(transports, clock, log, trace)
    const sentBy = rest.sentBy ?? ((flow: Flow) => ({ host: flow.localAddress, port: flow.localPort }))
    this.#ground = { transports, clock, log, times, tap, sentBy, refusals: new Refusals(clock) }
    this.#user = user
    this.#most = rest.mostRequests ?? 20_000
    transports.listen({
      message: (message, flow, raw) => this.#receive(message, flow, raw),
      fault: (fault, flow, raw) => this.#fault(fault, flow, raw),
      closed: (flow) => this.#flowClosed(flow),
    })
  }

  request(request: SipRequest, to: Target, handlers: ClientHandlers): ClientTransaction {
    if (request.method === 'ACK') throw new TypeError('an ACK is no transaction: use sendAck')
    const client: ClientRequest = new ClientRequest(this.#ground, request, to, handlers, {
      add: (attempt) => this.#attempts.set(attempt.key, attempt),
      remove: (attempt) => this.#attempts.delete(attempt.key),
      finished: (finished) => this.#requests.delete(finished),
    })
    this.#requests.add(client)
    queueMicrotask(() => (this.#closed ? client.close() : client.begin()))
    return client
  }

  async sendAck(ack: SipRequest, to: Target): Promise<SentRequest> {
    const route = new Route(this.#ground, ack, to)
    let failure: unknown
    for (let way = await route.next(); way !== undefined; way = await route.next()) {
      const packet = stamped(this.#ground, ack, way.flow)
      try {
        await this.#ground.tap.send(packet, way.flow)
        return { request: packet.message, flow: way.flow }
      } catch (error) {
        route.broke(way)
        failure = error
      }
    }
    if (failure !== undefined) throw failure
    throw new TransportError('ENOTARGET', route.failure().sentence)
  }

  async sendAgain({ request, flow }: SentRequest): Promise<void> {
    await this.#ground.tap.send(new Packet(request), flow)
  }

  ping(flow: Flow): Promise<void> {
    return this.#ground.transports.send(flow, doubleCrlf)
  }

  counts(): TransactionCounts {
    let timers = 0
    for (const attempt of this.#attempts.values()) timers += attempt.timers
    for (const server of this.#servers.values()) timers += server.timers
    return { client: this.#requests.size, server: this.#servers.size, timers }
  }

  close(): void {
    this.#closed = true
    for (const request of this.#requests) request.close()
    for (const server of this.#servers.values()) server.drop()
    this.#requests.clear()
    this.#attempts.clear()
    this.#servers.clear()
    this.#merging.clear()
  }

  #receive(message: SipMessage, flow: Flow, raw: Buffer): void {
    if (this.#closed) return
    this.#ground.tap.received(message, flow, raw)
    if (message.kind === 'response') this.#response(message, flow)
    else if (message.method === 'ACK') this.#ack(message, flow)
    else this.#request(message, flow)
  }

  #response(response: SipResponse, flow: Flow): void {
    // More than one Via: meant for somebody else (§8.1.3.3).
    const attempt = response.vias.length === 1 ? this.#attempts.get(responseKey(response)) : undefined
    if (attempt !== undefined) attempt.feed({ kind: 'response', response })
    else this.#guard(response, () => this.#user.stray?.(response, flow))
  }

  #ack(ack: SipRequest, flow: Flow): void {
    const server = this.#servers.get(serverKey(ack))
    if (server !== undefined) server.feed({ kind: 'ack', ack })
    else this.#guard(ack, () => this.#user.ack(ack, flow))
  }

  #request(request: SipRequest, flow: Flow): void {
    const key = serverKey(request)
    const known = this.#servers.get(key)
    if (known !== undefined) known.feed({ kind: 'again' })
    else if (this.#servers.size < this.#most) this.#begin(key, request, flow)
    else this.#answer(request, flow, 503, undefined, [['Retry-After', '10']])
  }

  #begin(key: string, request: SipRequest, flow: Flow): void {
    const cancelled = request.method === 'CANCEL' ? this.#servers.get(serverKey(request, 'INVITE')) : undefined
    const same = request.method === 'CANCEL' ? undefined : mergeKey(request)
    const merged = same !== undefined && this.#merging.has(same)
    const server = new ServerRequest(
      this.#ground,
      { key, request, flow, merged },
      {
        request: (transaction) => this.#hand(transaction, cancelled !== undefined),
        ack: (ack, from) => this.#guard(ack, () => this.#user.ack(ack, from)),
        ended: (transaction) => {
          this.#servers.delete(transaction.key)
          if (same !== undefined && this.#merging.get(same) === transaction) this.#merging.delete(same)
        },
      },
      // The answers to a CANCEL and to its INVITE should have one tag (§9.2).
      cancelled?.toTag,
    )
    this.#servers.set(key, server)
    if (same !== undefined && !merged) this.#merging.set(same, server)
    server.feed({ kind: 'start' })
    // Behind the 200 of the CANCEL, so that the 487 goes out after it.
    cancelled?.cancel(request)
  }

  #hand(server: ServerRequest, matched: boolean): void {
    const { request, toTag } = server
    if (request.method === 'CANCEL') {
      server.respond(buildResponse(request, matched ? 200 : 481, { toTag }))
      return
    }
    this.#guard(
      request,
      () => this.#user.request(server),
      () => (server.status ?? 0) < 200 && server.respond(buildResponse(request, 500, { toTag })),
    )
  }

  #fault(fault: ParseFault, flow: Flow, raw: Buffer): void {
    if (this.#closed) return
    const { request, status, sentence, header } = fault
    this.#ground.log.debug({ remote: flow.remoteAddress, status, header, sentence }, 'a message could not be read')
    if (request === undefined) return
    this.#ground.tap.received(request, flow, raw)
    // An ACK is never answered.
    if (request.method !== 'ACK') this.#answer(request, flow, status, sentence[0]?.toUpperCase() + sentence.slice(1))
  }

  /** Without a transaction (§8.2.7): the tag is made from the request, so that a retransmission gets the same one. */
  #answer(
    request: SipRequest,
    flow: Flow,
    status: number,
    reason?: string,
    headers: readonly (readonly [string, string])[] = [],
  ): void {
    const toTag = createHash('sha256').update(serverKey(request)).digest('hex').slice(0, 16)
    const response = buildResponse(request, status, { toTag, headers, ...(reason === undefined ? {} : { reason }) })
    this.#ground.tap.respond(request, new Packet(response), flow).catch((error: unknown) => {
      this.#ground.log.debug({ err: error, remote: flow.remoteAddress, status }, 'an answer could not be sent')
    })
  }

  #flowClosed(flow: Flow): void {
    if (this.#closed) return
    const error = new TransportError('ECLOSED', 'the connection was closed')
    for (const attempt of [...this.#attempts.values()])
      if (attempt.flow.connection === flow.connection) attempt.feed({ kind: 'transportError', error })
    this.#guard(undefined, () => this.#user.flowClosed?.(flow))
  }

  #guard(message: SipMessage | undefined, call: () => void, otherwise?: () => void): void {
    try {
      call()
    } catch (error) {
      this.#ground.log.error({ err: error, callId: message?.callId }, 'the transaction user failed')
      otherwise?.()
    }
  }
}
