import type { CarrierDoor } from '../api/ports.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Scope } from '../base/scope.ts'
import { africasTalkingName, africasTalkingTexts } from '../carriers/africas-talking/texts.ts'
import { flowrouteClient } from '../carriers/flowroute/client.ts'
import { flowrouteName, flowrouteNumbers } from '../carriers/flowroute/numbers.ts'
import { flowrouteTexts } from '../carriers/flowroute/texts.ts'
import { joinNumbers } from '../carriers/join.ts'
import { type DeliverText, type LocalCarrier, localCarrier } from '../carriers/local.ts'
import { plivoClient, plivoName } from '../carriers/plivo/client.ts'
import { plivoNumbers } from '../carriers/plivo/numbers.ts'
import { plivoTexts } from '../carriers/plivo/texts.ts'
import { smppCarrier, smppName } from '../carriers/smpp/texts.ts'
import type { CarrierNews, NumberInventory, TextCarrier } from '../phone/carrier.ts'
import type { Settings } from '../settings.ts'
import type { Db } from '../store/store.ts'
import { carrierDoor } from './carrier-door.ts'
import { loadTls } from './tls-files.ts'

export interface OpenCarriers {
  readonly settings: Pick<Settings, 'localNumbers' | 'flowroute' | 'carriers' | 'country' | 'tls'>
  readonly db: Db
  readonly clock: Clock
  readonly log: Logger
  /** Closing it unbinds. */
  readonly scope: Scope
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
  readonly door: CarrierDoor
  /** Makes the connections that companies deliver by; to be called once what they tell can be taken in. */
  start(): void
}

/** The site's own range of numbers, and the companies that the settings have accounts of. */
export async function openCarriers(options: OpenCarriers): Promise<Carriers> {
  const { settings, db, clock, log, scope, deliver, publicUrl } = options
  const local = localCarrier({ db, clock, deliver })
  await local.offer(settings.localNumbers)
  const companies = new Map<string, TextCarrier>()
  const inventories = new Map<string, NumberInventory>()
  const { flowroute } = settings
  if (flowroute !== undefined) {
    const { callbackKey, route } = flowroute
    const ask = flowrouteClient(flowroute)
    inventories.set(flowrouteName, flowrouteNumbers({ ask, db, clock, log, route }))
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
  const starts: (() => void)[] = []
  const { africasTalking, plivo, smpp } = settings.carriers
  // Its reports come to a path that is set there, be it that of its callback key or /dlr.
  if (africasTalking !== undefined) companies.set(africasTalkingName, africasTalkingTexts(africasTalking))
  if (plivo !== undefined) {
    const ask = plivoClient(plivo)
    const { application } = plivo
    inventories.set(plivoName, plivoNumbers({ ask, db, clock, log, application, country: settings.country }))
    const reportsTo = ({ id }: { readonly id: string }): string => `${publicUrl()}/carriers/plivo/reports?message=${id}`
    companies.set(plivoName, plivoTexts({ ask, reportsTo }))
  }
  if (smpp !== undefined) {
    const authorities = smpp.tls ? (await loadTls(settings.tls)).tls.ca : undefined
    const carrier = smppCarrier({
      account: { ...smpp, authorities },
      clock,
      log,
      take: (told) => options.take(smppName, told),
    })
    scope.add('bind to the SMSC', () => carrier.close())
    companies.set(smppName, carrier)
    starts.push(() => carrier.open())
  }
  const door = carrierDoor(settings, options.take)
  const start = (): void => {
    for (const one of starts) one()
  }
  return { local, companies, door, start, numbers: joinNumbers(db, local, inventories) }
}
