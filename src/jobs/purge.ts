import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { purgeBindings } from '../store/bindings.ts'
import { purgeBroadcasts } from '../store/broadcasts.ts'
import { purgeCalls } from '../store/calls.ts'
import { purgeKeys } from '../store/idempotency-keys.ts'
import { purgeLinks } from '../store/links.ts'
import { purgePlanned } from '../store/planned-calls.ts'
import type { Db } from '../store/store.ts'
import { purgeUnknownRefs } from '../store/text-refs.ts'
import { purgeUssdSessions } from '../store/ussd.ts'
import { purgeDeliveries } from '../store/webhook-deliveries.ts'

export interface PurgeOptions {
  readonly db: Db
  readonly clock: Clock
  readonly log: Logger
  /** 0 keeps call records for ever. */
  readonly keepCallsDays: number
}

const day = 24 * 3600_000
/** How long an expired link still says so. */
const linkGraceDays = 30
/** How long the log of webhooks is kept, and can be replayed. */
const keepDeliveriesDays = 30

/** How long reports on texts that nobody knows are kept. */
const keepReportsDays = 7

/** Deletes what nobody will ask for again. Running it twice does no harm. */
export async function purge({ db, clock, log, keepCallsDays }: PurgeOptions): Promise<void> {
  const wall = clock.wall()
  const gone = {
    links: await purgeLinks(db, new Date(wall - linkGraceDays * day)),
    idempotencyKeys: await purgeKeys(db, new Date(wall)),
    bindings: await purgeBindings(db, new Date(wall)),
    webhookDeliveries: await purgeDeliveries(db, new Date(wall - keepDeliveriesDays * day)),
    plannedCalls: keepCallsDays === 0 ? 0 : await purgePlanned(db, new Date(wall - keepCallsDays * day)),
    broadcasts: keepCallsDays === 0 ? 0 : await purgeBroadcasts(db, new Date(wall - keepCallsDays * day)),
    reports: await purgeUnknownRefs(db, new Date(wall - keepReportsDays * day)),
    ussdSessions: keepCallsDays === 0 ? 0 : await purgeUssdSessions(db, new Date(wall - keepCallsDays * day)),
    calls: keepCallsDays === 0 ? 0 : await purgeCalls(db, new Date(wall - keepCallsDays * day)),
  }
  log.info(gone, 'old rows were deleted')
}
