import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import { type LocalCarrier, localCarrierName } from '../carriers/local.ts'
import type { TextHop, TextWay, TextWays } from '../jobs/send-text.ts'
import { announce } from '../jobs/text-ledger.ts'
import type { OutgoingText, TextCarrier } from '../phone/carrier.ts'
import type { ServiceEvent } from '../phone/event.ts'
import { newId } from '../phone/id.ts'
import { Problem } from '../phone/problem.ts'
import { chooseSender, defaultTextRules, hopsFor, sendersOf, type TextRules } from '../phone/text-rules.ts'
import { type MessageRow, type NewMessage, type QueuedMessage, queueMessages } from '../store/messages.ts'
import { getNumber, rentedNumbers } from '../store/numbers.ts'
import { optedOut, optedOutPairs } from '../store/opt-outs.ts'
import type { Db, Store } from '../store/store.ts'
import { getTextRules, putTextRules } from '../store/text-rules.ts'

export interface OutgoingTextsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly bus: Bus<ServiceEvent>
  /** Companies by name, in the order of the settings. */
  readonly companies: ReadonlyMap<string, TextCarrier>
  readonly local: Pick<LocalCarrier, 'texts' | 'receives'>
}

export interface TextToSend {
  /** Absent: by the rules, else a number of the receiver's country; the service itself to an extension. */
  readonly from?: string
  /** E.164, or the username of an extension. */
  readonly to: string
  readonly body: string
  /** Two texts never share one: what caused it, where that may come twice. */
  readonly key?: string
  /** Never sent again where it is not known whether it went out; it then counts as sent, with the code `unsure`. */
  readonly once?: boolean
  /** After so long without a report it is `undelivered`, with the code `no_report`; the rules say unless given. */
  readonly reportSeconds?: number
  /** Goes out to those who said STOP as well. */
  readonly notice?: boolean
}

/** Who sends a text to an extension that names no sender. */
const serviceName = 'offhook'

/** Texts on their way out: who is their sender, which carriers try them, who wants none. */
export class OutgoingTexts implements TextWays {
  readonly #options: OutgoingTextsOptions
  #rules: TextRules

  private constructor(options: OutgoingTextsOptions, rules: TextRules) {
    this.#options = options
    this.#rules = rules
  }

  static async load(options: OutgoingTextsOptions): Promise<OutgoingTexts> {
    const kept = await getTextRules(options.store.db)
    return new OutgoingTexts(options, { ...defaultTextRules, ...kept })
  }

  get rules(): TextRules {
    return this.#rules
  }

  /** Names of the companies that carry texts. */
  get carriers(): readonly string[] {
    return [...this.#options.companies.keys()]
  }

  async setRules(rules: TextRules): Promise<void> {
    await putTextRules(this.#options.store.db, rules)
    this.#rules = rules
  }

  get reportSeconds(): number {
    return this.#rules.reportMinutes * 60
  }

  rateOf(carrier: string): number | undefined {
    return Object.hasOwn(this.#rules.rates, carrier) ? this.#rules.rates[carrier] : undefined
  }

  /** Whether the site may text as this, beside its extensions and numbers. */
  isSender(from: string): boolean {
    return sendersOf(this.#rules).includes(from)
  }

  /** @throws Problem `invalid_request` where nobody could be shown */
  async senderFor(to: string): Promise<string> {
    return to.startsWith('+') ? this.#senderOf(to, await this.#numbers()) : serviceName
  }

  /** Those that may be senders, the likeliest first. */
  async #numbers(): Promise<readonly string[]> {
    const { store, companies } = this.#options
    const rented = await rentedNumbers(store.db)
    const able = rented.filter(({ carrier }) => companies.has(carrier))
    return [...able, ...rented.filter((row) => !able.includes(row))].map(({ e164 }) => e164)
  }

  async #senderOf(to: string, numbers: readonly string[]): Promise<string> {
    const chosen = chooseSender(this.#rules, numbers, to)
    if (chosen !== undefined) return chosen
    if (await this.#options.local.receives(to)) return serviceName
    throw new Problem(
      'invalid_request',
      `No number is rented here that ${to} could be shown as the sender; name one.`,
      [{ field: '/from', sentence: 'is missing, and no number is rented here that could stand for it' }],
    )
  }

  async isOptedOut(from: string, to: string, db: Db = this.#options.store.db): Promise<boolean> {
    return (await optedOut(db, [from], to)).has(from)
  }

  /**
   * Queues a text in a transaction of the caller, who calls `told` once that is through.
   * @throws Problem `opted_out`, or as `senderFor`
   */
  async put(db: Db, text: TextToSend): Promise<QueuedMessage> {
    return db.transaction(async (tx) => {
      const [put] = await this.putAll(tx, [text])
      if (put instanceof Problem) throw put
      return put!
    })
  }

  /** As `put`, many at once. @param texts no key twice. @returns what became of each, in their order: a refusal of one is none of the others */
  async putAll(tx: Db, texts: readonly TextToSend[]): Promise<readonly (QueuedMessage | Problem)[]> {
    const senders = await this.#sendersOf(texts)
    const asked = texts.flatMap(({ to: receiver, notice = false }, i) => {
      const sender = senders[i]
      return notice || typeof sender !== 'string' ? [] : [{ sender, receiver }]
    })
    const refused = await optedOutPairs(tx, asked)
    const now = this.#options.clock.wall()
    const rows = texts.map((text, i): NewMessage | Problem => {
      const { to, body, key = null, once = false, notice = false, reportSeconds } = text
      const from = senders[i]!
      if (typeof from !== 'string') return from
      if (!notice && refused.has(`${to} ${from}`)) return new Problem('opted_out', `${to} wants no texts from ${from}.`)
      return {
        ...{ id: newId('message', now), from, to, body, key, once, notice, createdAt: new Date(now) },
        ...(reportSeconds === undefined ? {} : { reportSeconds }),
      }
    })
    const queued = await queueMessages(
      tx,
      rows.flatMap((row) => (row instanceof Problem ? [] : [row])),
    )
    let next = 0
    return rows.map((row) => (row instanceof Problem ? row : queued[next++]!))
  }

  async #sendersOf(texts: readonly TextToSend[]): Promise<readonly (string | Problem)[]> {
    let numbers: readonly string[] | undefined
    const senders: (string | Problem)[] = []
    for (const { from, to } of texts) {
      if (from !== undefined || !to.startsWith('+')) {
        senders.push(from ?? serviceName)
        continue
      }
      numbers ??= await this.#numbers()
      senders.push(
        await this.#senderOf(to, numbers).catch((error: unknown) => {
          if (error instanceof Problem) return error
          throw error
        }),
      )
    }
    return senders
  }

  /** Says on the bus what a text has come to. */
  told(row: MessageRow): void {
    announce(this.#options.bus, row)
  }

  /** As `put`, on its own. */
  async send(text: TextToSend): Promise<MessageRow> {
    const { row, isNew } = await this.put(this.#options.store.db, text)
    if (isNew) this.told(row)
    return row
  }

  async wayOf({ from, to, notice }: OutgoingText & { readonly notice: boolean }): Promise<TextWay> {
    const { store, companies, local } = this.#options
    if (!to.startsWith('+') || (await local.receives(to)))
      return { kind: 'hops', hops: [{ name: localCarrierName, carrier: local.texts, from }] }
    const own = from.startsWith('+') ? (await getNumber(store.db, from))?.carrier : undefined
    const hops = hopsFor(this.#rules, [...companies.keys()], { from, to, own }).flatMap((hop): TextHop[] => {
      const carrier = companies.get(hop.carrier)
      return carrier === undefined ? [] : [{ name: hop.carrier, carrier, from: hop.from }]
    })
    if (hops.length === 0) {
      const sentence = `${to} is no extension here, nor a number of one, and no other carrier takes texts.`
      return { kind: 'failed', sentence, code: 'no_carrier' }
    }
    if (notice) return { kind: 'hops', hops }
    const refused = await optedOut(store.db, [from, ...hops.map((hop) => hop.from)], to)
    const left = refused.has(from) ? [] : hops.filter((hop) => !refused.has(hop.from))
    if (left.length > 0) return { kind: 'hops', hops: left }
    return { kind: 'rejected', sentence: `${to} wants no texts from ${from}.`, code: 'opted_out' }
  }
}
