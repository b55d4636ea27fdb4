import type { Timer } from '../../base/clock.ts'
import { DigestClient } from '../auth/client.ts'
import { dialogKeyOfRequest, dialogOfRequest } from '../dialog/dialog.ts'
import { buildRequest, buildResponse } from '../message/build.ts'
import type { Flow, NameAddr } from '../message/message.ts'
import { formatNameAddr } from '../message/name-addr.ts'
import { newCallId, newTag } from '../message/token.ts'
import { parseUri, type Uri } from '../message/uri.ts'
import { negotiate, newNegotiation } from '../sdp/offer-answer.ts'
import type { ServerTransaction, Target, TransactionLayer } from '../transaction/layer.ts'
import { defaultTimes } from '../transaction/timers.ts'
import { readSdp, sdpType } from './body.ts'
import { ClientInvite } from './client-session.ts'
import { dtmfTypes } from './dtmf-info.ts'
import { Exchange } from './exchange.ts'
import type { DialogUser, SessionHost } from './host.ts'
import type {
  IncomingRequest,
  InviteOptions,
  Reply,
  RequestEnd,
  RequestOptions,
  UserAgentCounts,
  UserAgentOptions,
  Via,
} from './options.ts'
import { refuseBody, warning } from './refuse.ts'
import { baseMethods, screen, supported } from './screen.ts'
import { ServerInvite } from './server-session.ts'
import type { ClientSession } from './session.ts'

const farewellMs = 1000

/**
 * Makes and takes calls and other requests over one transaction layer (RFC 3261 §8, §11, §13 to §15).
 * Everything runs on the thread that made it; nothing blocks.
 */
export class UserAgent {
  readonly #options: UserAgentOptions
  readonly #layer: TransactionLayer
  readonly #host: SessionHost
  readonly #methods: readonly string[]
  readonly #dialogs = new Map<string, DialogUser>()
  readonly #requests = new Set<Exchange>()
  #sessionId = Math.floor(Date.now() / 1000)
  #closed = false

  static start(options: UserAgentOptions): UserAgent {
    return new UserAgent(options)
  }

  private constructor(options: UserAgentOptions) {
    const { handlers, name } = options
    this.#options = options
    this.#methods = [
      ...baseMethods,
      ...(handlers.message === undefined ? [] : ['MESSAGE']),
      ...(handlers.register === undefined ? [] : ['REGISTER']),
    ]
    this.#layer = options.layer({
      request: (transaction) => this.#received(transaction),
      ack: (ack) => this.#dialogs.get(dialogKeyOfRequest(ack))?.acked(ack),
      flowClosed: (flow) => {
        for (const session of new Set(this.#dialogs.values())) session.flowClosed(flow)
        handlers.flowClosed?.(flow)
      },
    })
    const allow: [string, string] = ['Allow', this.#methods.join(', ')]
    this.#host = {
      layer: this.#layer,
      clock: options.clock,
      times: options.times ?? defaultTimes,
      log: options.log,
      common: { request: [allow, ['User-Agent', name]], response: [allow, ['Server', name]] },
      contact: (toward) => this.#contact(toward),
      locate: (uri) => this.#locate(uri),
      respond: (transaction, status, parts) => this.#respond(transaction, status, parts),
      outside: (transaction) => this.#outside(transaction),
      enter: (key, session) => {
        this.#dialogs.set(key, session)
        return () => {
          if (this.#dialogs.get(key) === session) this.#dialogs.delete(key)
        }
      },
    }
    options.scope.add('user agent', () => this.#close())
  }

  /** What is going on at the moment; all zero when nothing is left behind. */
  counts(): UserAgentCounts {
    return {
      live: [...new Set(this.#dialogs.values())].filter((session) => !session.over).length,
      sessions: new Set(this.#dialogs.values()).size,
      dialogs: this.#dialogs.size,
      requests: this.#requests.size,
      transactions: this.#layer.counts(),
    }
  }

  /** Where a request to that URI goes: for choosing the address of the media before the INVITE. Rejects with a sentence. @throws TypeError where the text is no URI */
  locate(uri: string): Promise<Target> {
    return this.#locate(uriOf(uri, 'uri'))
  }

  async #locate(uri: Uri): Promise<Target> {
    const destinations = await this.#options.resolve(uri)
    if (destinations.length === 0) throw new Error('The target has no address.')
    return { destinations }
  }

  /** Sends an INVITE. How it went is told to `options.handlers`, never before this returned. @throws TypeError that names the bad field */
  invite(options: InviteOptions): ClientSession {
    if (this.#closed) throw new Error('The user agent is closed.')
    const uri = uriOf(options.uri, 'uri')
    return new ClientInvite(this.#host, {
      ...options,
      uri,
      from: checked(options.from, 'from'),
      to: checked(options.to ?? { uri, params: new Map() }, 'to'),
      target: this.#target(uri, options.via),
      pinned: options.via?.kind === 'flow',
      sessionId: String(this.#sessionId++),
    })
  }

  /** Sends a request outside of a dialog (MESSAGE, OPTIONS, REGISTER) and waits for its final answer. Never rejects. @throws TypeError that names the bad field */
  request(options: RequestOptions): Promise<RequestEnd> {
    if (this.#closed) throw new Error('The user agent is closed.')
    if (options.method === 'INVITE' || options.method === 'ACK' || options.method === 'CANCEL') {
      throw new TypeError(`method: ${options.method} is not a request of its own`)
    }
    const uri = uriOf(options.uri, 'uri')
    const from = checked(options.from, 'from')
    const to = checked(options.to ?? { uri, params: new Map() }, 'to')
    const callId = options.sequence?.callId ?? newCallId()
    const tagged: NameAddr = { ...from, params: new Map([...from.params, ['tag', newTag()]]) }
    let cseq = 0
    return new Promise((resolve) => {
      const exchange: Exchange = new Exchange({
        layer: this.#layer,
        digest: options.digest ?? (options.login === undefined ? undefined : new DigestClient(options.login)),
        target: this.#target(uri, options.via),
        make: (target) =>
          buildRequest({
            method: options.method,
            uri,
            from: tagged,
            to,
            callId,
            cseq: options.sequence?.next() ?? ++cseq,
            ...(options.contact === undefined ? {} : { contact: this.#contact(target, options.contact) }),
            headers: [...this.#host.common.request, ...(options.headers ?? [])],
            ...(options.body === undefined ? {} : { body: options.body }),
          }),
        response: (response, request, flow) => {
          if (response.status >= 200) resolve({ kind: 'response', response, flow, request })
        },
        failed: (failure) => resolve({ kind: 'failed', failure }),
        ended: () => this.#requests.delete(exchange),
      })
      this.#requests.add(exchange)
    })
  }

  /** Keeps a flow open that requests are expected on; rejects when it is gone. */
  ping(flow: Flow): Promise<void> {
    return this.#layer.ping(flow)
  }

  // -- what comes in ---------------------------------------------------------------------------------------------

  #received(transaction: ServerTransaction): void {
    const { request, merged } = transaction
    if (request.to.params.has('tag')) {
      const session = this.#dialogs.get(dialogKeyOfRequest(request))
      if (session === undefined) {
        this.#respond(transaction, 481)
        return
      }
      const unknown = screen(request, false, [...this.#methods, 'UPDATE', 'PRACK', 'REFER', 'NOTIFY', 'SUBSCRIBE'])
      if (unknown !== undefined) {
        this.#respond(transaction, unknown.status, unknown.parts)
        return
      }
      session.received(transaction)
      return
    }
    this.#outside(transaction, merged)
  }

  #outside(transaction: ServerTransaction, merged = false): void {
    const { request } = transaction
    const refusal = screen(request, merged, this.#methods)
    if (refusal !== undefined) {
      this.#respond(transaction, refusal.status, refusal.parts)
      return
    }
    // BYE and INFO live in dialogs only.
    if (request.method === 'BYE' || request.method === 'INFO') {
      this.#respond(transaction, 481)
      return
    }
    const incoming = this.#incoming(transaction)
    const { admit } = this.#options.handlers
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
    const { handlers } = this.#options
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
        {
          incoming.reply(200, {
            headers: [
              ['Accept', [sdpType, ...dtmfTypes].join(', ')],
              ['Supported', supported.join(', ')],
            ],
          })
          return
        }
    }
  }

  #invited(transaction: ServerTransaction): void {
    const { handlers } = this.#options
    const { invite } = handlers
    if (invite === undefined) {
      this.#respond(transaction, 480)
      return
    }
    // The user answered it while it was deciding whether it may come in.
    if ((transaction.status ?? 100) >= 200) return
    const made = dialogOfRequest(transaction.request, transaction.toTag)
    if (made.kind === 'fault') {
      this.#respond(transaction, 400, { headers: [warning(transaction, made.sentence, 399)] })
      return
    }
    let negotiation = newNegotiation(String(this.#sessionId++))
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
    this.#guard(transaction, () => this.#options.handlers.refused?.(transaction.request, fault))
  }

  #incoming(transaction: ServerTransaction): IncomingRequest {
    let replied = false
    return {
      request: transaction.request,
      flow: transaction.flow,
      reply: (status, parts) => {
        if (replied) return
        replied = status >= 200
        this.#respond(transaction, status, parts)
      },
    }
  }

  /** Runs a handler of the user; its fault is logged, and answered 500 where nothing was answered yet. */
  #guard(transaction: ServerTransaction, run: () => void | Promise<void>): void {
    const failed = (error: unknown): void => {
      this.#options.log.error({ err: error, method: transaction.request.method }, 'a handler of SIP requests failed')
      if ((transaction.status ?? 100) < 200) this.#respond(transaction, 500)
    }
    try {
      run()?.catch(failed)
    } catch (error) {
      failed(error)
    }
  }

  // -- what goes out ---------------------------------------------------------------------------------------------

  #respond(transaction: ServerTransaction, status: number, parts: Reply & { readonly contact?: NameAddr } = {}): void {
    const { reason, body, contact } = parts
    const headers: [string, string][] = [
      ...(contact === undefined ? [] : [['Contact', formatNameAddr(contact)] as [string, string]]),
    ]
    const given = new Set<string>()
    for (const [name, value] of parts.headers ?? []) {
      given.add(name.toLowerCase())
      headers.push([name, value])
    }
    for (const [name, value] of this.#host.common.response)
      if (!given.has(name.toLowerCase())) headers.push([name, value])
    transaction.respond(
      buildResponse(transaction.request, status, {
        toTag: transaction.toTag,
        headers,
        ...(reason === undefined ? {} : { reason }),
        ...(body === undefined ? {} : { body }),
      }),
    )
  }

  #target(uri: Uri, via: Via | undefined): () => Promise<Target> {
    switch (via?.kind) {
      case 'flow':
        return async () => ({ flow: via.flow })
      case 'target':
        return async () => via.target
      case 'proxy': {
        const proxy = uriOf(via.uri, 'via')
        return () => this.#locate(proxy)
      }
      case undefined:
        return () => this.#locate(uri)
    }
  }

  #contact(toward: Target | Flow, own: RequestOptions['contact'] = {}): NameAddr {
    const { advertise } = this.#options
    const flow = 'flow' in toward ? toward.flow : 'destinations' in toward ? undefined : toward
    const first = 'destinations' in toward ? toward.destinations[0] : undefined
    const transport = flow?.transport ?? first?.transport ?? 'UDP'
    const { host, port } = advertise({
      transport,
      remoteAddress: flow?.remoteAddress ?? first?.address ?? '',
      remotePort: flow?.remotePort ?? first?.port ?? 0,
    })
    return {
      uri: {
        scheme: 'sip',
        ...(own.user === undefined ? {} : { user: own.user }),
        host,
        ...(port === undefined ? {} : { port }),
        params: new Map(transport === 'UDP' ? [] : [['transport', transport.toLowerCase()]]),
      },
      params: own.params ?? new Map(),
    }
  }

  async #close(): Promise<void> {
    this.#closed = true
    const sessions = [...new Set(this.#dialogs.values())]
    for (const session of sessions) session.hangup()
    const farewells = sessions.flatMap(({ farewell }) => farewell ?? [])
    if (farewells.length === 0) return
    // The sockets close next, so the BYEs get a moment to go out and to be answered.
    let timer: Timer | undefined
    const over = new Promise<void>((resolve) => {
      timer = this.#options.clock.after(farewellMs, resolve)
    })
    await Promise.race([Promise.all(farewells), over])
    timer?.stop()
  }
}

function uriOf(text: string, field: string): Uri {
  const uri = parseUri(text)
  if (uri === undefined || uri.scheme === 'other')
    throw new TypeError(`${field}: ${JSON.stringify(text)} is not a SIP URI`)
  return uri
}

/** Nothing that a user gave can begin a header of its own: it is written once here, where the fault can still be named. */
function checked(value: NameAddr, field: string): NameAddr {
  let text: string
  try {
    text = formatNameAddr(value)
  } catch (error) {
    throw new TypeError(`${field}: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (/\p{Cc}/u.test(text)) throw new TypeError(`${field}: it has control characters`)
  return value
}
