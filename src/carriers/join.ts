import type { Carrier, NumberInventory, TextCarrier } from '../phone/carrier.ts'
import { Problem } from '../phone/problem.ts'
import { getNumber } from '../store/numbers.ts'
import type { Db } from '../store/store.ts'
import type { LocalCarrier } from './local.ts'

export interface JoinedCarriers {
  readonly numbers: NumberInventory
  readonly texts: TextCarrier
}

/** A company beside the site's own range: own numbers and extensions first, what is not ours by the company. */
export function joinCarriers(db: Db, local: LocalCarrier, company: Required<Carrier> | undefined): JoinedCarriers {
  if (company === undefined) return local
  return {
    numbers: {
      async search(query) {
        const own = await local.numbers.search(query)
        const left = query.limit - own.length
        return left <= 0 ? own : [...own, ...(await company.numbers.search({ ...query, limit: left }))]
      },
      async rent(e164) {
        // One that nobody named must not cost money.
        if (e164 === undefined) return local.numbers.rent()
        try {
          return await local.numbers.rent(e164)
        } catch (error) {
          if (!(error instanceof Problem && error.code === 'number_not_offered')) throw error
          return company.numbers.rent(e164)
        }
      },
      async release(e164) {
        const row = await getNumber(db, e164)
        return row?.carrier === company.name ? company.numbers.release(e164) : local.numbers.release(e164)
      },
    },
    texts: {
      async send(text) {
        const inside = !text.to.startsWith('+') || (await local.receives(text.to))
        return inside ? local.texts.send(text) : company.texts.send(text)
      },
    },
  }
}
