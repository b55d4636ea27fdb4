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
import { type AskFlowroute, faultOf } from './client.ts'

export const flowrouteName = 'flowroute'

export interface FlowrouteNumbersOptions {
  readonly ask: AskFlowroute
  readonly db: Db
  readonly clock: Clock
  readonly log: Logger
  /** Id of the route at Flowroute that calls to a new number take; its own default where absent. */
  readonly route?: string
}

const Found = z.object({
  data: z.array(
    z.object({
      id: z.string().regex(/^[1-9][0-9]{4,14}$/),
      attributes: z.looseObject({ monthly_cost: z.number().optional() }),
    }),
  ),
})

/** Numbers that are bought at Flowroute. All methods reject with a `Problem`. */
export function flowrouteNumbers({ ask, db, clock, log, route }: FlowrouteNumbersOptions): NumberInventory {
  /** @throws Problem `carrier_failed` */
  async function request(method: string, path: string, body?: object): Promise<HttpReply> {
    try {
      return await ask(method, path, body)
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
      log.warn({ method, path, err: error }, 'Flowroute gave no answer')
      throw new Problem('carrier_failed', error.message)
    }
  }
  const failed = (reply: HttpReply): Problem => new Problem('carrier_failed', faultOf(reply))

  const isOurs = async (digits: string): Promise<boolean> =>
    (await request('GET', `/v2/numbers/${digits}`)).status === 200

  /** One that the account has already, e.g. since a former purchase was cut off by a crash, is not bought again. */
  async function buy(e164: string, digits: string): Promise<void> {
    const attributes = { messaging_enabled: true }
    let reply: HttpReply
    try {
      reply = await request('POST', `/v2/numbers/${digits}`, { data: { type: 'number', attributes } })
    } catch (error) {
      // It may have been bought all the same.
      if (await isOurs(digits).catch(() => false)) return
      throw error
    }
    if (reply.status === 207) log.warn({ number: e164 }, 'a number was bought at Flowroute that cannot send texts yet')
    if (reply.status < 300) return
    if (reply.status === 401 || reply.status === 403 || reply.status === 429 || reply.status >= 500) throw failed(reply)
    if (await isOurs(digits)) return
    throw new Problem('number_not_offered', `${e164} cannot be had: ${faultOf(reply)}`)
  }

  async function lead(e164: string, digits: string): Promise<void> {
    if (route === undefined) return
    const path = `/v2/numbers/${digits}/relationships/primary_route`
    const reply = await ask('PATCH', path, { data: { type: 'route', id: route } }).catch((error: unknown) => {
      if (error instanceof NoAnswer) return error
      throw error
    })
    if (!(reply instanceof NoAnswer) && reply.status < 300) return
    const why = reply instanceof NoAnswer ? reply.message : faultOf(reply)
    throw new Problem(
      'carrier_failed',
      `${e164} was bought and is rented here, but its calls do not lead here yet; set its route at Flowroute, or release it. ${why}`,
    )
  }

  return {
    async search({ contains, limit }) {
      const query = new URLSearchParams({ limit: String(Math.min(limit, 200)) })
      if (contains?.startsWith('+')) query.set('starts_with', contains.slice(1))
      else if (contains !== undefined) query.set('contains', contains)
      const reply = await request('GET', `/v2/numbers/available?${query}`)
      // Some ranges it does not know at all.
      if (reply.status === 404) return []
      const found = Found.safeParse(reply.body)
      if (reply.status >= 300 || !found.success) throw failed(reply)
      return found.data.data
        .map(({ id, attributes }) => offered(`+${id}`, attributes.monthly_cost))
        .sort((a, b) => (a.e164 < b.e164 ? -1 : 1))
        .slice(0, limit)
    },

    async rent(e164) {
      if (e164 === undefined)
        throw new Problem('no_number_available', 'A number of Flowroute costs money: name the one to buy.')
      if ((await getNumber(db, e164))?.state === 'rented')
        throw new Problem('number_taken', `${e164} is rented already.`)
      const digits = e164.slice(1)
      await buy(e164, digits)
      const now = clock.wall()
      const made = await insertRented(db, {
        ...{ id: newId('number', now), e164, carrier: flowrouteName, rentedAt: new Date(now) },
      })
      if (!made) throw new Problem('number_taken', `${e164} is rented already.`)
      await lead(e164, digits)
      return offered(e164)
    },

    async release(e164) {
      const row = await getNumber(db, e164)
      if (row?.state !== 'rented') throw new Problem('not_found', `${e164} is not rented.`)
      const { assignment } = row
      if (assignment?.kind === 'forward' || assignment?.kind === 'voicemail') throw inUse(e164, assignment)
      const reply = await request('DELETE', `/v2/numbers/${e164.slice(1)}`)
      // Given back there before: it only had to be forgotten here.
      if (reply.status >= 300 && reply.status !== 404) throw failed(reply)
      await releaseNumber(db, e164)
    },
  }
}

const offered = (e164: string, monthlyCost?: number): AvailableNumber => ({
  ...{ e164, carrier: flowrouteName },
  ...(monthlyCost === undefined ? {} : { monthlyCost }),
})
