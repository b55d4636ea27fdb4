import { parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { z } from 'zod'
import type { AvailableNumber, NumberInventory } from '../../phone/carrier.ts'
import { type BoughtNumbersOptions, boughtNumbers, type NumberCompany } from '../bought-numbers.ts'
import { type AskPlivo, faultOf, plivoName } from './client.ts'

export interface PlivoNumbersOptions extends BoughtNumbersOptions {
  readonly ask: AskPlivo
  /** The application that numbers belong to there; its default one where absent. */
  readonly application: string | undefined
  /** Country that is searched where the digits name none. */
  readonly country: string | undefined
}

const Found = z.object({
  objects: z.array(
    z.looseObject({
      number: z.union([z.string(), z.number().transform(String)]).pipe(z.string().regex(/^\+?[1-9][0-9]{4,14}$/)),
      monthly_rental_rate: z.union([z.string(), z.number()]).nullish(),
    }),
  ),
})
const Bought = z.looseObject({ status: z.string().optional() })
const mostAtOnce = 20

/** Numbers that are bought at Plivo. All methods reject with a `Problem`. */
export function plivoNumbers({ ask, application, country, ...options }: PlivoNumbersOptions): NumberInventory {
  const company: NumberCompany = {
    ...{ name: plivoName, title: 'Plivo', ask, faultOf },
    searchPath({ contains, limit }) {
      const read = contains?.startsWith('+') ? countryOf(contains) : undefined
      const iso = read?.iso ?? country ?? 'US'
      const query = new URLSearchParams({ country_iso: iso, limit: String(Math.min(limit, mostAtOnce)) })
      // Its pattern is of the number without the country code; elsewhere stars stand before it.
      if (contains !== undefined)
        query.set('pattern', contains.startsWith('+') ? (read?.national ?? contains.slice(1)) : `*${contains}*`)
      return `PhoneNumber/?${query}`
    },
    found: (body) =>
      Found.safeParse(body).data?.objects.map(({ number, monthly_rental_rate: rate }) =>
        offered(`+${number.replace(/^\+/, '')}`, rate),
      ),
    ownedPath: (digits) => `Number/${digits}/`,
    order: (digits) => ({
      path: `PhoneNumber/${digits}/`,
      body: application === undefined ? {} : { app_id: application },
    }),
    bought(e164, { body }) {
      if (Bought.safeParse(body).data?.status === 'pending')
        options.log.warn({ number: e164 }, 'Plivo wants papers before this number can be used')
    },
  }
  return boughtNumbers(company, options)
}

/** What digits with a country code say, as far as they go. */
function countryOf(contains: string): { readonly iso: string; readonly national: string } | undefined {
  // A beginning is no number yet: it is filled up to the length of one, which is enough to tell the country.
  const parsed = parsePhoneNumberFromString(contains.padEnd(12, '0'))
  if (parsed === undefined) return undefined
  const iso = parsed.country ?? (parsed.countryCallingCode === '1' ? 'US' : undefined)
  return iso === undefined ? undefined : { iso, national: contains.slice(1 + parsed.countryCallingCode.length) }
}

function offered(e164: string, rate?: string | number | null): AvailableNumber {
  const cost = rate === undefined || rate === null ? Number.NaN : Number(rate)
  return { e164, carrier: plivoName, ...(Number.isFinite(cost) ? { monthlyCost: cost } : {}) }
}
