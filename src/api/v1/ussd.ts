import { z } from 'zod'
import { newId } from '../../phone/id.ts'
import { Problem } from '../../phone/problem.ts'
import { gatewayText, readServiceCode } from '../../phone/ussd.ts'
import { conflictOf } from '../../store/conflict.ts'
import { getMenu } from '../../store/menus.ts'
import {
  deleteUssdCode,
  getUssdCode,
  insertUssdCode,
  listUssdCodes,
  listUssdSessions,
  type UssdCodeRow,
  type UssdSessionRow,
  updateUssdCode,
} from '../../store/ussd.ts'
import { newSecret } from '../../webhooks/sign/standard.ts'
import { reads, writes } from '../auth.ts'
import { phoneOf } from '../compat/africas-talking/door.ts'
import type { Api, ApiOptions } from '../options.ts'
import { body, exampleId, filter, id, iso, line, page, pageOf, problem, time, toPage } from '../shapes.ts'
import { refusal } from '../validation.ts'

const serviceCode = line(1, 64).transform((text, context) => {
  const code = readServiceCode(text)
  if (code !== undefined) return code
  context.addIssue({ code: 'custom', message: 'takes a service code such as *384*303#' })
  return z.NEVER
})
const key = z.string().regex(/^[0-9]{1,3}$/, 'takes 1 to 3 digits')
const keys = z.strictObject({ back: key, home: key, more: key }).meta({
  id: 'UssdKeys',
  examples: [{ back: '0', home: '00', more: '98' }],
})
const keysShown = z.object({ back: z.string(), home: z.string(), more: z.string() })
const characters = z.int().min(100).max(182).describe('Of one reply, with what the gateway writes before it')
const seconds = z.int().min(10).max(3600).describe('From one request of a session to its next')
const menu = id('menu').nullable().describe('The menu that answers')
const url = z.string().max(4000).nullable().describe('The program that answers in place of a menu')

const example = {
  ...{
    id: exampleId('ussd_code'),
    code: '*384*303#',
    menu: exampleId('menu'),
    url: null,
    characters: 182,
    seconds: 180,
  },
  keys: { back: '0', home: '00', more: '98' },
  ...{ createdAt: '2026-01-05T12:00:00.000Z', updatedAt: '2026-01-05T12:00:00.000Z' },
}
const UssdCodeShown = z
  .object({
    ...{ id: z.string(), code: z.string(), menu: z.string().nullable(), url: z.string().nullable() },
    ...{ characters, seconds, keys: keysShown, createdAt: time, updatedAt: time },
  })
  .meta({ id: 'UssdCode', examples: [example] })
const secret = z.string().describe('Signs what the program at `url` is asked (Standard Webhooks); shown this once')
const NewUssdCode = UssdCodeShown.extend({ secret }).meta({
  id: 'NewUssdCode',
  examples: [{ ...example, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }],
})
const CreateUssdCode = body({
  code: serviceCode,
  menu: menu.optional(),
  url: url.optional(),
  characters: characters.default(182),
  seconds: seconds.default(180),
  keys: keys.default({ back: '0', home: '00', more: '98' }),
}).meta({ id: 'CreateUssdCode', examples: [{ code: '*384*303#', menu: exampleId('menu') }] })
const ChangeUssdCode = body({ menu, url, characters, seconds, keys })
  .partial()
  .meta({ id: 'ChangeUssdCode', examples: [{ seconds: 60 }] })

export const UssdSession = z
  .object({
    id: z.string(),
    session: z.string().describe('As the gateway names it'),
    code: z.string(),
    phone: z.string(),
    network: z.string().nullable(),
    state: z.enum(['open', 'ended', 'expired']),
    typed: z.string().describe('All of it, joined by stars'),
    reply: z.string().describe('The last screen'),
    requests: z.int(),
    reason: z.string().nullable().describe('Why it was ended, where no menu and no program ended it'),
    startedAt: time,
    updatedAt: time,
  })
  .meta({
    id: 'UssdSession',
    examples: [
      {
        ...{ id: exampleId('ussd_session'), session: 'ATx138920183226162773', code: '*384*303#' },
        ...{ phone: '+254722000000', network: '63902', state: 'ended', typed: '1', reply: 'Goodbye.', requests: 2 },
        ...{ reason: null, startedAt: '2026-01-05T12:00:00.000Z', updatedAt: '2026-01-05T12:00:08.000Z' },
      },
    ],
  })
const Dial = body({
  code: serviceCode,
  from: line(1, 64).describe('The number of the subscriber'),
  session: line(1, 128).optional().describe('Of an answer before; a new one unless given'),
  text: line(0, 2000).default('').describe('All that was typed in this session, joined by stars'),
}).meta({ id: 'DialUssd', examples: [{ code: '*384*303#', from: '+254722000000', text: '1' }] })
const Dialled = z
  .object({
    session: z.string(),
    text: z.string(),
    ends: z.boolean(),
    reply: z.string().describe('As gateways get it'),
  })
  .meta({
    id: 'UssdScreen',
    examples: [{ session: 'sim-1', text: 'Welcome.\n1. Sales', ends: false, reply: 'CON Welcome.\n1. Sales' }],
  })

/** Service codes with the menus and programs behind them, and the sessions that they had. */
export function registerUssd(app: Api, { store, clock, country, webhooks, ussd }: ApiOptions): void {
  const { db, keys: sealing } = store
  const tags = ['ussd']
  const params = z.object({ id: id('ussd_code') })
  const unknown = (code: string): Problem => new Problem('not_found', `There is no service code ${code}.`)

  /** @throws Problem */
  async function checkTarget(target: { menu?: string | null | undefined; url?: string | null | undefined }) {
    const { menu = null, url = null } = target
    if ((menu === null) === (url === null)) {
      throw refusal([{ field: '/menu', sentence: 'takes a menu, or `url` a program: one of the two' }])
    }
    if (menu !== null && (await getMenu(db, menu)) === undefined)
      throw refusal([{ field: '/menu', sentence: `names no menu: there is no ${menu}` }])
    if (url !== null) await checkUrl(url)
    return { menuId: menu, url }
  }

  async function checkUrl(text: string): Promise<void> {
    const sentence = await webhooks.refuses(text)
    if (sentence !== undefined) throw refusal([{ field: '/url', sentence }])
  }

  app.post(
    '/v1/ussd/codes',
    {
      config: writes('menus'),
      schema: {
        tags,
        summary: 'Answer a service code',
        description: 'By a menu, the same that callers hear, or by a program that is asked as gateways ask.',
        body: CreateUssdCode,
        response: { 201: NewUssdCode, ...problem },
      },
    },
    async (request, reply) => {
      const { code, characters, seconds, keys, ...rest } = request.body
      checkKeys(keys)
      const target = await checkTarget(rest)
      const now = new Date(clock.wall())
      const made = newId('ussd_code', now.getTime())
      const plain = newSecret()
      const row = { id: made, code, ...target, characters, seconds, keys, createdAt: now, updatedAt: now }
      try {
        const saved = await insertUssdCode(db, { ...row, secretSealed: sealing.seal(plain, made) })
        return await reply
          .code(201)
          .header('Location', `/v1/ussd/codes/${made}`)
          .send({ ...show(saved), secret: plain })
      } catch (error) {
        if (conflictOf(error)?.constraint !== 'ussd_codes_code') throw error
        throw new Problem('conflict', `The service code ${code} is answered already.`)
      }
    },
  )

  app.get(
    '/v1/ussd/codes',
    {
      config: reads('menus'),
      schema: {
        ...{ tags, summary: 'List service codes', querystring: z.strictObject(page) },
        response: { 200: pageOf(UssdCodeShown), ...problem },
      },
    },
    async (request) => toPage(await listUssdCodes(db, request.query), show),
  )

  app.get(
    '/v1/ussd/codes/:id',
    {
      config: reads('menus'),
      schema: { tags, summary: 'One service code', params, response: { 200: UssdCodeShown, ...problem } },
    },
    async (request) => {
      const row = await getUssdCode(db, request.params.id)
      if (row === undefined) throw unknown(request.params.id)
      return show(row)
    },
  )

  app.patch(
    '/v1/ussd/codes/:id',
    {
      config: writes('menus'),
      schema: {
        tags,
        summary: 'Change a service code',
        description: 'Sessions in progress go on with it.',
        params,
        body: ChangeUssdCode,
        response: { 200: UssdCodeShown, ...problem },
      },
    },
    async (request) => {
      const row = await getUssdCode(db, request.params.id)
      if (row === undefined) throw unknown(request.params.id)
      const { menu, url, characters, seconds, keys } = request.body
      if (keys !== undefined) checkKeys(keys)
      // Whoever names one of the two means it in place of the other.
      const target =
        menu === undefined && url === undefined ? {} : await checkTarget({ menu: menu ?? null, url: url ?? null })
      const change = {
        ...target,
        ...(characters === undefined ? {} : { characters }),
        ...(seconds === undefined ? {} : { seconds }),
        ...(keys === undefined ? {} : { keys }),
        updatedAt: new Date(clock.wall()),
      }
      const changed = await updateUssdCode(db, row.id, change)
      if (changed === undefined) throw unknown(row.id)
      return show(changed)
    },
  )

  app.delete(
    '/v1/ussd/codes/:id',
    {
      config: writes('menus'),
      schema: { tags, summary: 'Answer a service code no longer', params, response: { 204: z.null(), ...problem } },
    },
    async (request, reply) => {
      if (!(await deleteUssdCode(db, request.params.id))) throw unknown(request.params.id)
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/v1/ussd/sessions',
    {
      config: reads('messages'),
      schema: {
        tags,
        summary: 'List USSD sessions, newest first',
        querystring: z.strictObject({ ...page, phone: filter, code: filter }),
        response: { 200: pageOf(UssdSession), ...problem },
      },
    },
    async (request) => {
      const { limit, after, phone, code } = request.query
      const wanted = {
        ...(phone === undefined ? {} : { phone: phoneOf(phone, country) }),
        ...(code === undefined ? {} : { code: readServiceCode(code) ?? code }),
      }
      return toPage(await listUssdSessions(db, wanted, { limit, after }), (row) => showSession(row, clock.wall()))
    },
  )

  if (ussd === undefined) return
  app.post(
    '/v1/ussd/dial',
    {
      config: writes('messages'),
      schema: {
        tags,
        summary: 'Dial a service code',
        description: 'As a gateway would. What is chosen is carried out.',
        body: Dial,
        response: { 200: Dialled, ...problem },
      },
    },
    async (request) => {
      const { code, from, text, session = newId('ussd_session', clock.wall()) } = request.body
      const answer = await ussd.answer({ session, code, phone: phoneOf(from, country), text })
      return { session, ...answer, reply: gatewayText(answer) }
    },
  )
}

/** @throws Problem where one key would do two things */
function checkKeys({ back, home, more }: z.infer<typeof keys>): void {
  if (new Set([back, home, more]).size < 3)
    throw refusal([{ field: '/keys', sentence: 'takes three keys that differ from each other' }])
}

const show = ({
  secretSealed: _,
  menuId,
  createdAt,
  updatedAt,
  ...row
}: UssdCodeRow): z.infer<typeof UssdCodeShown> => ({
  ...row,
  menu: menuId,
  createdAt: iso(createdAt),
  updatedAt: iso(updatedAt),
})

export function showSession(row: UssdSessionRow, wall: number): z.infer<typeof UssdSession> {
  const { id, session, code, phone, network, heard, reply, hops, reason, startedAt, updatedAt } = row
  const expired = row.reason === 'timed_out' || (row.state !== null && row.expiresAt.getTime() < wall)
  return {
    ...{ id, session, code, phone, network, typed: heard, reply, requests: hops, reason },
    state: expired ? 'expired' : row.state === null ? 'ended' : 'open',
    startedAt: iso(startedAt),
    updatedAt: iso(updatedAt),
  }
}
