import { z } from 'zod'
import type { CallId } from '../../phone/id.ts'
import { Problem } from '../../phone/problem.ts'
import { actionsOf, getAction } from '../../store/actions.ts'
import { getCall } from '../../store/calls.ts'
import { allExtensions } from '../../store/extensions.ts'
import { reads, writes } from '../auth.ts'
import type { Api, ApiOptions } from '../options.ts'
import { id, problem } from '../shapes.ts'
import { ActionShape, StartedActionShape, showAction } from './action-shape.ts'
import { readAction } from './read-action.ts'

/** What a live call is told to do. */
export function registerActions(app: Api, { store, phone, country }: ApiOptions): void {
  const { db } = store
  const tags = ['calls']
  const params = z.object({ id: id('call') })

  async function mustBe(key: string): Promise<CallId> {
    const row = await getCall(db, key)
    if (row === undefined) throw new Problem('not_found', `There is no call ${key}.`)
    return row.id as CallId
  }

  app.post(
    '/v1/calls/:id/actions',
    {
      config: writes('calls'),
      schema: {
        tags,
        summary: 'Tell a live call what to do',
        description:
          'Answers at once; the result is in the action, and is told by the events of the call. One block at a time: `block_running` otherwise. `stop`, `send` and `hangup` are taken at any time.',
        params,
        body: ActionShape,
        response: { 202: StartedActionShape, ...problem },
      },
    },
    async (request, reply) => {
      const call = await mustBe(request.params.id)
      const usernames = new Set((await allExtensions(db)).map(({ username }) => username))
      const started = await phone.act(call, readAction(request.body, country, usernames))
      const row = await getAction(db, started.id)
      if (row === undefined) throw new Error(`The action ${started.id} was not written.`)
      return reply.code(202).header('Location', `/v1/calls/${call}/actions/${row.id}`).send(showAction(row))
    },
  )

  app.get(
    '/v1/calls/:id/actions',
    {
      config: reads('calls'),
      schema: {
        tags,
        summary: 'What a call was told to do, oldest first',
        params,
        response: { 200: z.object({ items: z.array(StartedActionShape) }), ...problem },
      },
    },
    async (request) => ({ items: (await actionsOf(db, await mustBe(request.params.id))).map(showAction) }),
  )

  app.get(
    '/v1/calls/:id/actions/:action',
    {
      config: reads('calls'),
      schema: {
        tags,
        summary: 'One action with its result',
        params: params.extend({ action: id('action') }),
        response: { 200: StartedActionShape, ...problem },
      },
    },
    async (request) => {
      const row = await getAction(db, request.params.action)
      if (row?.callId !== request.params.id)
        throw new Problem('not_found', `The call ${request.params.id} has no action ${request.params.action}.`)
      return showAction(row)
    },
  )
}
