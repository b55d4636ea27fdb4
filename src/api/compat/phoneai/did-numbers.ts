import { type CountryCode, getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js/max'
import { z } from 'zod'
import { readNumber } from '../../../phone/address.ts'
import { Problem } from '../../../phone/problem.ts'
import { getExtension } from '../../../store/extensions.ts'
import { getNumber, type NumberRow, rentedNumbers, updateNumber } from '../../../store/numbers.ts'
import { idOf, idsOf, refOf } from '../../../store/phoneai.ts'
import { reads, writes } from '../../auth.ts'
import type { Api, ApiOptions } from '../../options.ts'
import { bothOf, digits, door, noPlus, notFound, refuse, timeOf } from './door.ts'

const params = z.object({ id: z.coerce.number().int().min(1).max(2147483647) })
const number = z
  .string()
  .transform((text) => readNumber(/^[1-9][0-9]{4,14}$/.test(text) ? `+${text}` : text) ?? '')
  .pipe(z.string().regex(/^\+/, 'takes a number with its country code, such as 17862062698'))
const Buy = z.object({ phonenumber: digits(number), extension: z.coerce.number().int().nullish() })
const Search = z.object({
  npa: z
    .string()
    .regex(/^[0-9]{1,10}$/, 'takes an area code, such as 786')
    .optional(),
  limit: z.coerce.number().int().min(1).max(200).default(10),
})

/** Numbers of the site as the crawler's `did_numbers`. */
export function registerDidNumbers(app: Api, { store, phone, numbers, country, publicUrl }: ApiOptions): void {
  const { db } = store
  const domain = (): string => new URL(publicUrl()).hostname
  const code =
    country !== undefined && isSupportedCountry(country) ? getCountryCallingCode(country as CountryCode) : '1'

  async function show(row: NumberRow) {
    const extension = row.assignment?.kind === 'extension' ? await getExtension(db, row.assignment.username) : undefined
    return {
      id: await idOf(db, row.id),
      provider: await idOf(db, `carrier ${row.carrier}`),
      phonenumber: noPlus(row.e164),
      domain: domain(),
      extension: extension === undefined ? null : await idOf(db, extension.id),
      created_at: timeOf(row.rentedAt ?? new Date(0)),
    }
  }

  async function find(id: number): Promise<NumberRow> {
    const ref = await refOf(db, id)
    const row = ref?.startsWith('num_') ? await getNumber(db, ref) : undefined
    if (row?.state !== 'rented') throw notFound(`number ${id}`)
    return row
  }

  async function usernameOf(id: number): Promise<string> {
    const ref = await refOf(db, id)
    const row = ref?.startsWith('ext_') ? await getExtension(db, ref) : undefined
    if (row === undefined) throw refuse('extension', `A valid value is required: there is no extension ${id}.`)
    return row.username
  }

  for (const path of bothOf('did_numbers')) {
    app.get(path, door(reads('numbers').need), async () => {
      const rows = await rentedNumbers(db)
      // So that they get their ids in this order.
      await idsOf(
        db,
        rows.map((row) => row.id),
      )
      const shown = await Promise.all(rows.map(show))
      return shown.sort((a, b) => a.id - b.id)
    })

    const buy = { ...door(writes('numbers').need), schema: { hide: true, body: Buy } }
    app.post(path, buy, async (request, reply) => {
      const { phonenumber, extension } = request.body
      const username = extension == null ? undefined : await usernameOf(extension)
      const row = await rent(phonenumber)
      const assignment = username === undefined ? null : ({ kind: 'extension', username } as const)
      const assigned = username === undefined ? row : ((await updateNumber(db, row.e164, { assignment })) ?? row)
      await phone.reload('numbers')
      return reply.code(201).send(await show(assigned))
    })
  }

  async function rent(e164: string): Promise<NumberRow> {
    try {
      await numbers.rent(e164)
    } catch (error) {
      if (error instanceof Problem && error.status < 500) throw refuse('phonenumber', error.message)
      throw error
    }
    const row = await getNumber(db, e164)
    if (row === undefined) throw new Error(`${e164} was rented and is not there.`)
    return row
  }

  for (const path of bothOf('did_numbers/search')) {
    const search = { ...door(reads('numbers').need), schema: { hide: true, querystring: Search } }
    app.get(path, search, async (request) => {
      const { npa, limit } = request.query
      // A plus stands in front only, so this is where numbers begin.
      const found = await numbers.search({ limit, ...(npa === undefined ? {} : { contains: `+${code}${npa}` }) })
      return { data: found.map(({ e164, monthlyCost }) => ({ number: noPlus(e164), monthly_cost: monthlyCost ?? 0 })) }
    })
  }

  for (const path of bothOf('did_numbers/:id')) {
    const one = { ...door(reads('numbers').need), schema: { hide: true, params } }
    app.get(path, one, async (request) => show(await find(request.params.id)))
    const remove = { ...door(writes('numbers').need), schema: { hide: true, params } }
    app.delete(path, remove, async (request, reply) => {
      const row = await find(request.params.id)
      await numbers.release(row.e164)
      await phone.reload('numbers')
      return reply.code(204).send()
    })
  }
}
