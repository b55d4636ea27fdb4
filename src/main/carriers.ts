import { timingSafeEqual } from 'node:crypto'
import type { CarrierHooks } from '../api/ports.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { readInbound, readReport } from '../carriers/flowroute/callback.ts'
import { flowrouteClient } from '../carriers/flowroute/client.ts'
import { flowrouteName, flowrouteNumbers } from '../carriers/flowroute/numbers.ts'
import { flowrouteTexts } from '../carriers/flowroute/texts.ts'
import { joinNumbers } from '../carriers/join.ts'
import { type DeliverText, type LocalCarrier, localCarrier } from '../carriers/local.ts'
import type { CarrierNews, NumberInventory, TextCarrier } from '../phone/carrier.ts'
import type { Settings } from '../settings.ts'
import type { Db } from '../store/store.ts'
import { hashToken } from '../store/tokens.ts'

export interface OpenCarriers {
  readonly settings: Pick<Settings, 'localNumbers' | 'flowroute'>
  readonly db: Db
  readonly clock: Clock
  readonly log: Logger
  readonly deliver: DeliverText
  /** Takes in what companies tell. */
  readonly take: (carrier: string, news: CarrierNews) => Promise<void>
  readonly publicUrl: () => string
}

export interface Carriers {
  readonly numbers: NumberInventory
  readonly local: LocalCarrier
  /** That carry texts, by name. */
  readonly companies: ReadonlyMap<string, TextCarrier>
  /** Absent where no company may post here. */
  readonly hooks: CarrierHooks | undefined
}

/** The site's own range of numbers, and the companies that the settings have accounts of. */
export async function openCarriers(options: OpenCarriers): Promise<Carriers> {
  const { settings, db, clock, log, deliver, publicUrl } = options
  const local = localCarrier({ db, clock, deliver })
  await local.offer(settings.localNumbers)
  const companies = new Map<string, TextCarrier>()
  const inventories = new Map<string, NumberInventory>()
  const { flowroute } = settings
  if (flowroute !== undefined) {
    const { callbackKey, route } = flowroute
    const ask = flowrouteClient(flowroute)
    inventories.set(flowrouteName, flowrouteNumbers({ ask, db, clock, log, ...(route === undefined ? {} : { route }) }))
    companies.set(
      flowrouteName,
      flowrouteTexts({
        ask,
        reportsTo: ({ id }) =>
          callbackKey === undefined
            ? undefined
            : `${publicUrl()}/api/sms/callback/${encodeURIComponent(callbackKey)}/?message=${id}`,
      }),
    )
  }
  const hooks = flowroute?.callbackKey === undefined ? undefined : flowrouteHooks(options.take, flowroute.callbackKey)
  return { local, companies, hooks, numbers: joinNumbers(db, local, inventories) }
}

function flowrouteHooks(take: OpenCarriers['take'], callbackKey: string): CarrierHooks {
  const right = hashToken(callbackKey)
  return {
    allows: (key) => timingSafeEqual(hashToken(key), right),

    async received(posted) {
      const text = readInbound(posted)
      if (text === undefined) return false
      await take(flowrouteName, { kind: 'text', text })
      return true
    },

    async reported(posted, message) {
      const report = readReport(posted)
      if (report === undefined) return false
      await take(flowrouteName, { kind: 'report', report: message === undefined ? report : { ...report, message } })
      return true
    },
  }
}
