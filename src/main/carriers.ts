import { timingSafeEqual } from 'node:crypto'
import type { CarrierHooks } from '../api/ports.ts'
import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { readInbound, readReport } from '../carriers/flowroute/callback.ts'
import { flowrouteClient } from '../carriers/flowroute/client.ts'
import { flowrouteName, flowrouteNumbers } from '../carriers/flowroute/numbers.ts'
import { flowrouteTexts } from '../carriers/flowroute/texts.ts'
import { type JoinedCarriers, joinCarriers } from '../carriers/join.ts'
import { type DeliverText, localCarrier } from '../carriers/local.ts'
import { announce } from '../jobs/send-text.ts'
import type { ServiceEvent } from '../phone/event.ts'
import { newId } from '../phone/id.ts'
import type { Settings } from '../settings.ts'
import {
  getMessage,
  type MessageRow,
  messageOfCarrier,
  moveMessage,
  type NewMessage,
  queueMessage,
} from '../store/messages.ts'
import type { Db } from '../store/store.ts'
import { hashToken } from '../store/tokens.ts'
import type { Site } from './site.ts'

export interface OpenCarriers {
  readonly settings: Pick<Settings, 'localNumbers' | 'flowroute'>
  readonly db: Db
  readonly site: Pick<Site, 'extensionOfNumber' | 'owns'>
  readonly clock: Clock
  readonly log: Logger
  readonly bus: Bus<ServiceEvent>
  readonly deliver: DeliverText
  /** Takes in a text from outside. */
  readonly take: (text: NewMessage) => Promise<void>
  readonly publicUrl: () => string
}

export interface Carriers extends JoinedCarriers {
  /** Absent where no company may post here. */
  readonly hooks: CarrierHooks | undefined
}

/** The site's own range of numbers, and Flowroute where the settings have its keys. */
export async function openCarriers(options: OpenCarriers): Promise<Carriers> {
  const { settings, db, clock, log, deliver, publicUrl } = options
  const local = localCarrier({ db, clock, deliver })
  await local.offer(settings.localNumbers)
  const { flowroute } = settings
  if (flowroute === undefined) return { ...joinCarriers(db, local, undefined), hooks: undefined }
  const { callbackKey, route } = flowroute
  const ask = flowrouteClient(flowroute)
  const company = {
    name: flowrouteName,
    numbers: flowrouteNumbers({ ask, db, clock, log, ...(route === undefined ? {} : { route }) }),
    texts: flowrouteTexts({
      ask,
      reportsTo: ({ id }) =>
        callbackKey === undefined
          ? undefined
          : `${publicUrl()}/api/sms/callback/${encodeURIComponent(callbackKey)}/?message=${id}`,
    }),
  }
  return {
    ...joinCarriers(db, local, company),
    hooks: callbackKey === undefined ? undefined : flowrouteHooks(options, callbackKey),
  }
}

function flowrouteHooks({ db, site, clock, log, bus, take }: OpenCarriers, callbackKey: string): CarrierHooks {
  const right = hashToken(callbackKey)
  const now = (): Date => new Date(clock.wall())

  async function messageOf(id: string, message: string | undefined): Promise<MessageRow | undefined> {
    const named = message === undefined ? undefined : await getMessage(db, message)
    return named ?? messageOfCarrier(db, id)
  }

  return {
    allows: (key) => timingSafeEqual(hashToken(key), right),

    async received(posted) {
      const text = readInbound(posted)
      if (text === undefined) return false
      const at = clock.wall()
      const { id, from, to, body } = text
      // It is posted up to five times, until it is answered.
      const row = { id: newId('message', at), from, to, body, key: `${flowrouteName}:${id}`, createdAt: new Date(at) }
      const inside = (await site.extensionOfNumber(to)) !== undefined
      if (!inside && !(await site.owns(to))) {
        log.warn({ to }, 'a text from Flowroute is for a number that is not rented here')
        return true
      }
      if (!inside) await take(row)
      else {
        const { row: queued, isNew } = await queueMessage(db, row)
        if (isNew) announce(bus, queued)
      }
      return true
    },

    async reported(posted, message) {
      const report = readReport(posted)
      if (report === undefined) return false
      const row = await messageOf(report.id, message)
      log.info(
        { message: row?.id ?? null, outcome: report.outcome, sentence: report.sentence },
        'a report on a text came',
      )
      if (row?.direction !== 'outbound' || report.outcome === 'pending') return true
      const reason = report.outcome === 'failed' ? report.sentence : null
      const moved = await moveMessage(db, row.id, report.outcome, now(), reason)
      if (moved !== undefined) announce(bus, moved)
      return true
    },
  }
}
