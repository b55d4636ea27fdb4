import { isIP } from 'node:net'
import { rootCertificates } from 'node:tls'
import smpp, { type Pdu, type Session } from 'smpp'
import type { Clock, Timer } from '../../base/clock.ts'
import { type Deferred, deferred } from '../../base/deferred.ts'
import type { Logger } from '../../base/log.ts'
import { MaybeTaken } from '../../phone/carrier.ts'
import type { SmppAccount } from './account.ts'

export interface LinkOptions {
  readonly account: SmppAccount
  readonly clock: Clock
  readonly log: Logger
  /** Something was delivered; the SMSC is answered when this resolves, and told to come again when it rejects. */
  readonly delivered: (pdu: Pdu) => Promise<void>
}

/** How long an answer may take; also to a bind. */
const answerMs = 30_000
/** How long a request may wait for a bind before it is refused. */
const bindWaitMs = 5000
const firstRetryMs = 500
const lastRetryMs = 60_000

interface Bound {
  readonly session: Session
  /** What is without an answer. */
  readonly pending: Set<Deferred<Pdu>>
}

/** One transceiver bind (SMPP 3.4 §2.2): comes back by itself, keeps to the window, tries the link when it is silent. */
export class SmppLink {
  readonly #options: LinkOptions
  #bound: Bound | undefined
  #session: Session | undefined
  #retry: Timer | undefined
  #retryMs = firstRetryMs
  #closed = false
  /** Waiting for a place in the window, or for a bind. */
  readonly #waiting: Deferred<void>[] = []

  constructor(options: LinkOptions) {
    this.#options = options
  }

  open(): void {
    if (!this.#closed) this.#connect()
  }

  /**
   * Sends a request and gives its answer, whatever its status. Rejects with `MaybeTaken` where the link broke after it was sent.
   * @throws Error while there is no bind
   */
  async request(command: string, fields: object): Promise<Pdu> {
    const { clock } = this.#options
    const until = clock.now() + bindWaitMs
    while (this.#bound === undefined || this.#bound.pending.size >= this.#options.account.window) {
      const left = until - clock.now()
      if (this.#closed || (this.#bound === undefined && left <= 0)) throw new Error('There is no bind to the SMSC.')
      const turn = deferred<void>()
      this.#waiting.push(turn)
      const timer = this.#bound === undefined ? clock.after(left, () => this.#wake(turn)) : undefined
      await turn.promise
      timer?.stop()
    }
    const bound = this.#bound
    const answer = deferred<Pdu>()
    bound.pending.add(answer)
    const timer = clock.after(answerMs, () => {
      answer.reject(new MaybeTaken('The SMSC gave no answer.'))
      this.#lost(bound.session, 'it gave no answer')
    })
    try {
      if (!bound.session.send(new smpp.PDU(command, fields), (pdu) => answer.resolve(pdu)))
        throw new Error('The connection to the SMSC takes nothing more.')
      return await answer.promise
    } finally {
      timer.stop()
      bound.pending.delete(answer)
      this.#next()
    }
  }

  /** Unbinds, and waits a moment for what is without an answer. */
  async close(): Promise<void> {
    this.#closed = true
    this.#retry?.stop()
    this.#next()
    const session = this.#session
    if (session === undefined) return
    const gone = deferred<void>()
    session.socket.once('close', () => gone.resolve())
    const timer = this.#options.clock.after(1000, () => session.destroy())
    if (this.#bound === undefined || !session.send(new smpp.PDU('unbind'), () => session.close())) session.destroy()
    await gone.promise
    timer.stop()
  }

  #connect(): void {
    const { account, clock, log } = this.#options
    const { host, port, tls, systemId, password, systemType } = account
    const session = smpp.connect({ host, port, tls, ...(tls ? trustOf(account) : {}) })
    this.#session = session
    let enquiry: Timer | undefined
    const patience = clock.after(answerMs, () => this.#lost(session, 'it did not bind in time'))
    const enquire = (): void => {
      enquiry = clock.after(account.enquireSeconds * 1000, () => {
        const limit = clock.after(answerMs, () => this.#lost(session, 'it does not answer to enquire_link'))
        const asked = session.send(new smpp.PDU('enquire_link'), () => limit.stop())
        if (!asked) limit.stop()
        session.socket.once('close', () => limit.stop())
        enquire()
      })
    }
    session.on(tls ? 'secureConnect' : 'connect', () => {
      const fields = { system_id: systemId, password, system_type: systemType, interface_version: 0x34 }
      session.send(new smpp.PDU('bind_transceiver', fields), (pdu) => {
        patience.stop()
        if (pdu.command_status !== 0) return this.#lost(session, `it refuses the bind (${nameOf(pdu.command_status)})`)
        this.#retryMs = firstRetryMs
        this.#bound = { session, pending: new Set() }
        log.info({ host, port }, 'bound to the SMSC')
        enquire()
        this.#next()
      })
    })
    let fault: string | undefined
    session.on('error', (error: Error) => {
      fault ??= error.message
      this.#lost(session, error.message)
    })
    session.on('pdu', (pdu: Pdu) => this.#heard(session, pdu))
    session.on('close', () => {
      patience.stop()
      enquiry?.stop()
      this.#gone(session, fault)
    })
  }

  #heard(session: Session, pdu: Pdu): void {
    const { log, delivered } = this.#options
    switch (pdu.command) {
      case 'enquire_link':
        session.send(pdu.response())
        return
      case 'unbind':
        session.send(pdu.response())
        session.close()
        return
      case 'deliver_sm':
      case 'data_sm':
        delivered(pdu).then(
          () => void session.send(pdu.response()),
          (err: unknown) => {
            log.error({ err }, 'what the SMSC delivered could not be taken')
            session.send(pdu.response({ command_status: smpp.errors.ESME_RX_T_APPN }))
          },
        )
        return
      case 'generic_nack':
        return
      default:
        if (!pdu.isResponse()) session.send(pdu.response())
    }
  }

  /** The connection is of no more use. */
  #lost(session: Session, why: string): void {
    if (this.#session !== session || session.socket.destroyed) return
    this.#options.log.warn({ why }, 'the connection to the SMSC is given up')
    session.destroy()
  }

  #gone(session: Session, why: string | undefined): void {
    if (this.#session !== session) return
    const { clock, log } = this.#options
    const bound = this.#bound
    this.#session = undefined
    this.#bound = undefined
    for (const answer of bound?.pending ?? []) answer.reject(new MaybeTaken('The connection to the SMSC broke.'))
    if (this.#closed) return
    log.warn({ ms: this.#retryMs, why }, 'there is no connection to the SMSC; it is tried again')
    this.#retry = clock.after(this.#retryMs, () => this.#connect())
    this.#retryMs = Math.min(this.#retryMs * 2, lastRetryMs)
  }

  /** Leaves its place: one that waits no more would be given the turn of another. */
  #wake(turn: Deferred<void>): void {
    this.#waiting.splice(this.#waiting.indexOf(turn), 1)
    turn.resolve()
  }

  /** Lets the next go on; all of them look again where nothing is bound. */
  #next(): void {
    const room =
      this.#bound === undefined ? this.#waiting.length : this.#options.account.window - this.#bound.pending.size
    for (const turn of this.#waiting.splice(0, this.#closed ? this.#waiting.length : Math.max(room, 0))) turn.resolve()
  }
}

/** Whom TLS is to find at the other end. An address is no name for its extension (RFC 6066 §3); the certificate is held to it all the same. */
const trustOf = ({ host, authorities }: SmppAccount) => ({
  ...(isIP(host) === 0 ? { servername: host } : {}),
  ...(authorities === undefined ? {} : { ca: [...rootCertificates, authorities] }),
})

/** The name of a status in SMPP 3.4 §5.1.3. */
export function nameOf(status: number): string {
  const name = Object.entries(smpp.errors).find(([, code]) => code === status)?.[0]
  return name ?? `0x${status.toString(16).padStart(8, '0')}`
}
