import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { DeliveryReport, TextCode } from '../phone/carrier.ts'
import type { ServiceEvent } from '../phone/event.ts'
import type { Id } from '../phone/id.ts'
import { nextText, outcomeOfParts, type TextNews } from '../phone/text-status.ts'
import {
  addSilenceJob,
  changeMessage,
  changeMessageIn,
  getMessage,
  type MessageRow,
  type MessageState,
  namelessTextsTo,
} from '../store/messages.ts'
import type { Db } from '../store/store.ts'
import { noteReport, putRefs, refsOf } from '../store/text-refs.ts'

export interface TextLedgerOptions {
  readonly db: Db
  readonly clock: Clock
  readonly log: Logger
  readonly bus: Bus<ServiceEvent>
}

export interface TextFacts {
  readonly reason?: string | null
  readonly code?: TextCode | null
  readonly carrier?: string
}

/** What the log says of a text that came to this. */
const told: Readonly<Record<MessageState, string>> = {
  queued: 'a text is queued',
  waiting: 'a text waits for its receiver',
  sent: 'a text was sent',
  delivered: 'a text was delivered',
  undelivered: 'a text was not delivered',
  failed: 'a text could not be sent',
  rejected: 'a text was rejected',
  expired: 'a text expired',
  received: 'a text came in',
}

/** What becomes of texts that go out: each change is in the store before it is told. */
export class TextLedger {
  readonly #options: TextLedgerOptions

  constructor(options: TextLedgerOptions) {
    this.#options = options
  }

  /** @returns the text where the news changed its state */
  async heard(
    id: string,
    news: TextNews | ((row: MessageRow) => TextNews | undefined),
    { reason = null, code = null, carrier }: TextFacts = {},
    db: Db = this.#options.db,
  ): Promise<MessageRow | undefined> {
    const moved = await changeMessage(db, id, this.#now(), (row) => {
      const told = typeof news === 'function' ? news(row) : news
      const standing = { state: row.state, silent: row.state === 'undelivered' && row.code === 'no_report' }
      const next = told === undefined ? undefined : nextText(standing, told)
      // Whatever was heard, the try that was noted is over, but for a report that came before the carrier's own answer.
      const over = told?.kind === 'report' || row.tryingSince === null ? {} : { tryingSince: null }
      if (next === undefined) return over
      return { ...over, state: next.state, reason, code, ...(carrier === undefined ? {} : { carrier }) }
    })
    if (moved !== undefined) this.#tell(moved)
    return moved
  }

  /** A carrier has it. Reports that came before count now. @param seconds after which it counts as not delivered without a report */
  async taken(
    id: string,
    carrier: string,
    refs: readonly string[],
    seconds: number | undefined,
    facts: TextFacts = {},
  ) {
    const { db } = this.#options
    const at = this.#now()
    const { moved, told } = await db.transaction(async (tx) => {
      // Before its state, since whoever hears of that may look for its reports.
      const known = await putRefs(tx, carrier, id, refs, at)
      const changed = await changeMessageIn(tx, id, at, (row) => {
        const next = nextText({ state: row.state, silent: false }, { kind: 'taken' })
        const over = { tryingSince: null }
        return next === undefined ? over : { ...over, state: next.state, reason: null, code: null, ...facts, carrier }
      })
      if (changed !== undefined && seconds !== undefined)
        await addSilenceJob(tx, id, new Date(at.getTime() + seconds * 1000))
      return { moved: changed, told: known.some(({ outcome }) => outcome !== null) }
    })
    if (moved !== undefined) this.#tell(moved)
    if (told) await this.#weigh(id, carrier)
  }

  /** A report came, in any order and however often. */
  async reported(carrier: string, report: DeliveryReport): Promise<void> {
    const { db, log } = this.#options
    const { ref, outcome, sentence, code } = report
    if (outcome === 'pending') {
      log.debug({ carrier, ref, sentence }, 'a report on a text came that says no end')
      return
    }
    const known = report.message === undefined ? undefined : await getMessage(db, report.message)
    const said = { carrier, ref, outcome, reason: sentence, code: code ?? null, createdAt: this.#now() }
    let row = await noteReport(db, { ...said, ...(known?.direction === 'outbound' ? { messageId: known.id } : {}) })
    if (row.messageId === null && report.to !== undefined) {
      // By a name that nobody knows, it is on the one text to that phone that has none, where there is but one.
      const [only, ...others] = await namelessTextsTo(db, carrier, report.to)
      if (only !== undefined && others.length === 0) row = await noteReport(db, { ...said, messageId: only.id })
    }
    log.info({ message: row.messageId, carrier, ref, outcome, sentence }, 'a report on a text came')
    if (row.messageId !== null) await this.#weigh(row.messageId, carrier)
  }

  /** What the reports on all parts of a text come to. */
  async #weigh(id: string, carrier: string): Promise<void> {
    const parts = await refsOf(this.#options.db, carrier, id)
    const outcome = outcomeOfParts(parts.map((part) => part.outcome ?? undefined))
    if (outcome === undefined) return
    const said = parts.find((part) => part.outcome === outcome)
    const facts =
      outcome === 'delivered' ? {} : { reason: said?.reason ?? null, code: (said?.code ?? null) as TextCode | null }
    await this.heard(
      id,
      (row) => ({ kind: 'report', outcome, held: row.carrier === null || row.carrier === carrier }),
      { ...facts, carrier },
    )
  }

  /** The time for a report is over. */
  async silent(id: string): Promise<void> {
    const reason = 'No report came in the time that one has.'
    await this.heard(id, { kind: 'silence' }, { reason, code: 'no_report' })
  }

  #now(): Date {
    return new Date(this.#options.clock.wall())
  }

  #tell(row: MessageRow): void {
    const { log, bus } = this.#options
    const { from, to, reason } = row
    log.info({ message: row.id, from, to, ...(reason === null ? {} : { reason }) }, told[row.state])
    announce(bus, row)
  }
}

export function announce(bus: Bus<ServiceEvent>, message: MessageRow): void {
  bus.publish({
    type: `message.${message.state}`,
    at: message.updatedAt.getTime(),
    message: message.id as Id<'message'>,
  })
}
