import { parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { z } from 'zod'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { AvailableNumber, NumberInventory } from '../../phone/carrier.ts'
import { newId } from '../../phone/id.ts'
import { Problem } from '../../phone/problem.ts'
import { getNumber, insertRented, releaseNumber } from '../../store/numbers.ts'
import type { Db } from '../../store/store.ts'
import { type HttpReply, NoAnswer } from '../http.ts'
import { inUse } from '../in-use.ts'
import { type AskPlivo, faultOf, plivoName } from './client.ts'

export interface PlivoNumbersOptions {
  readonly ask: AskPlivo
  readonly db: Db
  readonly clock: Clock
  readonly log: Logger
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
export function plivoNumbers({ ask, db, clock, log, application, country }: PlivoNumbersOptions): NumberInventory {
  async function request(method: string, path: string, body?: object): Promise<HttpReply> {
    try {
      return await ask(method, path, body)
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
      log.warn({ method, path, err: error }, 'Plivo gave no answer')
      throw new Problem('carrier_failed', error.message)
    }
  }
  const failed = (reply: HttpReply): Problem => new Problem('carrier_failed', faultOf(reply))
  const isOurs = async (digits: string): Promise<boolean> => (await request('GET', `Number/${digits}/`)).status === 200

  /** One that the account has already, e.g. since a former purchase was cut off by a crash, is not bought again. */
  async function buy(e164: string, digits: string): Promise<void> {
    let reply: HttpReply
    try {
      reply = await request('POST', `PhoneNumber/${digits}/`, application === undefined ? {} : { app_id: application })
    } catch (error) {
      if (await isOurs(digits).catch(() => false)) return
      throw error
    }
    if (reply.status < 300) {
      const { status } = Bought.safeParse(reply.body).data ?? {}
      if (status === 'pending') log.warn({ number: e164 }, 'Plivo wants papers before this number can be used')
      return
    }
    if (reply.status === 401 || reply.status === 403 || reply.status === 429 || reply.status >= 500) throw failed(reply)
    if (await isOurs(digits)) return
    throw new Problem('number_not_offered', `${e164} cannot be had: ${faultOf(reply)}`)
  }

  return {
    async search({ contains, limit }) {
      const digits = contains?.replace(/^\+/, '')
      const read = contains?.startsWith('+') ? countryOf(contains) : undefined
      const iso = read?.iso ?? country ?? 'US'
      const query = new URLSearchParams({ country_iso: iso, limit: String(Math.min(limit, mostAtOnce)) })
      // Its pattern is of the number without the country code; elsewhere stars stand before it.
      if (digits !== undefined)
        query.set('pattern', contains?.startsWith('+') ? (read?.national ?? digits) : `*${digits}*`)
      const reply = await request('GET', `PhoneNumber/?${query}`)
      if (reply.status === 404) return []
      const found = Found.safeParse(reply.body)
      if (reply.status >= 300 || !found.success) throw failed(reply)
      return found.data.objects
        .map(({ number, monthly_rental_rate: rate }) => offered(`+${number.replace(/^\+/, '')}`, rate))
        .filter(({ e164 }) => digits === undefined || e164.includes(digits))
        .sort((a, b) => (a.e164 < b.e164 ? -1 : 1))
        .slice(0, limit)
    },

    async rent(e164) {
      if (e164 === undefined)
        throw new Problem('no_number_available', 'A number of Plivo costs money: name the one to buy.')
      if ((await getNumber(db, e164))?.state === 'rented')
        throw new Problem('number_taken', `${e164} is rented already.`)
      await buy(e164, e164.slice(1))
      const now = clock.wall()
      const made = await insertRented(db, {
        ...{ id: newId('number', now), e164, carrier: plivoName, rentedAt: new Date(now) },
      })
      if (!made) throw new Problem('number_taken', `${e164} is rented already.`)
      return offered(e164)
    },

    async release(e164) {
      const row = await getNumber(db, e164)
      if (row?.state !== 'rented') throw new Problem('not_found', `${e164} is not rented.`)
      const { assignment } = row
      if (assignment?.kind === 'forward' || assignment?.kind === 'voicemail') throw inUse(e164, assignment)
      const reply = await request('DELETE', `Number/${e164.slice(1)}/`)
      // Given back there before: it only had to be forgotten here.
      if (reply.status >= 300 && reply.status !== 404) throw failed(reply)
      await releaseNumber(db, e164)
    },
  }
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
