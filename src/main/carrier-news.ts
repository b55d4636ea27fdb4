import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { announce, TextLedger } from '../jobs/text-ledger.ts'
import type { InboundText, CarrierNews as News } from '../phone/carrier.ts'
import type { ServiceEvent } from '../phone/event.ts'
import { newId } from '../phone/id.ts'
import { type NewMessage, queueMessage } from '../store/messages.ts'
import { deleteOptOut, putOptOut } from '../store/opt-outs.ts'
import type { Db } from '../store/store.ts'
import type { KeywordDesk } from './keywords.ts'
import type { Site } from './site.ts'

export interface CarrierNewsOptions {
  readonly db: Db
  readonly clock: Clock
  readonly log: Logger
  readonly bus: Bus<ServiceEvent>
  readonly site: Pick<Site, 'extensionOfNumber' | 'owns'>
  readonly keywords: Pick<KeywordDesk, 'heard' | 'isSender'>
  /** Takes in a text from outside. */
  readonly take: (text: NewMessage) => Promise<void>
}

/** What companies tell: texts that come in, reports on those that went out. All of it may come twice; resolves when it is in the store. */
export class CarrierNews {
  readonly #options: CarrierNewsOptions
  readonly #ledger: TextLedger

  constructor(options: CarrierNewsOptions) {
    this.#options = options
    this.#ledger = new TextLedger(options)
  }

  async take(carrier: string, news: News): Promise<void> {
    const { db, clock, log } = this.#options
    switch (news.kind) {
      case 'text':
        return this.#text(carrier, news.text)
      case 'report':
        return this.#ledger.reported(carrier, news.report)
      case 'opt_out': {
        const { sender, receiver } = news
        if (await putOptOut(db, { sender, receiver, createdAt: new Date(clock.wall()) }))
          log.info({ carrier, sender, receiver }, 'a receiver wants no more texts, says the carrier')
        return
      }
      case 'opt_in':
        await deleteOptOut(db, news.sender, news.receiver)
    }
  }

  async #text(carrier: string, { id, from, to, body }: InboundText): Promise<void> {
    const { db, site, clock, log, bus, take, keywords } = this.#options
    const at = clock.wall()
    const row = { id: newId('message', at), from, to, body, key: `${carrier}:${id}`, createdAt: new Date(at) }
    const inside = (await site.extensionOfNumber(to)) !== undefined
    if (!inside && !(await site.owns(to)) && !keywords.isSender(to)) {
      log.warn({ carrier, to }, 'a text came from a carrier for a number that is not rented here')
      return
    }
    if (!inside) return take(row)
    await keywords.heard(row)
    const { row: queued, isNew } = await queueMessage(db, { ...row, direction: 'inbound' })
    if (isNew) announce(bus, queued)
  }
}
