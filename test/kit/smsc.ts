import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { TLSSocket } from 'node:tls'
import smpp, { type Pdu, type Session } from 'smpp'
import type { Scope } from '../../src/base/scope.ts'
import type { Certificate } from './authority.ts'

export interface Submitted {
  readonly from: string
  readonly to: string
  readonly text: string
  readonly pdu: Pdu
}

/** An SMSC on loopback, by the package's own server. It takes one account, and answers as it is told. */
export class Smsc {
  readonly port: number
  readonly submitted: Submitted[] = []
  /** How often somebody bound, and how often somebody asked to. */
  binds = 0
  asked = 0
  /** Whether whoever is bound is so by TLS. */
  encrypted = false
  /** Requests that were without an answer at once, at most. */
  mostOpen = 0
  /** The answer to a text: an id, a status other than 0, or nothing at all. A promise keeps the sender waiting. */
  answer: (text: Submitted, n: number) => string | number | undefined | Promise<string | number | undefined> = (
    _text,
    n,
  ) => `id-${n}`
  password = 'secret'
  answersEnquiries = true
  enquiries = 0
  #open = 0
  #session: Session | undefined
  readonly #watchers = new Set<() => void>()

  private constructor(port: number) {
    this.port = port
  }

  /** @param own by TLS, with this certificate */
  static async open(scope: Scope, own?: Certificate): Promise<Smsc> {
    const files = own === undefined ? {} : { key: readFileSync(own.key), cert: readFileSync(own.cert) }
    const server = smpp.createServer(files, (session) => smsc.#take(session))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const smsc = new Smsc((server.address() as AddressInfo).port)
    scope.add('smsc', () => {
      for (const session of [...server.sessions]) session.destroy()
      server.close()
    })
    return smsc
  }

  /** Resolves when this is so. */
  until(holds: () => boolean, ms = 20_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!holds()) return
        clearTimeout(timer)
        this.#watchers.delete(look)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#watchers.delete(look)
        reject(new Error(`It did not come about in ${ms} ms; ${this.submitted.length} texts were submitted`))
      }, ms)
      this.#watchers.add(look)
      look()
    })
  }

  /** Delivers to whoever is bound; resolves with the status of the answer. */
  deliver(fields: object): Promise<number> {
    return new Promise((resolve) => {
      this.#bound().send(new smpp.PDU('deliver_sm', fields), (pdu) => resolve(pdu.command_status))
    })
  }

  /** A receipt as most write it (SMPP 3.4 appendix B). */
  receipt(id: string, stat = 'DELIVRD'): Promise<number> {
    const text = `id:${id} sub:001 dlvrd:001 submit date:2601011200 done date:2601011201 stat:${stat} err:000 text:Hello`
    return this.deliver({ esm_class: 4, source_addr: '254722000001', destination_addr: 'ACME', short_message: text })
  }

  /** The connection breaks. */
  cut(): void {
    this.#bound().destroy()
  }

  /** Something that is no SMPP. */
  babble(bytes: Buffer): void {
    this.#bound().socket.write(bytes)
  }

  #bound(): Session {
    if (this.#session === undefined) throw new Error('Nobody is bound.')
    return this.#session
  }

  #take(session: Session): void {
    session.on('error', () => session.destroy())
    session.on('pdu', (pdu: Pdu) => {
      void this.#heard(session, pdu).then(() => {
        for (const look of [...this.#watchers]) look()
      })
    })
  }

  async #heard(session: Session, pdu: Pdu): Promise<void> {
    switch (pdu.command) {
      case 'bind_transceiver': {
        const right = pdu.password === this.password
        this.asked++
        if (right) {
          this.encrypted = session.socket instanceof TLSSocket
          this.#session = session
          this.binds++
          this.#open = 0
        }
        session.send(pdu.response({ command_status: right ? 0 : smpp.errors.ESME_RINVPASWD, system_id: 'smsc' }))
        return
      }
      case 'enquire_link':
        this.enquiries++
        if (this.answersEnquiries) session.send(pdu.response())
        return
      case 'submit_sm':
        return this.#submitted(session, pdu)
      case 'unbind':
        session.send(pdu.response())
        session.close()
        return
      default:
        return
    }
  }

  async #submitted(session: Session, pdu: Pdu): Promise<void> {
    this.mostOpen = Math.max(this.mostOpen, ++this.#open)
    const { message } = pdu.short_message as { message: string }
    const text = { from: String(pdu.source_addr), to: String(pdu.destination_addr), text: message, pdu }
    const n = this.submitted.push(text)
    for (const look of [...this.#watchers]) look()
    const answer = await this.answer(text, n)
    this.#open--
    if (answer === undefined) return
    session.send(pdu.response(typeof answer === 'number' ? { command_status: answer } : { message_id: answer }))
  }
}
