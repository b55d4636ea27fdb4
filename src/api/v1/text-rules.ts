import { z } from 'zod'
import { Problem } from '../../phone/problem.ts'
import { defaultTextRules, type TextRules } from '../../phone/text-rules.ts'
import { deleteOptOut, listOptOuts, type OptOutRow, putOptOut } from '../../store/opt-outs.ts'
import { reads, writes } from '../auth.ts'
import { defined } from '../defined.ts'
import type { Api, ApiOptions } from '../options.ts'
import { body, e164, filter, iso, line, page, pageOf, problem, time, toPage } from '../shapes.ts'
import { refusal } from '../validation.ts'

const sender = z
  .string()
  .regex(
    /^(?:\+[1-9][0-9]{4,14}|[0-9]{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 &._-]{1,11})$/,
    'takes a number such as +254711082100, a short code, or a name of up to eleven letters and digits',
  )
const carrier = z.string().min(1).max(40)
const Route = body({
  prefix: z.string().regex(/^\+[1-9][0-9]{0,14}$/, 'takes a number, or how it begins, such as +49'),
  from: sender.optional().describe('The sender of texts that name none'),
  carriers: z
    .array(
      body({ carrier, from: sender.optional().describe('What this one shows; the sender of the text unless given') }),
    )
    .min(1)
    .max(10)
    .optional()
    .describe('The first takes it; each of the others when those before it failed'),
})
const routes = z.array(Route).max(1000).describe('Of those that fit a number the longest prefix decides')
const rates = z.record(carrier, z.number().min(0.01).max(10_000)).describe('Texts a second, by carrier')
const reportMinutes = z
  .int()
  .min(1)
  .max(30 * 1440)
  .describe('After so long without a report a text is `undelivered` with the code `no_report`')
const answer = line(1, 480).nullable().describe('null: none')
const example = {
  routes: [{ prefix: '+254', from: 'ACME', carriers: [{ carrier: 'smpp' }, { carrier: 'africastalking' }] }],
  rates: { smpp: 30 },
  reportMinutes: 60,
  answers: { stop: 'No more texts from ACME.', start: 'You get our texts again.', help: null },
}
const RulesShape = z
  .object({
    ...{ routes, rates, reportMinutes },
    answers: z.object({ stop: answer, start: answer, help: answer }).describe('To STOP, START and HELP'),
  })
  .meta({ id: 'TextRules', examples: [example] })
const defaults = defaultTextRules
const PutRules = body({
  routes: routes.default([]),
  rates: rates.default({}),
  reportMinutes: reportMinutes.default(defaults.reportMinutes),
  answers: body({
    stop: answer.default(defaults.answers.stop),
    start: answer.default(defaults.answers.start),
    help: answer.default(defaults.answers.help),
  })
    .default(defaults.answers)
    .describe('To STOP, START and HELP'),
}).meta({ id: 'PutTextRules', examples: [example] })

const OptOut = z.object({ sender: z.string(), receiver: z.string(), createdAt: time }).meta({
  id: 'OptOut',
  examples: [{ sender: '+15550100', receiver: '+254722000001', createdAt: '2026-01-05T12:00:00.000Z' }],
})
const AddOptOut = body({ sender: z.union([sender, e164]), receiver: e164 }).meta({
  id: 'AddOptOut',
  examples: [{ sender: '+15550100', receiver: '+254722000001' }],
})

/** How texts go out, and who wants none. */
export function registerTextRules(app: Api, { store, clock, texts }: ApiOptions): void {
  const { db } = store
  const tags = ['messages']
  const show = (rules: TextRules) => structuredClone(rules) as z.infer<typeof RulesShape>

  app.get(
    '/v1/text-rules',
    {
      config: reads('messages'),
      schema: { tags, summary: 'How texts go out', response: { 200: RulesShape, ...problem } },
    },
    async () => show(texts.rules),
  )

  app.put(
    '/v1/text-rules',
    {
      config: writes('messages'),
      schema: {
        tags,
        summary: 'Say how texts go out',
        description: 'The whole of it: what is left out has its default.',
        body: PutRules,
        response: { 200: RulesShape, ...problem },
      },
    },
    async (request) => {
      const { routes, rates, ...rest } = request.body
      const faults = [
        ...routes.flatMap(({ carriers = [] }, i) =>
          carriers.map((hop, j) => [`/routes/${i}/carriers/${j}/carrier`, hop.carrier] as const),
        ),
        ...Object.keys(rates).map((name) => [`/rates/${name}`, name] as const),
      ].filter(([, name]) => !texts.carriers.includes(name))
      if (faults.length > 0) {
        const known = texts.carriers.length === 0 ? 'none is set up here' : `there are ${texts.carriers.join(', ')}`
        throw refusal(faults.map(([field, name]) => ({ field, sentence: `names no carrier: ${name}; ${known}` })))
      }
      await texts.setRules({
        ...{ ...rest, rates },
        routes: routes.map(({ prefix, from, carriers }) => ({
          prefix,
          ...defined({ from }),
          ...(carriers === undefined
            ? {}
            : { carriers: carriers.map((hop) => ({ carrier: hop.carrier, ...defined({ from: hop.from }) })) }),
        })),
      })
      return show(texts.rules)
    },
  )

  app.get(
    '/v1/opt-outs',
    {
      config: reads('messages'),
      schema: {
        tags,
        summary: 'Who wants no texts, and from whom',
        querystring: z.strictObject({ ...page, sender: filter, receiver: filter }),
        response: { 200: pageOf(OptOut), ...problem },
      },
    },
    async ({ query: { limit, after, ...wanted } }) =>
      toPage(await listOptOuts(db, wanted, { limit, after }), showOptOut),
  )

  app.post(
    '/v1/opt-outs',
    {
      config: writes('messages'),
      schema: {
        tags,
        summary: 'Send no more texts from a sender to a number',
        body: AddOptOut,
        response: { 201: OptOut, ...problem },
      },
    },
    async (request, reply) => {
      const row = { ...request.body, createdAt: new Date(clock.wall()) }
      await putOptOut(db, row)
      return reply.code(201).send(showOptOut(row))
    },
  )

  app.delete(
    '/v1/opt-outs/:sender/:receiver',
    {
      config: writes('messages'),
      schema: {
        tags,
        summary: 'Send texts again to one who wanted none',
        description: 'Only by the wish of the receiver.',
        params: z.object({ sender: line(1, 64), receiver: line(1, 64) }),
        response: { 204: z.null(), ...problem },
      },
    },
    async (request, reply) => {
      const { sender: from, receiver } = request.params
      if (!(await deleteOptOut(db, from, receiver)))
        throw new Problem('not_found', `${receiver} has not said that it wants no texts from ${from}.`)
      return reply.code(204).send(null)
    },
  )
}

const showOptOut = ({ createdAt, ...row }: OptOutRow) => ({ ...row, createdAt: iso(createdAt) })
