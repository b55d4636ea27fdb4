import { getCountryCallingCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { z } from 'zod'
import { Problem } from '../../../phone/problem.ts'
import { defaultApplication, getApplication } from '../../../store/applications.ts'
import { getNumber, type NumberRow, rentedNumbers, updateNumber } from '../../../store/numbers.ts'
import type { Api, ApiOptions } from '../../options.ts'
import { apiId, base, open, uriOf } from './door.ts'
import { listOf, paging } from './lists.ts'

const countryIso = z.string().regex(/^[A-Za-z]{2}$/, 'takes the two letters of a country, such as US')
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
})
const Rent = z
  .object({ app_id: z.string().optional(), quantity: z.coerce.number().int().min(1).max(20).default(1) })
  .prefault({})
const Change = z.object({ app_id: z.string().nullable(), alias: z.string(), subaccount: z.string() }).partial()

/** How many free numbers are looked at for those of a country. */
const looked = 200

export function registerNumbers(app: Api, { store, numbers, phone }: ApiOptions): void {
  const { db } = store

  /** The site's free numbers; regions and kinds are of no account where all numbers are one's own. */
  async function free(query: z.infer<typeof Search>): Promise<readonly string[]> {
    const contains = query.pattern ?? query.prefix
    const found = await numbers.search({ limit: looked, ...(contains === undefined ? {} : { contains }) })
    return found.map(({ e164 }) => e164).filter((e164) => isOf(e164, query.country_iso.toUpperCase()))
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
      .map((e164) => showFree(e164, uriOf(request, `PhoneNumber/${plain(e164)}/`)))
    return listOf(uriOf(request, 'PhoneNumber/'), request.query, all.length, shown)
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

  // A group is a country here; any number of it is as good as another.
  app.get(
    `${base}/AvailableNumberGroup/`,
    { ...open, schema: { ...open.schema, querystring: Search } },
    async (request) => {
      const all = await free(request.query)
      const groups =
        all.length === 0
          ? []
          : [showGroup(request.query.country_iso.toUpperCase(), uriOf(request, 'AvailableNumberGroup/'))]
      return listOf(uriOf(request, 'AvailableNumberGroup/'), request.query, groups.length, groups)
    },
  )

  app.post(
    `${base}/AvailableNumberGroup/:number/`,
    { ...open, schema: { ...open.schema, params, body: Rent } },
    async (request, reply) => {
      const [, country] = /^offhook-([A-Z]{2})$/.exec(request.params.number) ?? []
      if (country === undefined) throw new Problem('not_found', `there is no number group ${request.params.number}`)
      const { app_id: appId, quantity } = request.body
      const application = await useOf(appId)
      const given: string[] = []
      for (let i = 0; i < quantity; i++) {
        const [next] = await free({ country_iso: country, limit: 1, offset: 0 })
        if (next === undefined) break
        given.push(await rent(next, application))
      }
      if (given.length === 0) throw new Problem('no_number_available', `no number of ${country} is free`)
      return reply.code(201).send(created(given))
    },
  )

  app.get(
    `${base}/Number/`,
    { ...open, schema: { ...open.schema, querystring: z.object(paging) } },
    async (request) => {
      const all = await rentedNumbers(db)
      const { limit, offset } = request.query
      const shown = all.slice(offset, offset + limit).map((row) => show(row, (path) => uriOf(request, path)))
      return listOf(uriOf(request, 'Number/'), request.query, all.length, shown)
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
      const { app_id: appId } = request.body
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

/** One that no country can have counts as of any country with its calling code. */
function isOf(e164: string, country: string): boolean {
  const parsed = parsePhoneNumberFromString(e164)
  if (parsed === undefined || !isSupportedCountry(country)) return false
  return parsed.country === undefined
    ? parsed.countryCallingCode === getCountryCallingCode(country)
    : parsed.country === country
}

const rates = { monthly_rental_rate: '0.00000', setup_rate: '0.00000', sms_rate: '0.00000', voice_rate: '0.00000' }
const abilities = { sms_enabled: true, voice_enabled: true, mms_enabled: false }

const showFree = (e164: string, uri: string) => ({
  ...rates,
  ...abilities,
  number: plain(e164),
  country: parsePhoneNumberFromString(e164)?.country ?? null,
  city: null,
  lata: null,
  rate_center: null,
  region: null,
  prefix: null,
  type: 'local',
  sub_type: 'local',
  restriction: null,
  restriction_text: null,
  resource_uri: uri,
})

const showGroup = (country: string, uri: string) => ({
  ...rates,
  ...abilities,
  group_id: `offhook-${country}`,
  region: country,
  prefix: null,
  number_type: 'local',
  rental_rate: '0.00000',
  resource_uri: `${uri}offhook-${country}/`,
})

const show = (row: NumberRow, uri: (path: string) => string) => ({
  ...abilities,
  number: plain(row.e164),
  added_on: (row.rentedAt ?? new Date(0)).toISOString().slice(0, 10),
  application: row.assignment?.kind === 'application' ? uri(`Application/${row.assignment.application}/`) : null,
  carrier: row.carrier,
  monthly_rental_rate: '0.00000',
  number_type: 'local',
  sub_account: null,
  alias: null,
  region: null,
  resource_uri: uri(`Number/${plain(row.e164)}/`),
})
