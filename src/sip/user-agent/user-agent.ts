import type { Timer } from '../../base/clock.ts'
import { DigestClient } from '../auth/client.ts'
import { dialogKey, dialogKeyOfRequest } from '../dialog/dialog.ts'
import { buildRequest } from '../message/build.ts'
import type { HeaderEntries } from '../message/headers.ts'
import type { Flow, NameAddr } from '../message/message.ts'
import { newCallId, newTag } from '../message/token.ts'
import type { Uri } from '../message/uri.ts'
import type { Replaces } from '../refer/replaces.ts'
import { defaultTimerPolicy } from '../session-timer/terms.ts'
import type { Target, TransactionLayer } from '../transaction/layer.ts'
import { defaultTimes } from '../transaction/timers.ts'
import { ClientInvite } from './client-session.ts'
import { contactToward } from './contact.ts'
import { Exchange } from './exchange.ts'
import { checked, uriOf } from './fields.ts'
import type { DialogUser, SessionHost } from './host.ts'
import type { InviteOptions, RequestEnd, RequestOptions, UserAgentCounts, UserAgentOptions, Via } from './options.ts'
import { Reception } from './reception.ts'
import { respond } from './respond.ts'
import { baseMethods, extensions } from './screen.ts'
import type { ClientSession, Session } from './session.ts'

const farewellMs = 1000

/**
 * Makes and takes calls and other requests over one transaction layer (RFC 3261 §8, §11, §13 to §15).
 * Everything runs on the thread that made it; nothing blocks.
 */
export class UserAgent {
  readonly #options: UserAgentOptions
  readonly #layer: TransactionLayer
  readonly #host: SessionHost
  readonly #reception: Reception
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
    const methods = [
      ...baseMethods,
      ...(handlers.message === undefined ? [] : ['MESSAGE']),
      ...(handlers.register === undefined ? [] : ['REGISTER']),
    ]
    this.#layer = options.layer({
      request: (transaction) => this.#reception.received(transaction),
      ack: (ack) => this.#dialogs.get(dialogKeyOfRequest(ack))?.acked(ack),
      flowClosed: (flow) => {
        for (const session of new Set(this.#dialogs.values())) session.flowClosed(flow)
        handlers.flowClosed?.(flow)
      },
    })
    const supported = handlers.replace === undefined ? extensions : [...extensions, 'replaces']
    const allow: [string, string] = ['Allow', methods.join(', ')]
    const commonResponse: HeaderEntries = [allow, ['Server', name]]
    this.#host = {
      layer: this.#layer,
      clock: options.clock,
      times: options.times ?? defaultTimes,
      log: options.log,
      sessionTimer: options.sessionTimer ?? defaultTimerPolicy,
      extensions: [['Supported', supported.join(', ')]],
      common: { request: [allow, ['User-Agent', name]], response: commonResponse },
      contact: (toward, secure) => contactToward(options.advertise, toward, secure),
      locate: (uri) => this.#locate(uri),
      respond: (transaction, status, parts) => respond(commonResponse, transaction, status, parts),
      outside: (transaction) => this.#reception.outside(transaction),
      enter: (key, session) => {
        this.#dialogs.set(key, session)
        return () => {
          if (this.#dialogs.get(key) === session) this.#dialogs.delete(key)
        }
      },
    }
    this.#reception = new Reception(this.#host, {
      handlers,
      methods,
      supported,
      session: (key) => this.#dialogs.get(key),
      nextSessionId: () => String(this.#sessionId++),
    })
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

  /** The session whose dialog that is, for an attended transfer; `undefined` where there is none or it is over. */
  sessionFor({ callId, toTag, fromTag }: Replaces): Session | undefined {
    const session = this.#dialogs.get(dialogKey(callId, toTag, fromTag))
    return session?.over === false ? session : undefined
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
            ...(options.contact === undefined
              ? {}
              : { contact: contactToward(this.#options.advertise, target, uri.scheme === 'sips', options.contact) }),
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

  // -- what goes out ---------------------------------------------------------------------------------------------

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
