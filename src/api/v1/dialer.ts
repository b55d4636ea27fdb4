import { z } from 'zod'
import type { DialerRules } from '../../apps/dialer/rules.ts'
import { readNumber } from '../../phone/address.ts'
import { type FieldFault, Problem } from '../../phone/problem.ts'
import { listDoNotCall } from '../../store/dialer-rules.ts'
import { reads, writes } from '../auth.ts'
import { defined } from '../defined.ts'
import type { Api, ApiOptions } from '../options.ts'
import type { DialerDesk } from '../ports.ts'
import { body, iso, line, page, pageOf, problem, time, toPage } from '../shapes.ts'
import { refusal } from '../validation.ts'
import { CallHoursShape, hoursOf, zone } from './planned-shape.ts'
import { perSecond } from './trunks.ts'

const prefix = z.string().regex(/^\+[1-9][0-9]{0,14}$/, 'takes a number, or how it begins, such as +49')
const Rule = body({
  prefix: prefix.describe('Each rule that fits a number counts'),
  callsPerSecond: perSecond.optional(),
  callsAtOnce: z.int().min(1).max(10_000).optional(),
  hours: CallHoursShape.optional(),
  // Stands in replies too, which a number that is written otherwise could not.
  callerId: z
    .string()
    .refine((text) => readNumber(text) === text, 'takes a number in E.164 form, such as +15550100')
    .optional()
    .describe('What these see as their caller; the longest prefix decides'),
})
const RulesShape = body({
  callsAtOnce: z.int().min(1).max(10_000).default(20).describe('Planned calls at once, of all trunks'),
  zone: zone
    .optional()
    .describe('Of extensions, and of numbers that tell no country; that of the machine unless given'),
  hours: CallHoursShape.optional().describe('When numbers outside may be called'),
  destinations: z.array(Rule).max(1000).default([]),
}).meta({
  id: 'DialerRules',
  examples: [
    {
      callsAtOnce: 20,
      hours: { from: '09:00', to: '20:00' },
      destinations: [{ prefix: '+49', callsPerSecond: 2, callerId: '+4930123456' }],
    },
  ],
})
const DoNotCallShape = z.object({ number: z.string(), reason: z.string().nullable(), createdAt: time }).meta({
  id: 'DoNotCall',
  examples: [{ number: '+15550142', reason: 'asked on 5 January', createdAt: '2026-01-05T12:00:00.000Z' }],
})
const AddDoNotCall = body({
  number: prefix.describe('A number, or how numbers begin'),
  reason: line(1, 200).optional(),
}).meta({ id: 'AddDoNotCall', examples: [{ number: '+15550142', reason: 'asked on 5 January' }] })

/** What planned calls keep to. */
export function registerDialer(app: Api, { store, clock }: ApiOptions, dialer: DialerDesk): void {
  const { db } = store
  const tags = ['schedules']
  const show = (rules: DialerRules) => structuredClone(rules) as z.infer<typeof RulesShape>

  app.get(
    '/v1/dialer',
    {
      config: reads('calls'),
      schema: { tags, summary: 'What planned calls keep to', response: { 200: RulesShape, ...problem } },
    },
    async () => show(dialer.rules),
  )

  app.put(
    '/v1/dialer',
    {
      config: writes('calls'),
      schema: {
        tags,
        summary: 'Say what planned calls keep to',
        description:
          'The whole of it: what is left out has its default. Rates of trunks are theirs (`callsPerSecond`).',
        body: RulesShape,
        response: { 200: RulesShape, ...problem },
      },
    },
    async (request) => {
      const { callsAtOnce, zone: where, hours, destinations } = request.body
      const twice = prefixesTwice(destinations)
      if (twice.length > 0) throw refusal(twice)
      await dialer.setRules({
        callsAtOnce,
        ...defined({ zone: where, hours: hours === undefined ? undefined : hoursOf(hours) }),
        destinations: destinations.map(({ hours: open, ...rest }) => ({
          ...(defined(rest) as { prefix: string }),
          ...(open === undefined ? {} : { hours: hoursOf(open) }),
        })),
      })
      return show(dialer.rules)
    },
  )

  app.get(
    '/v1/do-not-call',
    {
      config: reads('calls'),
      schema: {
        tags,
        summary: 'Numbers that must not be called',
        querystring: z.strictObject(page),
        response: { 200: pageOf(DoNotCallShape), ...problem },
      },
    },
    async (request) => toPage(await listDoNotCall(db, request.query), showEntry),
  )

  app.post(
    '/v1/do-not-call',
    {
      config: writes('calls'),
      schema: {
        tags,
        summary: 'Put a number on the do-not-call list',
        description: 'Calls to it that are planned already fail when their time comes.',
        body: AddDoNotCall,
        response: { 201: DoNotCallShape, ...problem },
      },
    },
    async (request, reply) => {
      const { number, reason } = request.body
      const row = { prefix: number, reason: reason ?? null, createdAt: new Date(clock.wall()) }
      return reply.code(201).send(showEntry(await dialer.doNotCall.put(row)))
    },
  )

  app.delete(
    '/v1/do-not-call/:number',
    {
      config: writes('calls'),
      schema: {
        tags,
        summary: 'Take a number off the do-not-call list',
        params: z.object({ number: prefix }),
        response: { 204: z.null(), ...problem },
      },
    },
    async (request, reply) => {
      const { number } = request.params
      if (!(await dialer.doNotCall.delete(number)))
        throw new Problem('not_found', `The do-not-call list does not have ${number}.`)
      return reply.code(204).send(null)
    },
  )
}

const showEntry = ({
  prefix: number,
  reason,
  createdAt,
}: {
  prefix: string
  reason: string | null
  createdAt: Date
}) => ({
  ...{ number, reason, createdAt: iso(createdAt) },
})

/** Calls are counted by prefix: of two rules of one prefix each would bound the calls of the other. */
export function prefixesTwice(rules: readonly { readonly prefix: string }[]): readonly FieldFault[] {
  const prefixes = rules.map(({ prefix: begins }) => begins)
  return prefixes.flatMap((begins, i) =>
    prefixes.indexOf(begins) < i
      ? [{ field: `/destinations/${i}/prefix`, sentence: `has ${begins} a second time; one rule says all of it` }]
      : [],
  )
}
