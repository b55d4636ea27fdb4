import { z } from 'zod'
import { addressKey } from '../../phone/address.ts'
import { Problem } from '../../phone/problem.ts'
import { attemptsOf, getPlanned, listPlanned } from '../../store/planned-calls.ts'
import { reads, writes } from '../auth.ts'
import type { Api, ApiOptions } from '../options.ts'
import type { DialerDesk } from '../ports.ts'
import { filter, id, page, pageOf, parseAddress, problem, toPage } from '../shapes.ts'
import { PlannedShape, PlannedWithTries, showPlanned, showTry } from './planned-shape.ts'

/** Calls that are placed later, again, or as fast as they may; `POST /v1/calls` plans them. */
export function registerPlannedCalls(app: Api, { store, country }: ApiOptions, dialer: DialerDesk): void {
  const { db } = store
  const tags = ['calls']
  const params = z.object({ id: id('planned') })

  app.get(
    '/v1/planned-calls',
    {
      config: reads('calls'),
      schema: {
        tags,
        summary: 'List planned calls, newest first',
        querystring: z.strictObject({
          ...page,
          state: z.enum(['waiting', 'calling', 'done', 'failed', 'canceled']).optional(),
          to: filter.describe('Who is rung first: E.164, extension or URI'),
          account: filter,
          schedule: id('schedule').optional(),
        }),
        response: { 200: pageOf(PlannedShape), ...problem },
      },
    },
    async (request) => {
      const { limit, after, to, ...wanted } = request.query
      const address = to === undefined ? undefined : parseAddress(to.replace(/^ /, '+'), country, new Set())
      const key = address === undefined ? to : addressKey(address)
      return toPage(await listPlanned(db, { ...wanted, to: key }, { limit, after }), showPlanned)
    },
  )

  app.get(
    '/v1/planned-calls/:id',
    {
      config: reads('calls'),
      schema: {
        tags,
        summary: 'One planned call, with its attempts',
        params,
        response: { 200: PlannedWithTries, ...problem },
      },
    },
    async (request) => {
      const row = await getPlanned(db, request.params.id)
      if (row === undefined) throw new Problem('not_found', `There is no planned call ${request.params.id}.`)
      return { ...showPlanned(row), tries: (await attemptsOf(db, row.id)).map(showTry) }
    },
  )

  app.post(
    '/v1/planned-calls/:id/cancel',
    {
      config: writes('calls'),
      schema: {
        tags,
        summary: 'Cancel a planned call',
        description: 'Where its call rings or is up, that is hung up. No other attempt follows.',
        params,
        response: { 200: PlannedShape, ...problem },
      },
    },
    async (request) => showPlanned(await dialer.cancel(request.params.id)),
  )
}
