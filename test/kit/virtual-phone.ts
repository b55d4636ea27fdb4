import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../src/base/clock.ts'
import { systemClock } from '../../src/base/clock.ts'
import { type Deferred, deferred } from '../../src/base/deferred.ts'
import { type Logger, silentLogger } from '../../src/base/log.ts'
import { Scope } from '../../src/base/scope.ts'
import { startMediaPlane } from '../../src/media/index.ts'
import type { MediaPlane } from '../../src/media/plane.ts'
import type { NameAddr } from '../../src/sip/message/message.ts'
import { parseUri } from '../../src/sip/message/uri.ts'
import { openTransports, type TransportSet } from '../../src/sip/transport/transports.ts'
import type { RequestEnd } from '../../src/sip/user-agent/options.ts'
import { startUserAgent } from '../../src/sip/user-agent/start.ts'
import type { UserAgent } from '../../src/sip/user-agent/user-agent.ts'
import type { Authority } from './authority.ts'
import { VirtualCall } from './virtual-call.ts'

/** A text that a phone got by MESSAGE. */
export interface ReceivedText {
  readonly from: string
  readonly body: string
}

export interface PhoneShopOptions {
  /** Ports for the phones' audio; two per call. */
  readonly rtpPorts: { readonly from: number; readonly to: number }
  readonly clock?: Clock
  readonly log?: Logger
}

/** Makes phones that share one media plane, on loopback. */
export class PhoneShop {
  readonly #scope: Scope
  readonly #plane: MediaPlane
  readonly #clock: Clock
  readonly #log: Logger
  readonly #folder: string

  private constructor(scope: Scope, plane: MediaPlane, clock: Clock, log: Logger) {
    this.#scope = scope
    this.#plane = plane
    this.#clock = clock
    this.#log = log
    this.#folder = mkdtempSync(join(tmpdir(), 'offhook-phones-'))
    scope.add('phone files', () => rmSync(this.#folder, { recursive: true, force: true }))
  }

  static async open(options: PhoneShopOptions): Promise<PhoneShop> {
    const { rtpPorts, clock = systemClock, log = silentLogger } = options
    const scope = new Scope('phones')
    const plane = await startMediaPlane({ scope, log, rtpPorts, workers: 1 })
    return new PhoneShop(scope, plane, clock, log)
  }

  async phone(options: PhoneOptions): Promise<VirtualPhone> {
    const scope = this.#scope.child(options.username)
    const { authority } = options
    const tls = authority === undefined ? {} : { tls: { ca: readFileSync(authority.ca), port: 0 } }
    const transports = await openTransports({
      address: '127.0.0.1',
      port: 0,
      ...tls,
      clock: this.#clock,
      scope,
      log: this.#log,
    })
    return new VirtualPhone({
      ...options,
      scope,
      transports,
      plane: this.#plane,
      clock: this.#clock,
      log: this.#log,
      folder: this.#folder,
    })
  }

  close(): Promise<void> {
    return this.#scope.close()
  }
}

export interface PhoneOptions {
  readonly username: string
  readonly password?: string
  readonly displayName?: string
  /** `host:port` of the service. */
  readonly server: string
  readonly transport?: 'udp' | 'tcp' | 'tls'
  /** For `tls`, which is spoken on connections of the phone's own: the authority of the service's certificate. */
  readonly authority?: Authority
  /** False: the phone sends its keys as sounds. */
  readonly telephoneEvent?: boolean
}

interface PhoneParts extends PhoneOptions {
  readonly scope: Scope
  readonly transports: TransportSet
  readonly plane: MediaPlane
  readonly clock: Clock
  readonly log: Logger
  readonly folder: string
}

/** A SIP phone that a program presses the keys of. */
export class VirtualPhone {
  readonly port: number
  readonly texts: ReceivedText[] = []
  readonly #parts: PhoneParts
  readonly #ua: UserAgent
  readonly #waitingCalls: Deferred<VirtualCall>[] = []
  readonly #arrived: VirtualCall[] = []
  readonly #waitingTexts: Deferred<ReceivedText>[] = []
  #handedTexts = 0
  #sequence: { callId: string; cseq: number } | undefined

  constructor(parts: PhoneParts) {
    this.#parts = parts
    const { transports, scope, clock, log } = parts
    this.port = transports.all[0]?.localPort ?? 0
    this.#ua = startUserAgent({
      transports,
      clock,
      scope,
      log,
      name: 'Virtual Phone',
      advertise: () => ({ host: '127.0.0.1', port: this.port }),
      handlers: {
        invite: async (session) => {
          const call = VirtualCall.incoming(session, parts.folder)
          await call.open(parts.plane, parts.telephoneEvent)
          const waiting = this.#waitingCalls.shift()
          if (waiting === undefined) this.#arrived.push(call)
          else waiting.resolve(call)
        },
        message: (incoming) => {
          incoming.reply(200)
          const { uri } = incoming.request.from
          const text = { from: 'user' in uri ? (uri.user ?? '') : '', body: incoming.request.body.toString('utf8') }
          this.texts.push(text)
          const waiting = this.#waitingTexts.shift()
          if (waiting !== undefined) {
            this.#handedTexts++
            waiting.resolve(text)
          }
        },
      },
    })
  }

  get uri(): string {
    return `sip:${this.#parts.username}@127.0.0.1:${this.port};transport=${this.#transport}`
  }

  /** REGISTER; the status of the final answer, 0 when none came. @param seconds 0 signs out */
  async register(seconds = 300): Promise<number> {
    const { username, server } = this.#parts
    this.#sequence ??= { callId: `register-${username}-${this.port}`, cseq: 0 }
    const sequence = this.#sequence
    const self = this.#address(server)
    const end: RequestEnd = await this.#ua.request({
      method: 'REGISTER',
      uri: `sip:${server};transport=${this.#transport}`,
      from: self,
      to: self,
      ...this.#login,
      sequence: { callId: sequence.callId, next: () => ++sequence.cseq },
      headers: [
        ['Contact', `<${this.uri}>`],
        ['Expires', String(seconds)],
      ],
    })
    return end.kind === 'response' ? end.response.status : 0
  }

  /** Sends a text; the status of the final answer. */
  async text(to: string, body: string): Promise<number> {
    const { server } = this.#parts
    const end = await this.#ua.request({
      method: 'MESSAGE',
      uri: `sip:${to}@${server};transport=${this.#transport}`,
      from: this.#address(server),
      ...this.#login,
      body: { type: 'text/plain;charset=UTF-8', content: body },
    })
    return end.kind === 'response' ? end.response.status : 0
  }

  /** Dials a user or number at the server, or a whole URI. @param headers further fields of the INVITE */
  call(to: string, headers: readonly (readonly [name: string, value: string])[] = []): VirtualCall {
    const { server, folder, plane } = this.#parts
    const uri = to.startsWith('sip:') ? to : `sip:${to}@${server};transport=${this.#transport}`
    const call = VirtualCall.outgoing(to, folder)
    void call.open(plane).then((media) =>
      call.attach(
        this.#ua.invite({
          uri,
          from: this.#address(server),
          ...this.#login,
          media,
          headers,
          handlers: call.handlers,
        }),
      ),
    )
    return call
  }

  /** The next call that comes in, or the first that did and was not asked for yet. */
  nextCall(): Promise<VirtualCall> {
    const arrived = this.#arrived.shift()
    if (arrived !== undefined) return Promise.resolve(arrived)
    const waiting = deferred<VirtualCall>()
    this.#waitingCalls.push(waiting)
    return waiting.promise
  }

  nextText(): Promise<ReceivedText> {
    const text = this.texts[this.#handedTexts]
    if (text !== undefined) {
      this.#handedTexts++
      return Promise.resolve(text)
    }
    const waiting = deferred<ReceivedText>()
    this.#waitingTexts.push(waiting)
    return waiting.promise
  }

  close(): Promise<void> {
    return this.#parts.scope.close()
  }

  get #transport(): 'udp' | 'tcp' | 'tls' {
    return this.#parts.transport ?? 'udp'
  }

  get #login(): { login?: { username: string; password: string } } {
    const { username, password } = this.#parts
    return password === undefined ? {} : { login: { username, password } }
  }

  #address(server: string): NameAddr {
    const { username, displayName } = this.#parts
    const uri = parseUri(`sip:${username}@${server}`)
    if (uri === undefined) throw new TypeError(`${username}@${server} is no SIP address`)
    return { uri, params: new Map(), ...(displayName === undefined ? {} : { displayName }) }
  }
}
