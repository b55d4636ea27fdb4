import { z } from 'zod'
import { Problem } from '../../phone/problem.ts'
import { listTargets } from '../../store/broadcast-targets.ts'
import { type BroadcastRow, getBroadcast, listBroadcasts } from '../../store/broadcasts.ts'
import { reads, writes } from '../auth.ts'
import { csvLine } from '../csv.ts'
import type { Api, ApiOptions } from '../options.ts'
import type { BroadcastDesk } from '../ports.ts'
import { id, page, pageOf, problem, toPage } from '../shapes.ts'
import {
  BroadcastShape,
  CreateBroadcast,
  EstimateShape,
  showBroadcast,
  showTarget,
  TargetShape,
  targetState,
} from './broadcast-shape.ts'
import { readBroadcast } from './read-broadcast.ts'

/** Contacts that the CSV reads at once. */
const lines = 500
const columns = [
  'contact',
  'phone',
  'name',
  'state',
  'by',
  'code',
  'sentence',
  'texts',
  'calls',
  'message',
  'planned',
  'ended',
]

/** One message to many contacts, by text, by call, or by call where the text does not arrive. */
export function registerBroadcasts(app: Api, options: ApiOptions, desk: BroadcastDesk): void {
  const { db } = options.store
  const tags = ['broadcasts']
  const params = z.object({ id: id('broadcast') })

  async function find(key: string): Promise<BroadcastRow> {
    const row = await getBroadcast(db, key)
    if (row === undefined) throw new Problem('not_found', `There is no broadcast ${key}.`)
    return row
  }

  app.post(
    '/v1/broadcasts',
    {
      config: writes('broadcasts'),
      schema: {
        tags,
        summary: 'Send a message to contacts',
        description:
          'Answers once it and everybody that it is for are in the database. From then on nobody is left out and nobody gets it twice, whatever happens to the service.',
        body: CreateBroadcast,
        response: { 200: EstimateShape, 201: BroadcastShape, ...problem },
      },
    },
    async (request, reply) => {
      const { dryRun, prices } = request.body
      const wanted = await readBroadcast(request.body, options)
      if (dryRun) {
        const { skipped, ...found } = await desk.estimate(wanted, prices)
        return reply.code(200).send({ ...found, skipped: { ...skipped } })
      }
      const { row } = await desk.create(wanted)
      return reply
        .code(201)
        .header('Location', `/v1/broadcasts/${row.id}`)
        .send(await showBroadcast(row, db))
    },
  )

  app.get(
    '/v1/broadcasts',
    {
      config: reads('broadcasts'),
      schema: {
        tags,
        summary: 'List broadcasts, newest first',
        querystring: z.strictObject({ ...page, state: z.enum(['running', 'paused', 'canceled', 'done']).optional() }),
        response: { 200: pageOf(BroadcastShape), ...problem },
      },
    },
    async (request) => {
      const { limit, after, state } = request.query
      const { rows, next } = await listBroadcasts(db, state, { limit, after })
      const shown = await Promise.all(rows.map((row) => showBroadcast(row, db)))
      return { items: shown, ...(next === undefined ? {} : { next }) }
    },
  )

  app.get(
    '/v1/broadcasts/:id',
    {
      config: reads('broadcasts'),
      schema: {
        tags,
        summary: 'One broadcast, and how far it is',
        params,
        response: { 200: BroadcastShape, ...problem },
      },
    },
    async (request) => showBroadcast(await find(request.params.id), db),
  )

  for (const [verb, summary] of [
    ['pause', 'Begin nothing more of it until it is resumed'],
    ['resume', 'Go on with one that was paused'],
    ['cancel', 'Begin nothing more of it'],
  ] as const) {
    app.post(
      `/v1/broadcasts/:id/${verb}`,
      {
        config: writes('broadcasts'),
        schema: {
          ...{ tags, summary, params, response: { 200: BroadcastShape, ...problem } },
          ...(verb === 'resume'
            ? {}
            : { description: 'Texts that are on their way, and calls that ring or talk, go on.' }),
        },
      },
      async (request) => showBroadcast(await desk[verb](request.params.id), db),
    )
  }

  app.get(
    '/v1/broadcasts/:id/contacts',
    {
      config: reads('broadcasts'),
      schema: {
        tags,
        summary: 'What came of each contact',
        params,
        querystring: z.strictObject({ ...page, state: targetState.optional() }),
        response: { 200: pageOf(TargetShape), ...problem },
      },
    },
    async (request) => {
      const { id: broadcast } = await find(request.params.id)
      const { limit, after, state } = request.query
      return toPage(await listTargets(db, { broadcast, state }, { limit, after }), showTarget)
    },
  )

  app.get(
    '/v1/broadcasts/:id/results.csv',
    {
      config: reads('broadcasts'),
      schema: {
        tags,
        summary: 'What came of each contact, as CSV',
        description: `The first line names the columns: ${columns.join(', ')}.`,
        params,
        response: { 200: z.string().meta({ examples: [csvLine(columns)] }), ...problem },
        produces: ['text/csv'],
      },
    },
    async (request, reply) => {
      const { id: broadcast } = await find(request.params.id)
      const { raw } = reply.hijack()
      raw.writeHead(200, { 'Content-Type': 'text/csv; charset=utf-8', 'X-Content-Type-Options': 'nosniff' })
      raw.write(csvLine(columns))
      let after: string | undefined
      do {
        const { rows, next } = await listTargets(db, { broadcast }, { limit: lines, after })
        const more = raw.write(rows.map((row) => csvLine(valuesOf(row))).join(''))
        // Whoever reads slowly is waited for.
        if (!more && !raw.destroyed)
          await new Promise<void>((resolve) => void raw.once('drain', resolve).once('close', resolve))
        after = next
      } while (after !== undefined && !raw.destroyed)
      raw.end()
    },
  )
}

function valuesOf(row: Parameters<typeof showTarget>[0]): readonly (string | number | null)[] {
  const { contact, phone, name, state, by, code, sentence, texts, calls, message, planned, endedAt } = showTarget(row)
  return [contact, phone, name, state, by, code, sentence, texts, calls, message, planned, endedAt]
}
