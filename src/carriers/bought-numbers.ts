import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { AvailableNumber, NumberInventory, NumberQuery } from '../phone/carrier.ts'
import { newId } from '../phone/id.ts'
import { Problem } from '../phone/problem.ts'
import { getNumber, insertRented, releaseNumber } from '../store/numbers.ts'
import type { Db } from '../store/store.ts'
import { type HttpReply, NoAnswer } from './http.ts'
import { inUse } from './in-use.ts'

/** A company that sells numbers over HTTP. Digits are those of a number with its country code, without the plus. */
export interface NumberCompany {
  /** Of its rows. */
  readonly name: string
  /** In sentences. */
  readonly title: string
  /** @throws NoAnswer */
  readonly ask: (method: string, path: string, body?: object) => Promise<HttpReply>
  readonly faultOf: (reply: HttpReply) => string
  readonly searchPath: (query: NumberQuery) => string
  /** `undefined` for what is no list of numbers. */
  readonly found: (body: unknown) => readonly AvailableNumber[] | undefined
  /** The path of a number that the account has. */
  readonly ownedPath: (digits: string) => string
  readonly order: (digits: string) => { readonly path: string; readonly body: object }
  /** It was bought; what it still lacks is to be logged. */
  readonly bought: (e164: string, reply: HttpReply) => void
  /** What is to be done once it is rented here. */
  readonly rented?: (e164: string, digits: string) => Promise<void>
}

export interface BoughtNumbersOptions {
  readonly db: Db
  readonly clock: Clock
  readonly log: Logger
}

/** Numbers that are bought at a company. All methods reject with a `Problem`. */
export function boughtNumbers(company: NumberCompany, { db, clock, log }: BoughtNumbersOptions): NumberInventory {
  const { name, title, faultOf, ownedPath } = company

  /** @throws Problem `carrier_failed` */
  async function request(method: string, path: string, body?: object): Promise<HttpReply> {
    try {
      return await company.ask(method, path, body)
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
      log.warn({ method, path, err: error }, `${title} gave no answer`)
      throw new Problem('carrier_failed', error.message)
    }
  }
  const failed = (reply: HttpReply): Problem => new Problem('carrier_failed', faultOf(reply))
  const isOurs = async (digits: string): Promise<boolean> => (await request('GET', ownedPath(digits))).status === 200

  /** One that the account has already, e.g. since a former purchase was cut off by a crash, is not bought again. */
  async function buy(e164: string, digits: string): Promise<void> {
    const { path, body } = company.order(digits)
    let reply: HttpReply
    try {
      reply = await request('POST', path, body)
    } catch (error) {
      // It may have been bought all the same.
      if (await isOurs(digits).catch(() => false)) return
      throw error
    }
    if (reply.status < 300) return company.bought(e164, reply)
    if (reply.status === 401 || reply.status === 403 || reply.status === 429 || reply.status >= 500) throw failed(reply)
    if (await isOurs(digits)) return
    throw new Problem('number_not_offered', `${e164} cannot be had: ${faultOf(reply)}`)
  }

  return {
    async search(query) {
      const { contains = '', accept = () => true, limit } = query
      const reply = await request('GET', company.searchPath(query))
      // Some ranges it does not know at all.
      if (reply.status === 404) return []
      const found = reply.status >= 300 ? undefined : company.found(reply.body)
      if (found === undefined) throw failed(reply)
      return found
        .filter(({ e164 }) => e164.includes(contains) && accept(e164))
        .sort((a, b) => (a.e164 < b.e164 ? -1 : 1))
        .slice(0, limit)
    },

    async rent(e164) {
      if (e164 === undefined)
        throw new Problem('no_number_available', `A number of ${title} costs money: name the one to buy.`)
      if ((await getNumber(db, e164))?.state === 'rented')
        throw new Problem('number_taken', `${e164} is rented already.`)
      const digits = e164.slice(1)
      await buy(e164, digits)
      const now = clock.wall()
      const made = await insertRented(db, {
        ...{ id: newId('number', now), e164, carrier: name, rentedAt: new Date(now) },
      })
      if (!made) throw new Problem('number_taken', `${e164} is rented already.`)
      await company.rented?.(e164, digits)
      return { e164, carrier: name }
    },

    async release(e164) {
      const row = await getNumber(db, e164)
      if (row?.state !== 'rented') throw new Problem('not_found', `${e164} is not rented.`)
      const { assignment } = row
      if (assignment?.kind === 'forward' || assignment?.kind === 'voicemail') throw inUse(e164, assignment)
      const reply = await request('DELETE', ownedPath(e164.slice(1)))
      // Given back there before: it only had to be forgotten here.
      if (reply.status >= 300 && reply.status !== 404) throw failed(reply)
      await releaseNumber(db, e164)
    },
  }
}
