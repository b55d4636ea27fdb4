import type { NumberInventory } from '../phone/carrier.ts'
import { Problem } from '../phone/problem.ts'
import { getNumber } from '../store/numbers.ts'
import type { Db } from '../store/store.ts'
import type { LocalCarrier } from './local.ts'

/** Companies beside the site's own range: own numbers first, then those of each company in its order. */
export function joinNumbers(
  db: Db,
  local: LocalCarrier,
  companies: ReadonlyMap<string, NumberInventory>,
): NumberInventory {
  if (companies.size === 0) return local.numbers
  return {
    async search(query) {
      const found = [...(await local.numbers.search(query))]
      for (const company of companies.values()) {
        const left = query.limit - found.length
        if (left > 0) found.push(...(await company.search({ ...query, limit: left })))
      }
      return found
    },
    async rent(e164) {
      // One that nobody named must not cost money.
      if (e164 === undefined) return local.numbers.rent()
      let refusal: unknown
      for (const inventory of [local.numbers, ...companies.values()]) {
        try {
          return await inventory.rent(e164)
        } catch (error) {
          if (!(error instanceof Problem && error.code === 'number_not_offered')) throw error
          refusal = error
        }
      }
      throw refusal
    },
    async release(e164) {
      const row = await getNumber(db, e164)
      return (row === undefined ? local.numbers : (companies.get(row.carrier) ?? local.numbers)).release(e164)
    },
  }
}
