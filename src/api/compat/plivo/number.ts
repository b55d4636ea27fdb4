import {
  type CountryCode,
  getCountryCallingCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max'
import { z } from 'zod'
import { Problem } from '../../../phone/problem.ts'
import { defaultApplication, getApplication } from '../../../store/applications.ts'
import { getNumber, type NumberRow, rentedNumbers, updateNumber } from '../../../store/numbers.ts'
import type { Api, ApiOptions } from '../../options.ts'
import { apiId, base, open, uriOf } from './door.ts'
import { listOf, paging } from './lists.ts'
import { kindOf, type NumberKind, numberKinds } from './number-kind.ts'

const countryIso = z.string().regex(/^[A-Za-z]{2}$/, 'takes the two letters of a country, such as US')
const kind = z
  .enum(['any', 'fixed', ...numberKinds], `takes any, fixed, ${numberKinds.join(', ')}`)
  .transform((written) => (written === 'fixed' ? 'local' : written))
const unknown = z
  .literal('', 'takes nothing: where a number belongs to within its country is not known here')
  .optional()
const params = z.object({ auth_id: z.string(), number: z.string() })
const Search = z.object({
  ...paging,
  country_iso: countryIso,
  pattern: z
    .string()
    .regex(/^[0-9]{1,15}$/, 'takes digits')
    .optional(),
  prefix: z
    .string()
    .regex(/^[0-9]{1,5}$/, 'takes at most 5 digits')
    .optional(),
  npanxx: z
    .string()
    .regex(/^[0-9]{1,6}$/, 'takes at most 6 digits')
    .optional(),
  type: kind.optional(),
  number_type: kind.optional(),
  services: z
    .string()
    .regex(/^(?:voice|sms)(?:,(?:voice|sms))*$/, 'takes voice, sms or both with a comma between')
    .optional(),
  region: z.string().max(100).optional(),
  city: unknown,
  lata: unknown,
  rate_center: unknown,
})
const Rent = z
  .object({ app_id: z.string().optional(), quantity: z.coerce.number().int().min(1).max(20).default(1) })
  .prefault({})
const Change = z.object({ app_id: z.string().nullable(), alias: z.string().max(100).nullable() }).partial()

/** How many free numbers are told of at most. */
const told = 200

export function registerNumbers(app: Api, { store, numbers, phone }: ApiOptions): void {
  const { db } = store

  /** The site's free numbers. Their regions are not known, so that one of any region is as good as another. */
  async function free(query: z.infer<typeof Search>): Promise<readonly string[]> {
    const begins = query.prefix ?? query.npanxx
    const wanted = [query.type, query.number_type].filter((type) => type !== undefined && type !== 'any')
    const country = query.country_iso.toUpperCase()
    if (!isSupportedCountry(country)) return []
    const found = await numbers.search({
      limit: told,
      // Companies list some numbers only: those of another country must not take the place of those that are asked for.
      contains: query.pattern ?? `+${getCountryCallingCode(country)}${begins ?? ''}`,
      accept: (e164) =>
        isOf(e164, country) &&
        (begins === undefined || national(e164).startsWith(begins)) &&
        wanted.every((type) => type === kindOf(e164)),
    })
    return found.map(({ e164 }) => e164)
  }

  async function useOf(appId: string | undefined): Promise<string | undefined> {
    if (appId === undefined) return (await defaultApplication(db))?.id
    if ((await getApplication(db, appId)) === undefined) {
      throw new Problem('invalid_request', `app_id names no application: there is no ${appId}`)
    }
    return appId
  }

  async function rent(e164: string | undefined, application: string | undefined): Promise<string> {
    const rented = await numbers.rent(e164)
    if (application !== undefined)
      await updateNumber(db, rented.e164, { assignment: { kind: 'application', application } })
    await phone.reload('numbers')
    return plain(rented.e164)
  }

  async function rented(text: string): Promise<NumberRow> {
    const row = await getNumber(db, text.startsWith('+') ? text : `+${text}`)
    if (row?.state !== 'rented') throw new Problem('not_found', `there is no rented number ${text}`)
    return row
  }

  const created = (given: readonly string[]) => ({
    api_id: apiId(),
    message: 'created',
    numbers: given.map((number) => ({ number, status: 'Success' })),
    status: 'fulfilled',
  })

  app.get(`${base}/PhoneNumber/`, { ...open, schema: { ...open.schema, querystring: Search } }, async (request) => {
    const all = await free(request.query)
    const { limit, offset } = request.query
    const shown = all
      .slice(offset, offset + limit)
      .map((e164) => showFree(e164, request.query.country_iso, uriOf(request, `PhoneNumber/${plain(e164)}/`)))
    return listOf(uriOf(request, 'PhoneNumber/'), request.query, all.length, shown, request.url)
  })

  app.post(
    `${base}/PhoneNumber/:number/`,
    { ...open, schema: { ...open.schema, params, body: Rent } },
    async (request, reply) => {
      const application = await useOf(request.body.app_id)
      const text = request.params.number
      const number = await rent(text.startsWith('+') ? text : `+${text}`, application)
      return reply.code(201).send(created([number]))
    },
  )

  // A group is a kind of number in a country; any number of it is as good as another.
  app.get(
    `${base}/AvailableNumberGroup/`,
    { ...open, schema: { ...open.schema, querystring: Search } },
    async (request) => {
      const all = await free(request.query)
      const country = request.query.country_iso.toUpperCase()
      const uri = uriOf(request, 'AvailableNumberGroup/')
      const groups = [...new Set(all.map(kindOf))].map((kind) => showGroup(country, kind, uri))
      return listOf(uriOf(request, 'AvailableNumberGroup/'), request.query, groups.length, groups, request.url)
    },
  )

  app.post(
    `${base}/AvailableNumberGroup/:number/`,
    { ...open, schema: { ...open.schema, params, body: Rent } },
    async (request, reply) => {
      const [, country, type = 'local'] = /^offhook-([A-Z]{2})(?:-([a-z]+))?$/.exec(request.params.number) ?? []
      const kind = numberKinds.find((one) => one === type)
      if (country === undefined || kind === undefined)
        throw new Problem('not_found', `there is no number group ${request.params.number}`)
      const { app_id: appId, quantity } = request.body
      const application = await useOf(appId)
      const left = (await free({ country_iso: country, type: kind, limit: 1, offset: 0 })).slice(0, quantity)
      if (left.length < quantity) {
        const there =
          left.length === 0 ? 'no number' : left.length === 1 ? 'only 1 number' : `only ${left.length} numbers`
        throw new Problem(
          'no_number_available',
          `${there} of ${country} (${kind}) is free, and quantity asks for ${quantity}`,
        )
      }
      const given: string[] = []
      for (const next of left) {
        try {
          given.push(await rent(next, application))
        } catch (error) {
          // Somebody was quicker. What was rented before is to be known all the same.
          if (!(error instanceof Problem) || given.length === 0) throw error
          break
        }
      }
      return reply.code(201).send({ ...created(given), ...(given.length < quantity ? { status: 'partial' } : {}) })
    },
  )

  app.get(
    `${base}/Number/`,
    { ...open, schema: { ...open.schema, querystring: z.object(paging) } },
    async (request) => {
      const all = await rentedNumbers(db)
      const { limit, offset } = request.query
      const shown = all.slice(offset, offset + limit).map((row) => show(row, (path) => uriOf(request, path)))
      return listOf(uriOf(request, 'Number/'), request.query, all.length, shown, request.url)
    },
  )

  app.get(`${base}/Number/:number/`, { ...open, schema: { ...open.schema, params } }, async (request) => {
    const row = await rented(request.params.number)
    return { api_id: apiId(), ...show(row, (path) => uriOf(request, path)) }
  })

  app.post(
    `${base}/Number/:number/`,
    { ...open, schema: { ...open.schema, params, body: Change } },
    async (request, reply) => {
      const row = await rented(request.params.number)
      const { app_id: appId, alias } = request.body
      if (alias !== undefined) await updateNumber(db, row.e164, { alias: alias === '' ? null : alias })
      if (appId !== undefined) {
        if (row.assignment !== null && 'forward' in row.assignment) {
          throw new Problem(
            'in_use',
            `${plain(row.e164)} belongs to the forward ${row.assignment.forward}; delete that first`,
          )
        }
        const application = appId === null || appId === '' ? undefined : await useOf(appId)
        const assignment = application === undefined ? null : ({ kind: 'application', application } as const)
        await updateNumber(db, row.e164, { assignment })
        await phone.reload('numbers')
      }
      return reply.code(202).send({ api_id: apiId(), message: 'changed' })
    },
  )

  app.delete(`${base}/Number/:number/`, { ...open, schema: { ...open.schema, params } }, async (request, reply) => {
    const row = await rented(request.params.number)
    await numbers.release(row.e164)
    await phone.reload('numbers')
    return reply.code(204).send()
  })
}

/** Numbers are told without the plus. */
const plain = (e164: string): string => e164.replace(/^\+/, '')

const national = (e164: string): string => parsePhoneNumberFromString(e164)?.nationalNumber ?? plain(e164)

/** One that no country can have counts as of any country with its calling code. */
function isOf(e164: string, country: CountryCode): boolean {
  const parsed = parsePhoneNumberFromString(e164)
  if (parsed === undefined) return false
  return parsed.country === undefined
    ? parsed.countryCallingCode === getCountryCallingCode(country)
    : parsed.country === country
}

const rates = {
  monthly_rental_rate: '0.00000',
  setup_rate: '0.00000',
  sms_rate: '0.00000',
  mms_rate: '0.00000',
  voice_rate: '0.00000',
}
const abilities = { sms_enabled: true, voice_enabled: true, mms_enabled: false }

const showFree = (e164: string, country: string, uri: string) => ({
  ...rates,
  ...abilities,
  number: plain(e164),
  country: country.toUpperCase(),
  city: null,
  lata: null,
  rate_center: null,
  region: null,
  prefix: null,
  type: kindOf(e164),
  sub_type: kindOf(e164),
  restriction: null,
  restriction_text: null,
  resource_uri: uri,
})

/** The group of local numbers is named by its country alone. */
const groupOf = (country: string, kind: NumberKind): string => `offhook-${country}${kind === 'local' ? '' : `-${kind}`}`

const showGroup = (country: string, kind: NumberKind, uri: string) => ({
  ...rates,
  ...abilities,
  group_id: groupOf(country, kind),
  region: country,
  prefix: null,
  number_type: kind,
  rental_rate: '0.00000',
  resource_uri: `${uri}${groupOf(country, kind)}/`,
})

const show = (row: NumberRow, uri: (path: string) => string) => ({
  ...abilities,
  number: plain(row.e164),
  added_on: (row.rentedAt ?? new Date(0)).toISOString().slice(0, 10),
  application: row.assignment?.kind === 'application' ? uri(`Application/${row.assignment.application}/`) : null,
  carrier: row.carrier,
  monthly_rental_rate: '0.00000',
  number_type: kindOf(row.e164),
  sub_account: null,
  alias: row.alias,
  region: null,
  resource_uri: uri(`Number/${plain(row.e164)}/`),
})
