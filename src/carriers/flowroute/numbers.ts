import { z } from 'zod'
import type { AvailableNumber, NumberInventory } from '../../phone/carrier.ts'
import { Problem } from '../../phone/problem.ts'
import { type BoughtNumbersOptions, boughtNumbers, type NumberCompany } from '../bought-numbers.ts'
import { NoAnswer } from '../http.ts'
import { type AskFlowroute, faultOf } from './client.ts'

export const flowrouteName = 'flowroute'

export interface FlowrouteNumbersOptions extends BoughtNumbersOptions {
  readonly ask: AskFlowroute
  /** Id of the route at Flowroute that calls to a new number take; its own default where absent. */
  readonly route: string | undefined
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
export function flowrouteNumbers({ ask, route, ...options }: FlowrouteNumbersOptions): NumberInventory {
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

  const company: NumberCompany = {
    ...{ name: flowrouteName, title: 'Flowroute', ask, faultOf, rented: lead },
    searchPath({ contains, limit }) {
      const query = new URLSearchParams({ limit: String(Math.min(limit, 200)) })
      if (contains?.startsWith('+')) query.set('starts_with', contains.slice(1))
      else if (contains !== undefined) query.set('contains', contains)
      return `/v2/numbers/available?${query}`
    },
    found: (body) =>
      Found.safeParse(body).data?.data.map(({ id, attributes }) => offered(`+${id}`, attributes.monthly_cost)),
    ownedPath: (digits) => `/v2/numbers/${digits}`,
    order: (digits) => ({
      path: `/v2/numbers/${digits}`,
      body: { data: { type: 'number', attributes: { messaging_enabled: true } } },
    }),
    bought(e164, { status }) {
      if (status === 207)
        options.log.warn({ number: e164 }, 'a number was bought at Flowroute that cannot send texts yet')
    },
  }
  return boughtNumbers(company, options)
}

const offered = (e164: string, monthlyCost?: number): AvailableNumber => ({
  ...{ e164, carrier: flowrouteName },
  ...(monthlyCost === undefined ? {} : { monthlyCost }),
})
