import { Readable } from 'node:stream'
import { z } from 'zod'
import { type Cdr, dispositions } from '../../phone/cdr.ts'
import { cdrLine } from '../../phone/cdr-csv.ts'
import { Problem } from '../../phone/problem.ts'
import { type CdrFilter, type CdrRow, getCdr, listCdrs } from '../../store/cdrs.ts'
import type { Db } from '../../store/store.ts'
import { reads } from '../auth.ts'
import type { Api, ApiOptions } from '../options.ts'
import {
  AddressShape,
  exampleId,
  filter,
  id,
  iso,
  page,
  pageOf,
  problem,
  showAddress,
  time,
  toPage,
} from '../shapes.ts'
import { EndShape, showEnd } from './call-shape.ts'

const Leg = z.object({
  leg: z.enum(['a', 'b']).describe('`a`: who called, or was rung first; `b`: each one that was put through'),
  party: z.string(),
  by: z.string().optional().describe('What carried it: `sip`, or the scheme of the trunk, as `asterisk` or `plivo`'),
  codec: z.string().nullable(),
  packetsReceived: z.int().nullable().describe('Its audio, that came here. Null: it stayed at a company'),
  packetsSent: z.int().nullable(),
  lost: z.int().nullable(),
  lossPercent: z.number().nullable(),
  jitterMs: z.number().nullable(),
  roundTripMs: z.number().nullable().describe('Null: it never reported'),
  mos: z.number().nullable().describe('Estimated from loss, jitter and delay (ITU-T G.107), 1 to 4.5'),
})
const at = '2026-01-05T12:00:00.000Z'
const CdrShape = z
  .object({
    call: z.string(),
    direction: z.enum(['inbound', 'outbound']),
    account: z.string().nullable(),
    from: AddressShape,
    to: AddressShape,
    startedAt: time,
    answeredAt: time.nullable(),
    endedAt: time,
    seconds: z.int().describe('From start to end, rounded up'),
    billedSeconds: z.int().describe('From answer to end, rounded up'),
    disposition: z.enum(dispositions),
    postDialDelayMs: z
      .number()
      .nullable()
      .describe('From the first INVITE that was sent to the first sign that it rings'),
    answeredBy: z.string().nullable().describe('Where that was found out: person, machine, fax, silence'),
    userField: z.string().optional().describe('What a call file wrote into `CDR(userfield)`'),
    legs: z.array(Leg),
    lastBlock: z.string().nullable(),
    end: EndShape,
  })
  .meta({
    id: 'Cdr',
    examples: [
      {
        ...{ call: exampleId('call'), direction: 'inbound', account: null },
        from: { kind: 'number', address: '+15550142', raw: '+15550142' },
        to: { kind: 'number', address: '+15550100', raw: '15550100' },
        ...{ startedAt: at, answeredAt: at, endedAt: '2026-01-05T12:00:41.000Z', seconds: 41, billedSeconds: 41 },
        ...{ disposition: 'answered', postDialDelayMs: null, answeredBy: null, lastBlock: 'play' },
        legs: [
          {
            ...{
              leg: 'a',
              party: '+15550142',
              by: 'sip',
              codec: 'PCMU',
              packetsReceived: 2050,
              packetsSent: 2049,
              lost: 0,
            },
            ...{ lossPercent: 0, jitterMs: 1.2, roundTripMs: null, mos: 4.39 },
          },
        ],
        end: {
          ...{ at: '2026-01-05T12:00:41.000Z', code: 'completed', by: 'caller', q850: 16, chain: [] },
          sentence: 'The caller hung up.',
        },
      },
    ],
  })

export function showCdr({ record }: CdrRow): z.infer<typeof CdrShape> {
  const { startedAt, answeredAt, endedAt, from, to, end, legs, ...rest } = record as Cdr
  return {
    ...rest,
    legs: legs.map((leg) => ({ ...leg })),
    ...{ from: showAddress(from), to: showAddress(to), startedAt: iso(new Date(startedAt)) },
    answeredAt: answeredAt === null ? null : iso(new Date(answeredAt)),
    ...{ endedAt: iso(new Date(endedAt)), end: showEnd(end) },
  }
}

/** So many lines are made before others have their turn. */
const lines = 200

/** Whoever reads slowly is waited for. */
async function* linesOf(db: Db, wanted: CdrFilter): AsyncGenerator<string> {
  let after: string | undefined
  do {
    const { rows, next } = await listCdrs(db, wanted, { limit: lines, after }, true)
    yield rows.map(({ record }) => cdrLine(record as Cdr)).join('')
    after = next
  } while (after !== undefined)
}

export function registerCdrs(app: Api, { store: { db } }: ApiOptions): void {
  const tags = ['cdrs']
  const wanted = {
    account: filter,
    disposition: z.enum(dispositions).optional(),
    since: time.optional().describe('Started at or after'),
    until: time.optional().describe('Started at or before'),
  }
  const filterOf = ({ since, until, ...rest }: z.infer<z.ZodObject<typeof wanted>>) => ({
    ...rest,
    since: since === undefined ? undefined : new Date(since),
    until: until === undefined ? undefined : new Date(until),
  })

  app.get(
    '/v1/cdrs',
    {
      config: reads('calls'),
      schema: {
        tags,
        summary: 'List call detail records, newest first',
        description: 'Each call has one, a few seconds after its end.',
        querystring: z.strictObject({ ...page, ...wanted }),
        response: { 200: pageOf(CdrShape), ...problem },
      },
    },
    async (request) => {
      const { limit, after, ...rest } = request.query
      return toPage(await listCdrs(db, filterOf(rest), { limit, after }), showCdr)
    },
  )

  app.get(
    '/v1/cdrs.csv',
    {
      config: reads('calls'),
      schema: {
        tags,
        summary: 'Call detail records as CSV, oldest first',
        description:
          'In the order of columns of Asterisk (`Master.csv`), without a line of names; times are UTC: accountcode, src, dst, dcontext, clid, channel, dstchannel, lastapp, lastdata, start, answer, end, duration, billsec, disposition, amaflags, uniqueid, userfield.',
        querystring: z.strictObject(wanted),
        response: { 200: z.string().meta({ examples: ['"","+15550142","+15550100",…\n'] }), ...problem },
        produces: ['text/csv'],
      },
    },
    async (request, reply) => {
      const chosen = filterOf(request.query)
      reply.type('text/csv; charset=utf-8').header('X-Content-Type-Options', 'nosniff')
      // Of a text as the schema has it; a stream is sent as it is.
      return reply.send(Readable.from(linesOf(db, chosen)) as never)
    },
  )

  app.get(
    '/v1/cdrs/:id',
    {
      config: reads('calls'),
      schema: {
        tags,
        summary: 'The record of one call',
        params: z.object({ id: id('call') }),
        response: { 200: CdrShape, ...problem },
      },
    },
    async (request) => {
      const row = await getCdr(db, request.params.id)
      if (row !== undefined) return showCdr(row)
      throw new Problem(
        'not_found',
        `There is no record of a call ${request.params.id}; it is written a few seconds after the end.`,
      )
    },
  )
}
