import { z } from 'zod'
import { readWebTarget } from '../../../apps/document/web-target.ts'
import { newId } from '../../../phone/id.ts'
import { Problem } from '../../../phone/problem.ts'
import {
  type ApplicationChange,
  type ApplicationRow,
  deleteApplication,
  getApplication,
  insertApplication,
  listApplications,
  updateApplication,
} from '../../../store/applications.ts'
import { conflictOf } from '../../../store/conflict.ts'
import type { Api, ApiOptions } from '../../options.ts'
import { accountOf, apiId, base, open, tokenOf, uriOf } from './door.ts'
import { listOf, paging } from './lists.ts'

export const webUrl = z.string().superRefine((text, context) => {
  const target = readWebTarget(text, 'POST')
  if (typeof target === 'string') context.addIssue({ code: 'custom', message: `takes ${target}` })
})
export const webMethod = z
  .string()
  .transform((method) => method.toUpperCase())
  .pipe(z.enum(['GET', 'POST']))

const fields = {
  answer_url: webUrl,
  answer_method: webMethod,
  hangup_url: webUrl,
  hangup_method: webMethod,
  fallback_answer_url: webUrl,
  fallback_method: webMethod,
  message_url: webUrl,
  message_method: webMethod,
  default_number_app: z.boolean(),
  default_endpoint_app: z.boolean(),
  subaccount: z.string(),
  log_incoming_messages: z.literal(true, 'takes true: texts that come in are kept'),
  public_uri: z.literal(false, 'takes false: applications are reached by their numbers and endpoints'),
}
const ChangeApplication = z.object(fields).partial()
const NewApplication = z
  .object({ ...fields, app_name: z.string().min(1).max(100) })
  .partial()
  .required({ app_name: true })

const params = z.object({ auth_id: z.string(), app_id: z.string() })

export function registerApplications(app: Api, { store, clock, phone }: ApiOptions): void {
  const { db, keys } = store

  async function find(id: string): Promise<ApplicationRow> {
    const row = await getApplication(db, id)
    if (row === undefined) throw new Problem('not_found', `there is no application ${id}`)
    return row
  }

  app.post(
    `${base}/Application/`,
    { ...open, schema: { ...open.schema, body: NewApplication } },
    async (request, reply) => {
      const wall = clock.wall()
      const id = newId('application', wall)
      const at = new Date(wall)
      const body = request.body
      try {
        await insertApplication(db, {
          id,
          name: body.app_name,
          // An application without one takes texts only.
          answerUrl: body.answer_url ?? null,
          answerMethod: body.answer_method ?? 'POST',
          fallbackUrl: body.fallback_answer_url ?? null,
          fallbackMethod: body.fallback_method ?? 'POST',
          // Where nothing is said, the end of a call is told to whoever was asked at its beginning.
          hangupUrl: body.hangup_url ?? body.answer_url ?? null,
          hangupMethod: body.hangup_method ?? body.answer_method ?? 'POST',
          messageUrl: body.message_url ?? null,
          messageMethod: body.message_method ?? 'POST',
          isDefault: body.default_number_app ?? false,
          isEndpointDefault: body.default_endpoint_app ?? false,
          account: accountOf(request),
          tokenSealed: keys.seal(tokenOf(request), id),
          createdAt: at,
          updatedAt: at,
        })
      } catch (error) {
        if (conflictOf(error)?.kind !== 'unique') throw error
        throw new Problem('conflict', `app_name ${JSON.stringify(body.app_name)} is taken by another application`)
      }
      return reply.code(201).send({ api_id: apiId(), app_id: id, message: 'created' })
    },
  )

  app.get(
    `${base}/Application/`,
    { ...open, schema: { ...open.schema, querystring: z.object({ ...paging, subaccount: z.string().optional() }) } },
    async (request) => {
      const { rows, total } = await listApplications(db, request.query)
      const shown = rows.map((row) => show(row, uriOf(request, `Application/${row.id}/`)))
      return listOf(uriOf(request, 'Application/'), request.query, total, shown, request.url)
    },
  )

  app.get(`${base}/Application/:app_id/`, { ...open, schema: { ...open.schema, params } }, async (request) => {
    const row = await find(request.params.app_id)
    return { api_id: apiId(), ...show(row, uriOf(request, `Application/${row.id}/`)) }
  })

  app.post(
    `${base}/Application/:app_id/`,
    { ...open, schema: { ...open.schema, params, body: ChangeApplication } },
    async (request, reply) => {
      const { id } = await find(request.params.app_id)
      const change: ApplicationChange = {
        ...changed(request.body),
        tokenSealed: keys.seal(tokenOf(request), id),
        account: accountOf(request),
        updatedAt: new Date(clock.wall()),
      }
      await updateApplication(db, id, change)
      return reply.code(202).send({ api_id: apiId(), message: 'changed' })
    },
  )

  app.delete(
    `${base}/Application/:app_id/`,
    { ...open, schema: { ...open.schema, params } },
    async (request, reply) => {
      const { id } = await find(request.params.app_id)
      await deleteApplication(db, id)
      await phone.reload('numbers')
      await phone.reload('extensions')
      return reply.code(204).send()
    },
  )
}

function changed(body: z.infer<typeof ChangeApplication>): ApplicationChange {
  return {
    ...(body.answer_url === undefined ? {} : { answerUrl: body.answer_url }),
    ...(body.answer_method === undefined ? {} : { answerMethod: body.answer_method }),
    ...(body.fallback_answer_url === undefined ? {} : { fallbackUrl: body.fallback_answer_url }),
    ...(body.fallback_method === undefined ? {} : { fallbackMethod: body.fallback_method }),
    ...(body.hangup_url === undefined ? {} : { hangupUrl: body.hangup_url }),
    ...(body.hangup_method === undefined ? {} : { hangupMethod: body.hangup_method }),
    ...(body.message_url === undefined ? {} : { messageUrl: body.message_url }),
    ...(body.message_method === undefined ? {} : { messageMethod: body.message_method }),
    ...(body.message_url === undefined ? {} : { messageUrl: body.message_url }),
    ...(body.message_method === undefined ? {} : { messageMethod: body.message_method }),
    ...(body.default_number_app === undefined ? {} : { isDefault: body.default_number_app }),
    ...(body.default_endpoint_app === undefined ? {} : { isEndpointDefault: body.default_endpoint_app }),
  }
}

const show = (row: ApplicationRow, uri: string) => ({
  app_id: row.id,
  app_name: row.name,
  answer_url: row.answerUrl ?? '',
  answer_method: row.answerMethod,
  fallback_answer_url: row.fallbackUrl ?? '',
  fallback_method: row.fallbackMethod,
  hangup_url: row.hangupUrl ?? '',
  hangup_method: row.hangupMethod,
  message_url: row.messageUrl ?? '',
  message_method: row.messageMethod,
  default_app: row.isDefault,
  default_endpoint_app: row.isEndpointDefault,
  enabled: true,
  log_incoming_messages: true,
  public_uri: false,
  sub_account: null,
  sip_uri: `sip:${row.id}@app.plivo.com`,
  resource_uri: uri,
})
