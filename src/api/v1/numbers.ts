import { z } from 'zod'
import type { Menu } from '../../menu/model.ts'
import { type FieldFault, Problem } from '../../phone/problem.ts'
import { engineOf, type TrunkEngine, trunkEngines } from '../../phone/switch-uri.ts'
import { getApplication } from '../../store/applications.ts'
import { getExtension } from '../../store/extensions.ts'
import { getFlow } from '../../store/flows.ts'
import { getForward } from '../../store/forwards.ts'
import { getMenu } from '../../store/menus.ts'
import { getNumber, listNumbers, type NumberRow, updateNumber } from '../../store/numbers.ts'
import type { StoredAssignment } from '../../store/shapes.ts'
import type { Db } from '../../store/store.ts'
import { getToken } from '../../store/tokens.ts'
import { getTrunk, trunkUris } from '../../store/trunks.ts'
import { partUrl } from '../../webhooks/secrets.ts'
import { reads, writes } from '../auth.ts'
import { defined } from '../defined.ts'
import type { Api, ApiOptions } from '../options.ts'
import { secretOf } from '../reply-url.ts'
import { body, e164, exampleId, id, isoOrNull, key, page, pageOf, problem, time, toPage, username } from '../shapes.ts'
import { refusal } from '../validation.ts'
import { idleSeconds } from './call-shape.ts'
import { circleFaults } from './menu-circle.ts'

const Assignment = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('forward'), forward: id('forward') }),
    z.strictObject({ kind: z.literal('voicemail'), forward: id('forward') }),
    z.strictObject({ kind: z.literal('extension'), username }),
    z.strictObject({
      kind: z.literal('notify'),
      url: z
        .string()
        .max(4000)
        .regex(/^https?:\/\/[^\s]+$/i, 'takes a URL such as https://example.com/answer')
        .describe('Told of calls that come in (block API)'),
      fallbackUrl: z
        .string()
        .max(4000)
        .regex(/^https?:\/\/[^\s]+$/i, 'takes a URL such as https://example.com/answer')
        .optional()
        .describe('Told where it fails, or the notify URL of a later block'),
      token: id('token').optional().describe('Whose holder drives them; the token of this request unless given'),
    }),
    z.strictObject({ kind: z.literal('flow'), flow: id('flow') }),
    z.strictObject({ kind: z.literal('menu'), menu: id('menu') }),
    z
      .strictObject({ kind: z.literal('api'), idleSeconds: idleSeconds.optional() })
      .describe('Driven by actions of the API'),
    z.strictObject({ kind: z.literal('application'), application: id('application') }),
  ])
  .meta({ id: 'Assignment', examples: [{ kind: 'extension', username: '1001' }] })
const NumberShape = z
  .object({
    id: z.string(),
    number: z.string().describe('E.164'),
    carrier: z.string(),
    assignment: z
      .union([
        z.object({ kind: z.enum(['forward', 'voicemail']), forward: z.string() }),
        z.object({ kind: z.literal('extension'), username: z.string() }),
        z.object({
          ...{ kind: z.literal('notify'), url: z.string(), token: z.string() },
          fallbackUrl: z.string().optional(),
        }),
        z.object({ kind: z.literal('flow'), flow: z.string() }),
        z.object({ kind: z.literal('menu'), menu: z.string() }),
        z.object({ kind: z.literal('api'), idleSeconds: z.int().optional() }),
        z.object({ kind: z.literal('application'), application: z.string() }),
      ])
      .nullable()
      .describe('What calls to it lead to'),
    trunk: z.string().nullable().describe('By which its calls go out; null: the default'),
    engine: z
      .enum(trunkEngines)
      .nullable()
      .describe(
        'By a trunk of which its calls go out where it has no trunk; null: the default trunk, whatever carries it',
      ),
    textsUrl: z.string().nullable().describe('Told of texts that come to it; without user and password'),
    rentedAt: time.nullable(),
  })
  .meta({
    id: 'Number',
    examples: [
      {
        id: exampleId('number'),
        number: '+15550100',
        carrier: 'local',
        assignment: { kind: 'extension', username: '1001' },
        trunk: null,
        engine: null,
        textsUrl: null,
        rentedAt: '2026-01-05T12:00:00.000Z',
      },
    ],
  })
const Available = z
  .object({
    number: z.string(),
    carrier: z.string(),
    monthlyCost: z.number().nullable().describe('In the currency of the carrier; null where it costs nothing'),
  })
  .meta({ id: 'AvailableNumber', examples: [{ number: '+15550107', carrier: 'local', monthlyCost: null }] })
const RentNumber = body({ number: e164.optional().describe('Any free one unless given') }).meta({
  id: 'RentNumber',
  examples: [{ number: '+15550107' }, {}],
})
const ChangeNumber = body({
  assignment: Assignment.nullable(),
  trunk: id('trunk').nullable(),
  engine: z.enum(trunkEngines).nullable().describe('`embedded` is the SIP of this service'),
  textsUrl: z
    .url()
    .max(2048)
    .nullable()
    .describe(
      'Told of texts that come to it, as webhooks are of `message.received`; signed with `whsec_` and base64 of SHA-256 of the token of this request',
    ),
})
  .partial()
  .meta({ id: 'ChangeNumber', examples: [{ assignment: { kind: 'extension', username: '1001' } }] })

const show = (row: NumberRow): z.infer<typeof NumberShape> => ({
  id: row.id,
  number: row.e164,
  carrier: row.carrier,
  assignment: row.assignment,
  trunk: row.trunkId,
  engine: row.engine,
  textsUrl: row.textsUrl,
  rentedAt: isoOrNull(row.rentedAt),
})

type GivenAssignment = z.infer<typeof Assignment> | null | undefined
function withToken(given: GivenAssignment, token: string): StoredAssignment | null | undefined {
  switch (given?.kind) {
    case 'notify': {
      const { fallbackUrl, ...rest } = given
      return { ...rest, token: given.token ?? token, ...defined({ fallbackUrl }) }
    }
    case 'api':
      return { kind: 'api', ...defined({ idleSeconds: given.idleSeconds }) }
    default:
      return given
  }
}

export function registerNumbers(app: Api, { store, numbers, phone, webhooks, country }: ApiOptions): void {
  const { db, keys } = store
  const tags = ['numbers']
  const params = z.object({ id: key.describe('Id or E.164 (the plus sign as %2B)') })

  async function rented(key: string): Promise<NumberRow> {
    const row = await getNumber(db, key)
    if (row?.state !== 'rented') throw new Problem('not_found', `There is no rented number ${key}.`)
    return row
  }

  app.get(
    '/v1/numbers',
    {
      config: reads('numbers'),
      schema: {
        tags,
        summary: 'List rented numbers',
        querystring: z.strictObject(page),
        response: { 200: pageOf(NumberShape), ...problem },
      },
    },
    async (request) => toPage(await listNumbers(db, request.query), show),
  )

  app.get(
    '/v1/numbers/available',
    {
      config: reads('numbers'),
      schema: {
        tags,
        summary: 'Search free numbers',
        querystring: z.strictObject({
          contains: z
            .string()
            .regex(/^\+?[0-9]{1,15}$/, 'takes 1 to 15 digits')
            .optional(),
          limit: page.limit.default(20),
        }),
        response: { 200: z.object({ items: z.array(Available) }), ...problem },
      },
    },
    async (request) => {
      const { contains, limit } = request.query
      const found = await numbers.search({ limit, ...(contains === undefined ? {} : { contains }) })
      return {
        items: found.map(({ e164, carrier, monthlyCost }) => ({
          number: e164,
          carrier,
          monthlyCost: monthlyCost ?? null,
        })),
      }
    },
  )

  app.post(
    '/v1/numbers',
    {
      config: writes('numbers'),
      schema: { tags, summary: 'Rent a number', body: RentNumber, response: { 201: NumberShape, ...problem } },
    },
    async (request, reply) => {
      const number = await numbers.rent(request.body.number)
      await phone.reload('numbers')
      const row = await rented(number.e164)
      return reply.code(201).header('Location', `/v1/numbers/${row.id}`).send(show(row))
    },
  )

  app.get(
    '/v1/numbers/:id',
    {
      config: reads('numbers'),
      schema: { tags, summary: 'One rented number', params, response: { 200: NumberShape, ...problem } },
    },
    async (request) => show(await rented(request.params.id)),
  )

  app.patch(
    '/v1/numbers/:id',
    {
      config: writes('numbers'),
      schema: {
        tags,
        summary: 'Assign a number',
        params,
        body: ChangeNumber,
        response: { 200: NumberShape, ...problem },
      },
    },
    async (request) => {
      const row = await rented(request.params.id)
      const { trunk, engine, textsUrl } = request.body
      const assignment = withToken(request.body.assignment, request.token?.id ?? '')
      await check(row, assignment, { trunk, engine })
      await checkUrls(assignment, textsUrl)
      const changed = await updateNumber(db, row.e164, {
        ...(assignment === undefined ? {} : { assignment }),
        ...(trunk === undefined ? {} : { trunkId: trunk }),
        ...(engine === undefined ? {} : { engine }),
        ...(textsUrl === undefined ? {} : textsTo(row.e164, textsUrl, request.headers.authorization)),
      })
      if (changed === undefined) throw new Problem('not_found', `There is no rented number ${request.params.id}.`)
      await phone.reload('numbers')
      return show(changed)
    },
  )

  app.delete(
    '/v1/numbers/:id',
    {
      config: writes('numbers'),
      schema: { tags, summary: 'Release a number', params, response: { 204: z.null(), ...problem } },
    },
    async (request, reply) => {
      const row = await rented(request.params.id)
      await numbers.release(row.e164)
      await phone.reload('numbers')
      return reply.code(204).send(null)
    },
  )

  /** Who is told of texts to a number. */
  function textsTo(e164: string, url: string | null, authorization = ''): Pick<NumberRow, 'textsUrl' | 'textsSealed'> {
    if (url === null) return { textsUrl: null, textsSealed: null }
    const kept = JSON.stringify({ url, secret: secretOf(authorization) })
    return { textsUrl: partUrl(url).shown, textsSealed: keys.seal(kept, `texts ${e164}`) }
  }

  async function checkUrls(
    assignment: StoredAssignment | null | undefined,
    textsUrl: string | null | undefined,
  ): Promise<void> {
    const { url, fallbackUrl } = assignment?.kind === 'notify' ? assignment : {}
    const urls = { '/assignment/url': url, '/assignment/fallbackUrl': fallbackUrl, '/textsUrl': textsUrl }
    const faults: FieldFault[] = []
    for (const [field, text] of Object.entries(urls)) {
      const sentence = text == null ? undefined : await webhooks.refuses(text)
      if (sentence !== undefined) faults.push({ field, sentence })
    }
    if (faults.length > 0) throw refusal(faults)
  }

  async function mayDrive(token: string): Promise<boolean> {
    const row = await getToken(db, token)
    return row !== undefined && row.revokedAt === null
  }

  async function check(row: NumberRow, assignment: StoredAssignment | null | undefined, way: WayOut): Promise<void> {
    const owner =
      row.assignment?.kind === 'forward' || row.assignment?.kind === 'voicemail' ? row.assignment.forward : undefined
    const forward = owner === undefined ? undefined : await getForward(db, owner)
    if (assignment !== undefined && (forward?.number === row.e164 || forward?.voicemailNumber === row.e164)) {
      throw new Problem('in_use', `${row.e164} belongs to the forward ${owner}; delete that first.`)
    }
    const faults: { field: string; sentence: string }[] = []
    if (assignment?.kind === 'extension' && (await getExtension(db, assignment.username)) === undefined) {
      faults.push({ field: '/assignment/username', sentence: `names no extension: there is no ${assignment.username}` })
    }
    if (
      (assignment?.kind === 'forward' || assignment?.kind === 'voicemail') &&
      (await getForward(db, assignment.forward)) === undefined
    ) {
      faults.push({ field: '/assignment/forward', sentence: `names no forward: there is no ${assignment.forward}` })
    }
    if (assignment?.kind === 'menu') {
      const menu = await getMenu(db, assignment.menu)
      const none = `names no menu: there is no ${assignment.menu}`
      const reading = { db, country, number: row.e164 }
      const sentences =
        menu === undefined
          ? [none]
          : (await circleFaults(menu.menu as Menu, menu.id, reading)).map(
              (fault) => `at ${fault.field} ${fault.sentence}`,
            )
      faults.push(...sentences.map((sentence) => ({ field: '/assignment/menu', sentence })))
    }
    if (assignment?.kind === 'flow' && (await getFlow(db, assignment.flow)) === undefined) {
      faults.push({ field: '/assignment/flow', sentence: `names no flow: there is no ${assignment.flow}` })
    }
    if (assignment?.kind === 'notify' && !(await mayDrive(assignment.token))) {
      faults.push({ field: '/assignment/token', sentence: `names no token in force: ${assignment.token}` })
    }
    if (assignment?.kind === 'application' && (await getApplication(db, assignment.application)) === undefined) {
      const sentence = `names no application: there is no ${assignment.application}`
      faults.push({ field: '/assignment/application', sentence })
    }
    faults.push(...(await wayFaults(row, way, db)))
    if (faults.length > 0) throw refusal(faults)
  }
}

interface WayOut {
  readonly trunk: string | null | undefined
  readonly engine: TrunkEngine | null | undefined
}

/** What would send its calls nowhere, or by another engine than was chosen. */
async function wayFaults(row: NumberRow, { trunk, engine }: WayOut, db: Db): Promise<readonly FieldFault[]> {
  const own = trunk === undefined ? row.trunkId : trunk
  const chosen = own === null ? undefined : await getTrunk(db, own)
  if (typeof trunk === 'string' && chosen === undefined)
    return [{ field: '/trunk', sentence: `names no trunk: there is no ${trunk}` }]
  const wanted = engine === undefined ? row.engine : engine
  if (wanted === null || (engine === undefined && trunk === undefined)) return []
  const field = engine === undefined ? '/trunk' : '/engine'
  if (chosen !== undefined) {
    const carrier = engineOf(chosen.uri)
    if (carrier === wanted) return []
    const sentence = `does not fit: the trunk ${chosen.name} goes by ${carrier}, and the number is to go by ${wanted}`
    return [{ field, sentence }]
  }
  if ((await trunkUris(db)).some((uri) => engineOf(uri) === wanted)) return []
  const begins = wanted === 'embedded' ? 'sip: or sips:' : `${wanted}:`
  return [{ field, sentence: `has no trunk that goes by ${wanted}: add one whose URI begins with ${begins}` }]
}
