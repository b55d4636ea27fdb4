import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Scope } from '../base/scope.ts'
import type { DeliverText } from '../carriers/local.ts'
import type { ServiceEvent } from '../phone/event.ts'
import type { NewMessage } from '../store/messages.ts'
import type { Store } from '../store/store.ts'
import { CarrierNews } from './carrier-news.ts'
import { type Carriers, type OpenCarriers, openCarriers } from './carriers.ts'
import { KeywordDesk } from './keywords.ts'
import { OutgoingTexts } from './outgoing-texts.ts'
import type { Site } from './site.ts'

export interface OpenTexts {
  readonly settings: OpenCarriers['settings']
  readonly store: Store
  readonly site: Pick<Site, 'extensionOfNumber' | 'owns'>
  readonly clock: Clock
  readonly log: Logger
  readonly bus: Bus<ServiceEvent>
  /** Closing it ends what is up towards companies. */
  readonly scope: Scope
  readonly deliver: DeliverText
  /** Takes in a text from outside. */
  readonly take: (text: NewMessage) => Promise<void>
  readonly publicUrl: () => string
}

export interface Texts {
  readonly carriers: Carriers
  readonly texts: OutgoingTexts
  readonly keywords: KeywordDesk
  readonly news: CarrierNews
}

/** The companies, what goes out by them, and what they tell. */
export async function openTexts({ settings, store, site, clock, log, bus, ...more }: OpenTexts): Promise<Texts> {
  const { db } = store
  const { scope, deliver, take, publicUrl } = more
  const carriers = await openCarriers({
    ...{ settings, db, clock, log, scope, deliver, publicUrl },
    take: (carrier, told) => news.take(carrier, told),
  })
  const { companies, local } = carriers
  const texts = await OutgoingTexts.load({ store, clock, bus, companies, local })
  const keywords = new KeywordDesk({ db, clock, log, texts })
  const news = new CarrierNews({ db, clock, log, bus, site, keywords, take })
  return { carriers, texts, keywords, news }
}
