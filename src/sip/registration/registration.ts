import type { Clock, Timer } from '../../base/clock.ts'
import { type Deferred, deferred } from '../../base/deferred.ts'
import type { Logger } from '../../base/log.ts'
import type { Scope } from '../../base/scope.ts'
import { DigestClient, type Login } from '../auth/client.ts'
import type { Flow, NameAddr, SipRequest, SipResponse } from '../message/message.ts'
import { parseNameAddr } from '../message/name-addr.ts'
import { sameUri } from '../message/same-uri.ts'
import { newCallId } from '../message/token.ts'
import { parseUri } from '../message/uri.ts'
import type { RequestEnd } from '../user-agent/options.ts'
import type { UserAgent } from '../user-agent/user-agent.ts'
import {
  type RegistrationEffect,
  type RegistrationEvent,
  type RegistrationReport,
  type RegistrationState,
  transition,
} from './machine.ts'

export interface RegistrationOptions {
  readonly ua: UserAgent
  readonly clock: Clock
  readonly scope: Scope
  readonly log: Logger
  /** `sip:host:port;transport=udp`: where the REGISTER goes; its host is the domain of the account. */
  readonly registrar: string
  readonly login: Login
  /** 600 unless given. */
  readonly seconds?: number
  readonly onReport: (report: RegistrationReport) => void
}

// RFC 5626 §4.4.1: 24 to 29 s by datagram, below the 30 s after which many a NAT forgets.
const pingMs = (): number => 24_000 + Math.floor(Math.random() * 5000)

/** Keeps one account registered until it is stopped: refreshes, answers challenges, waits after failures. */
export class Registration {
  readonly #options: RegistrationOptions
  readonly #digest: DigestClient
  readonly #sequence: { readonly callId: string; next(): number }
  readonly #domain: string
  readonly #forget: () => void
  readonly #gone: Deferred<void> = deferred()
  #state: RegistrationState = { kind: 'idle' }
  #timer: Timer | undefined
  #ping: Timer | undefined
  /** Only the answer to the latest REGISTER counts. */
  #latest = 0

  /** @throws TypeError where `registrar` is no SIP URI */
  static start(options: RegistrationOptions): Registration {
    return new Registration(options)
  }

  private constructor(options: RegistrationOptions) {
    const uri = parseUri(options.registrar)
    if (uri?.scheme !== 'sip' && uri?.scheme !== 'sips') {
      throw new TypeError(`registrar: ${JSON.stringify(options.registrar)} is not a SIP URI`)
    }
    this.#options = options
    this.#digest = new DigestClient(options.login)
    this.#domain = uri.host
    let cseq = 0
    this.#sequence = { callId: newCallId(), next: () => ++cseq }
    this.#forget = options.scope.add('registration', () => {
      this.#stopTimers()
      this.#latest = -1
      this.#gone.resolve()
    })
    this.#apply({ kind: 'start', seconds: options.seconds ?? 600 })
  }

  get state(): RegistrationState {
    return this.#state
  }

  /** Takes the registration away; resolves when that was answered, or not. */
  stop(): Promise<void> {
    this.#apply({ kind: 'stop', now: this.#options.clock.wall() })
    if (this.#state.kind === 'stopped') this.#settle()
    return this.#gone.promise
  }

  #settle(): void {
    this.#forget()
    this.#gone.resolve()
  }

  #stopTimers(): void {
    this.#timer?.stop()
    this.#timer = undefined
    this.#ping?.stop()
    this.#ping = undefined
  }

  /** What comes to us by the registrar comes on this flow. Where it broke, only a new REGISTER makes another. */
  #keepOpen(flow: Flow): void {
    const timer = this.#options.clock.after(pingMs(), () => {
      this.#options.ua.ping(flow).then(
        () => {
          if (this.#ping === timer) this.#keepOpen(flow)
        },
        (error: unknown) => {
          if (this.#ping !== timer) return
          this.#options.log.debug({ err: error }, 'the flow of a registration is gone')
          this.#stopTimers()
          this.#apply({ kind: 'timer' })
        },
      )
    })
    this.#ping = timer
  }

  #apply(event: RegistrationEvent): void {
    const { state, effects } = transition(this.#state, event)
    this.#state = state
    for (const effect of effects) this.#run(effect)
  }

  #run(effect: RegistrationEffect): void {
    switch (effect.kind) {
      case 'send':
        this.#send(effect.seconds)
        return
      case 'startTimer':
        this.#timer = this.#options.clock.after(effect.ms, () => {
          this.#timer = undefined
          this.#apply({ kind: 'timer' })
        })
        return
      case 'stopTimer':
        this.#timer?.stop()
        this.#timer = undefined
        return
      case 'report':
        this.#options.onReport(effect.report)
        if (effect.report.kind === 'unregistered') this.#settle()
    }
  }

  #send(seconds: number): void {
    const { ua, login, registrar, log } = this.#options
    const turn = ++this.#latest
    this.#ping?.stop()
    this.#ping = undefined
    const secure = /^sips:/i.test(registrar)
    const aor: NameAddr = {
      uri: { scheme: secure ? 'sips' : 'sip', user: login.username, host: this.#domain, params: new Map() },
      params: new Map(),
    }
    ua.request({
      method: 'REGISTER',
      uri: `${secure ? 'sips' : 'sip'}:${registrarHost(registrar)}`,
      from: aor,
      to: aor,
      via: { kind: 'proxy', uri: registrar },
      digest: this.#digest,
      contact: { user: login.username, params: new Map([['expires', String(seconds)]]) },
      sequence: this.#sequence,
    }).then(
      (end) => {
        if (turn !== this.#latest) return
        this.#apply(this.#read(end))
        if (this.#state.kind === 'registered' && end.kind === 'response') this.#keepOpen(end.flow)
      },
      (error: unknown) => log.error({ err: error }, 'a REGISTER could not be sent'),
    )
  }

  #read(end: RequestEnd): RegistrationEvent {
    const now = this.#options.clock.wall()
    const random = Math.random()
    if (end.kind === 'failed') return { kind: 'failed', now, random, sentence: end.failure.sentence }
    const { response, request } = end
    const expires = grantedSeconds(response, request, this.#options.login.username)
    const minExpires = readSeconds(response.headers.get('Min-Expires'))
    const retryAfter = readSeconds(response.headers.get('Retry-After'))
    return {
      kind: 'answered',
      now,
      random,
      status: response.status,
      ...(expires === undefined ? {} : { expires }),
      ...(minExpires === undefined ? {} : { minExpires }),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    }
  }
}

/** Request-URI of a REGISTER: the domain alone, without user (RFC 3261 §10.2). */
function registrarHost(text: string): string {
  return text
    .replace(/^sips?:/i, '')
    .replace(/^[^@]*@/, '')
    .replace(/[;?].*$/, '')
}

/**
 * Seconds of our contact in a 2xx, which lists those of others, too: by the URI that we sent, else, where a registrar
 * wrote it anew, by the user. The longest of several, but no longer than was asked for.
 */
function grantedSeconds(response: SipResponse, request: SipRequest, username: string): number | undefined {
  const header = readSeconds(response.headers.get('Expires'))
  const sent = parseNameAddr(request.headers.get('Contact') ?? '')
  const asked = readSeconds(sent?.params.get('expires'))
  const rewritten: number[] = []
  for (const value of response.headers.all('Contact')) {
    const contact = parseNameAddr(value)
    if (contact === undefined || !('user' in contact.uri) || contact.uri.user !== username) continue
    const seconds = readSeconds(contact.params.get('expires')) ?? header
    if (seconds === undefined) continue
    if (sent !== undefined && sameUri(contact.uri, sent.uri)) return seconds
    rewritten.push(seconds)
  }
  return rewritten.length === 0 ? header : Math.min(asked ?? Infinity, Math.max(...rewritten))
}

const readSeconds = (text: string | undefined): number | undefined => {
  const digits = /^\s*(\d{1,10})/.exec(text ?? '')
  return digits === null ? undefined : Number(digits[1])
}
