import { z } from 'zod'
import { newId } from '../../phone/id.ts'
import { Problem } from '../../phone/problem.ts'
import { conflictOf } from '../../store/conflict.ts'
import { deleteFlow, type FlowRow, getFlow, insertFlow, listFlows, updateFlow } from '../../store/flows.ts'
import { numbersOf } from '../../store/numbers.ts'
import { reads, writes } from '../auth.ts'
import { defined } from '../defined.ts'
import type { Api, ApiOptions } from '../options.ts'
import { id, page, pageOf, problem, toPage } from '../shapes.ts'
import { ChangeFlow, CreateFlow, FlowShape, InlineFlow, showFlow } from './flow-shape.ts'
import { readFlow } from './read-flow.ts'

/** What happens on a call, written down beforehand. */
export function registerFlows(app: Api, { store, phone, clock, country }: ApiOptions): void {
  const { db } = store
  const reading = { db, country, phone }
  const tags = ['flows']
  const params = z.object({ id: id('flow') })
  const unknown = (flow: string): Problem => new Problem('not_found', `There is no flow ${flow}.`)

  /** E.164 of the numbers whose calls each flow takes. */
  async function numbersOfFlows(): Promise<(flow: string) => readonly string[]> {
    const rows = await numbersOf(db, { kind: 'flow' })
    return (flow) =>
      rows.flatMap(({ assignment, e164 }) => (assignment?.kind === 'flow' && assignment.flow === flow ? [e164] : []))
  }
  const shown = async (row: FlowRow) => showFlow(row, (await numbersOfFlows())(row.id))

  app.post(
    '/v1/flows',
    {
      config: writes('flows'),
      schema: {
        tags,
        summary: 'Save a flow',
        description:
          'A list of blocks with branches. Refused, with everything that is wrong, where a step names one that is not there, is never reached, goes round without waiting for anybody, or takes what the engine does not have.',
        body: CreateFlow,
        response: { 201: FlowShape, ...problem },
      },
    },
    async (request, reply) => {
      const { name, steps } = request.body
      const flow = await readFlow(steps, reading)
      const now = new Date(clock.wall())
      const row = { id: newId('flow', now.getTime()), name, written: steps, flow, createdAt: now, updatedAt: now }
      const made = await named(name, insertFlow(db, row))
      await phone.reload('flows')
      return reply.code(201).header('Location', `/v1/flows/${made.id}`).send(showFlow(made, []))
    },
  )

  app.post(
    '/v1/flows/check',
    {
      config: reads('flows'),
      schema: {
        tags,
        summary: 'Check a flow without saving it',
        body: InlineFlow,
        response: {
          200: z.object({ steps: z.int().describe('How many') }).meta({ id: 'CheckedFlow', examples: [{ steps: 4 }] }),
          ...problem,
        },
      },
    },
    async (request) => ({ steps: (await readFlow(request.body.steps, reading)).steps.length }),
  )

  app.get(
    '/v1/flows',
    {
      config: reads('flows'),
      schema: {
        tags,
        summary: 'List flows',
        querystring: z.strictObject(page),
        response: { 200: pageOf(FlowShape), ...problem },
      },
    },
    async (request) => {
      const numbers = await numbersOfFlows()
      return toPage(await listFlows(db, request.query), (row) => showFlow(row, numbers(row.id)))
    },
  )

  app.get(
    '/v1/flows/:id',
    {
      config: reads('flows'),
      schema: { tags, summary: 'One flow', params, response: { 200: FlowShape, ...problem } },
    },
    async (request) => {
      const row = await getFlow(db, request.params.id)
      if (row === undefined) throw unknown(request.params.id)
      return shown(row)
    },
  )

  app.patch(
    '/v1/flows/:id',
    {
      config: writes('flows'),
      schema: {
        tags,
        summary: 'Change a flow',
        description: 'Calls that come from then on follow it; those in progress keep the one that they began with.',
        params,
        body: ChangeFlow,
        response: { 200: FlowShape, ...problem },
      },
    },
    async (request) => {
      const row = await getFlow(db, request.params.id)
      if (row === undefined) throw unknown(request.params.id)
      const { name, steps: written } = request.body
      const flow = written === undefined ? undefined : await readFlow(written, reading)
      const change = defined({ name, written, flow, updatedAt: new Date(clock.wall()) })
      const changed = await named(name ?? row.name, updateFlow(db, row.id, change))
      if (changed === undefined) throw unknown(request.params.id)
      await phone.reload('flows')
      return shown(changed)
    },
  )

  app.delete(
    '/v1/flows/:id',
    {
      config: writes('flows'),
      schema: {
        tags,
        summary: 'Delete a flow',
        description: 'Refused while a number leads to it.',
        params,
        response: { 204: z.null(), ...problem },
      },
    },
    async (request, reply) => {
      const { id: flow } = request.params
      const numbers = (await numbersOfFlows())(flow)
      if (numbers.length > 0)
        throw new Problem('in_use', `The flow ${flow} takes the calls of ${numbers.join(', ')}; assign them otherwise.`)
      if (!(await deleteFlow(db, flow))) throw unknown(flow)
      await phone.reload('flows')
      return reply.code(204).send(null)
    },
  )
}

async function named<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (conflictOf(error)?.constraint !== 'flows_name') throw error
    throw new Problem('conflict', `There is a flow named ${name} already.`)
  }
}
