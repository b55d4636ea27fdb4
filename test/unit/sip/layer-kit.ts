import type { Clock } from '../../../src/base/clock.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { type Deferred, deferred } from '../../../src/base/deferred.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { Scope } from '../../../src/base/scope.ts'
import {
  buildRequest,
  type ClientFailure,
  type Destination,
  type Flow,
  newCallId,
  newTag,
  openTransports,
  parseUri,
  type ServerTransaction,
  type SipRequest,
  type SipResponse,
  startTransactions,
  type TraceEntry,
  type TransactionLayer,
  type TransactionOptions,
  type TransportSet,
  type TransportsOptions,
} from '../../../src/sip/index.ts'

/** What happened, to be awaited one by one in order. */
export class Inbox<T> {
  readonly #arrived: T[] = []
  readonly #waiting: Deferred<T>[] = []

  put(value: T): void {
    const next = this.#waiting.shift()
    if (next) next.resolve(value)
    else this.#arrived.push(value)
  }

  async next(): Promise<T> {
    const ready = this.#arrived.shift()
    if (ready !== undefined) return ready
    const waiting = deferred<T>()
    this.#waiting.push(waiting)
    return waiting.promise
  }

  get size(): number {
    return this.#arrived.length
  }
}

/** A transaction layer on real sockets with inboxes in the place of a user agent. */
export interface Peer {
  readonly scope: Scope
  readonly transports: TransportSet
  readonly layer: TransactionLayer
  readonly requests: Inbox<ServerTransaction>
  readonly acks: Inbox<SipRequest>
  readonly strays: Inbox<SipResponse>
  readonly trace: TraceEntry[]
  readonly port: number
  at(transport: 'UDP' | 'TCP'): Destination
}

export async function peer(
  o: {
    readonly clock?: Clock
    readonly transports?: TransportsOptions['transports']
    readonly options?: Partial<TransactionOptions>
  } = {},
): Promise<Peer> {
  const scope = new Scope('peer')
  const clock = o.clock ?? systemClock
  const log = silentLogger
  const transports = await openTransports({
    address: '127.0.0.1',
    port: 0,
    clock,
    scope,
    log,
    ...(o.transports ? { transports: o.transports } : {}),
  })
  const requests = new Inbox<ServerTransaction>()
  const acks = new Inbox<SipRequest>()
  const strays = new Inbox<SipResponse>()
  const trace: TraceEntry[] = []
  const user = {
    request: (transaction: ServerTransaction) => requests.put(transaction),
    ack: (ack: SipRequest) => acks.put(ack),
    stray: (response: SipResponse) => strays.put(response),
  }
  const layer = startTransactions({ transports, clock, scope, log, user, trace: (e) => trace.push(e), ...o.options })
  const port = transports.all[0]!.localPort
  const at = (transport: 'UDP' | 'TCP'): Destination => ({ transport, address: '127.0.0.1', port })
  return { scope, transports, layer, requests, acks, strays, trace, port, at }
}

export function request(method: string, o: { body?: string; callId?: string; subject?: string } = {}): SipRequest {
  return buildRequest({
    method,
    uri: parseUri('sip:bob@127.0.0.1')!,
    from: { uri: parseUri('sip:ann@127.0.0.1')!, params: new Map([['tag', newTag()]]) },
    to: { uri: parseUri('sip:bob@127.0.0.1')!, params: new Map() },
    callId: o.callId ?? newCallId(),
    cseq: 1,
    ...(o.subject === undefined ? {} : { headers: [['Subject', o.subject] as const] }),
    ...(o.body === undefined ? {} : { body: { type: 'text/plain', content: o.body } }),
  })
}

export class ClientLog {
  readonly responses = new Inbox<{ response: SipResponse; flow: Flow }>()
  readonly failures = new Inbox<ClientFailure>()
  readonly over = deferred<void>()
  response(response: SipResponse, flow: Flow): void {
    this.responses.put({ response, flow })
  }
  failed(failure: ClientFailure): void {
    this.failures.put(failure)
  }
  ended(): void {
    this.over.resolve()
  }
}
