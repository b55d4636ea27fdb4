import type { Clock } from '../base/clock.ts'
import type { Carrier, NumberInventory, OutgoingText, TextCarrier, TextResult } from '../phone/carrier.ts'
import { newId } from '../phone/id.ts'
import { Problem } from '../phone/problem.ts'
import { getExtension } from '../store/extensions.ts'
import {
  assignmentOf,
  availableNumbers,
  type NumberRow,
  type OfferedRange,
  offerNumbers,
  releaseNumber,
  rentNumber,
} from '../store/numbers.ts'
import type { Db } from '../store/store.ts'
import { inUse } from './in-use.ts'

export const localCarrierName = 'local'

/** How many free numbers are looked at at once. */
const page = 500

/** Hands a text to the phones registered under a username; SIP MESSAGE in the running service. */
export type DeliverText = (username: string, text: OutgoingText) => Promise<TextResult>

export interface LocalCarrierOptions {
  readonly db: Db
  readonly clock: Clock
  readonly deliver: DeliverText
}

export interface LocalCarrier extends Carrier {
  readonly numbers: NumberInventory
  readonly texts: TextCarrier
  /** Whether it is an extension, or a number of one. */
  receives(to: string): Promise<boolean>
  /** Makes the free numbers those of the ranges; called at each start, before the API. Rented ones are never touched. */
  offer(ranges: readonly OfferedRange[]): Promise<{ readonly added: number; readonly withdrawn: number }>
}

/** The site's own numbers, for those with a range of them on a trunk, and texts between its own extensions. */
export function localCarrier({ db, clock, deliver }: LocalCarrierOptions): LocalCarrier {
  return {
    name: localCarrierName,
    offer: (ranges) => offerNumbers(db, localCarrierName, ranges, () => newId('number', clock.wall())),
    receives: async (to) => (await receiver(db, to)) !== undefined,
    numbers: {
      async search({ contains, accept = () => true, limit }) {
        const found: NumberRow[] = []
        for (let after: string | undefined; ; ) {
          const rows = await availableNumbers(db, localCarrierName, { contains, after, limit: page })
          found.push(...rows.filter(({ e164 }) => accept(e164)))
          after = rows.at(-1)?.e164
          if (rows.length < page || found.length >= limit) return found.slice(0, limit).map(offered)
        }
      },
      async rent(e164) {
        const result = await rentNumber(db, localCarrierName, new Date(clock.wall()), e164)
        switch (result.kind) {
          case 'rented':
            return offered(result.row)
          case 'taken':
            throw new Problem('number_taken', `${e164} is rented already.`)
          case 'none_free':
            throw new Problem(
              'no_number_available',
              'All local numbers are rented. Release one, or widen OFFHOOK_LOCAL_NUMBERS.',
            )
          case 'not_offered':
            throw new Problem(
              'number_not_offered',
              `${e164} is not in the range of local numbers (OFFHOOK_LOCAL_NUMBERS).`,
            )
        }
      },
      async release(e164) {
        const result = await releaseNumber(db, e164)
        switch (result.kind) {
          case 'released':
            return
          case 'not_rented':
            throw new Problem('not_found', `${e164} is not rented.`)
          case 'in_use':
            throw inUse(e164, result.assignment)
        }
      },
    },
    texts: {
      async send(text) {
        const username = await receiver(db, text.to)
        return username === undefined
          ? {
              kind: 'failed',
              sentence: `${text.to} is no extension here, nor a number of one, and no other carrier takes texts.`,
            }
          : deliver(username, text)
      },
    },
  }
}

const offered = (row: NumberRow) => ({ e164: row.e164, carrier: row.carrier })

async function receiver(db: Db, to: string): Promise<string | undefined> {
  if (!to.startsWith('+')) return (await getExtension(db, to))?.username
  const assignment = await assignmentOf(db, to)
  return assignment?.kind === 'extension' ? assignment.username : undefined
}
