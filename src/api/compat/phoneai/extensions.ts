import { z } from 'zod'
import { newId } from '../../../phone/id.ts'
import { defaultOutbound } from '../../../phone/outbound.ts'
import { makeCredentials } from '../../../sip/auth/digest.ts'
import { conflictOf } from '../../../store/conflict.ts'
import {
  allExtensions,
  deleteExtension,
  type ExtensionRow,
  getExtension,
  insertExtension,
  updateExtension,
} from '../../../store/extensions.ts'
import { extensionExtras, idOf, idsOf, putExtensionExtras, refOf } from '../../../store/phoneai.ts'
import { reads, writes } from '../../auth.ts'
import type { Api, ApiOptions } from '../../options.ts'
import { line, username } from '../../shapes.ts'
import { usersOf } from '../../v1/extensions.ts'
import { bothOf, digits, door, notFound, refuse, timeOf } from './door.ts'

/** Its example has six characters. */
const password = z
  .string()
  .min(6)
  .max(128)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'takes no control characters')
const flag = z.union([z.boolean(), z.literal([0, 1]).transform(Boolean), z.stringbool()])
const cellphone = digits(z.union([line(0, 20), z.null().transform(() => '')]))
const Create = z.object({
  sip_username: digits(username),
  sip_password: digits(password),
  cellphone: cellphone.default(''),
  transcription: flag.default(false),
})
const Change = Create.extend({ cellphone, transcription: flag }).partial()
const params = z.object({ id: z.coerce.number().int().min(1).max(2147483647) })

/** Everybody here is one and the same user. */
export const owner = { id: 1, username: 'offhook' }

export function registerExtensions(app: Api, { store, phone, clock, realm, publicUrl }: ApiOptions): void {
  const { db } = store
  const domain = (): string => new URL(publicUrl()).hostname

  async function find(id: number): Promise<ExtensionRow> {
    const ref = await refOf(db, id)
    const row = ref?.startsWith('ext_') ? await getExtension(db, ref) : undefined
    if (row === undefined) throw notFound(`extension ${id}`)
    return row
  }

  async function show(row: ExtensionRow, secret: string | null = null) {
    const extras = (await extensionExtras(db)).get(row.id)
    return {
      id: await idOf(db, row.id),
      user: owner,
      cellphone: extras?.cellphone ?? '',
      transcription: extras?.transcription === true ? 1 : 0,
      sip_username: row.username,
      // Kept as digests only: it is shown in the answer to whoever wrote it, and never again.
      sip_password: secret,
      created_at: timeOf(row.createdAt),
      updated_at: timeOf(row.updatedAt),
    }
  }

  for (const path of bothOf('extensions')) {
    const query = z.object({ user_id: z.coerce.number().int().optional() })
    const list = { ...door(reads('extensions').need), schema: { hide: true, querystring: query } }
    app.get(path, list, async (request) => {
      const wanted = request.query.user_id ?? owner.id
      const rows = wanted === owner.id ? await allExtensions(db) : []
      const extras = await extensionExtras(db)
      const ids = await idsOf(
        db,
        rows.map((row) => row.id),
      )
      return rows
        .map((row, i) => ({
          id: ids[i]!,
          user_id: owner.id,
          cellphone: extras.get(row.id)?.cellphone ?? '',
          transcription: extras.get(row.id)?.transcription === true ? 1 : 0,
          sip_username: row.username,
          sip_password: null,
          updated_at: timeOf(row.updatedAt),
          domain: domain(),
        }))
        .sort((a, b) => a.id - b.id)
    })

    const create = { ...door(writes('extensions').need), schema: { hide: true, body: Create } }
    app.post(path, create, async (request, reply) => {
      const { sip_username: name, sip_password: secret, ...extras } = request.body
      const now = new Date(clock.wall())
      const row: ExtensionRow = {
        id: newId('extension', now.getTime()),
        username: name,
        name: '',
        realm,
        ...makeCredentials(name, realm, secret),
        outbound: defaultOutbound,
        callerId: null,
        srtp: 'allowed',
        createdAt: now,
        updatedAt: now,
      }
      try {
        await db.transaction(async (tx) => {
          await insertExtension(tx, row)
          await putExtensionExtras(tx, row.id, extras)
        })
      } catch (error) {
        if (conflictOf(error)?.kind !== 'unique') throw error
        throw refuse('sip_username', `There is an extension ${name} already, or one that differs from it in case only.`)
      }
      await phone.reload('extensions')
      return reply.code(201).send(await show(row, secret))
    })
  }

  for (const path of bothOf('extensions/:id')) {
    const one = { ...door(reads('extensions').need), schema: { hide: true, params } }
    app.get(path, one, async (request) => show(await find(request.params.id)))

    async function change(id: number, given: z.infer<typeof Change>) {
      const row = await find(id)
      const { sip_username: name, sip_password: secret, cellphone: cell, transcription } = given
      if (name !== undefined && name !== row.username)
        throw refuse('sip_username', `Cannot be changed; make another extension and delete ${row.username}.`)
      const changed = await updateExtension(db, row.id, {
        updatedAt: new Date(clock.wall()),
        ...(secret === undefined ? {} : { realm, ...makeCredentials(row.username, realm, secret) }),
      })
      if (changed === undefined) throw notFound(`extension ${id}`)
      const before = (await extensionExtras(db)).get(row.id)
      await putExtensionExtras(db, row.id, {
        cellphone: cell ?? before?.cellphone ?? '',
        transcription: transcription ?? before?.transcription ?? false,
      })
      await phone.reload('extensions')
      return show(changed, secret ?? null)
    }
    const put = { ...door(writes('extensions').need), schema: { hide: true, params, body: Create } }
    app.put(path, put, async (request) => change(request.params.id, request.body))
    const patch = { ...door(writes('extensions').need), schema: { hide: true, params, body: Change } }
    app.patch(path, patch, async (request) => change(request.params.id, request.body))

    const remove = { ...door(writes('extensions').need), schema: { hide: true, params } }
    app.delete(path, remove, async (request, reply) => {
      const row = await find(request.params.id)
      const users = await usersOf(db, row.username)
      if (users.length > 0)
        throw refuse('non_field_errors', `${row.username} is used by ${users.join(', ')}; change that first.`)
      await deleteExtension(db, row.id)
      await phone.reload('extensions')
      return reply.code(204).send()
    })
  }
}
