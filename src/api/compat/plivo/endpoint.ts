import { randomInt } from 'node:crypto'
import { z } from 'zod'
import { newId } from '../../../phone/id.ts'
import { defaultOutbound } from '../../../phone/outbound.ts'
import { Problem } from '../../../phone/problem.ts'
import { makeCredentials } from '../../../sip/auth/digest.ts'
import { defaultEndpointApplication, getApplication } from '../../../store/applications.ts'
import { type Endpoint, getEndpoint, insertEndpoint, listEndpoints, updateEndpoint } from '../../../store/endpoints.ts'
import { deleteExtension, updateExtension } from '../../../store/extensions.ts'
import type { Api, ApiOptions } from '../../options.ts'
import { apiId, base, open, uriOf } from './door.ts'
import { listOf, paging } from './lists.ts'

const username = z.string().regex(/^[A-Za-z0-9]{1,40}$/, 'takes 1 to 40 letters and digits')
const password = z
  .string()
  .min(8)
  .max(128)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'takes no control characters')
const alias = z.string().min(1).max(100)

const Create = z.object({ username, password, alias, app_id: z.string().optional() })
const Change = z.object({ password, alias, app_id: z.string().nullable(), username }).partial()
const params = z.object({ auth_id: z.string(), endpoint_id: z.string() })
const one = { ...open, schema: { ...open.schema, params } }

export function registerEndpoints(app: Api, { store, phone, clock, realm }: ApiOptions): void {
  const { db } = store

  async function find(id: string): Promise<Endpoint> {
    const row = await getEndpoint(db, id)
    if (row === undefined) throw new Problem('not_found', `there is no endpoint ${id}`)
    return row
  }

  async function checkApplication(id: string | null | undefined): Promise<void> {
    if (id == null || id === '' || (await getApplication(db, id)) !== undefined) return
    throw new Problem('invalid_request', `app_id names no application: there is no ${id}`)
  }

  function show({ endpoint, extension }: Endpoint, uri: (path: string) => string) {
    const [contact] = phone.contactsOf(extension.username)
    return {
      endpoint_id: extension.id,
      username: extension.username,
      alias: endpoint.alias,
      application: endpoint.applicationId === null ? null : uri(`Application/${endpoint.applicationId}/`),
      // What is kept of it would let its reader sign in.
      password: null,
      sip_uri: `sip:${extension.username}@phone.plivo.com`,
      sip_registered: String(contact !== undefined),
      ...(contact === undefined
        ? {}
        : {
            sip_contact: contact.contact,
            sip_expires: new Date(contact.expiresAt).toISOString().slice(0, 19).replace('T', ' '),
            sip_user_agent: contact.userAgent ?? '',
          }),
      sub_account: null,
      resource_uri: uri(`Endpoint/${extension.id}/`),
    }
  }

  app.post(`${base}/Endpoint/`, { ...open, schema: { ...open.schema, body: Create } }, async (request, reply) => {
    const { body } = request
    await checkApplication(body.app_id)
    const application = body.app_id === undefined ? (await defaultEndpointApplication(db))?.id : body.app_id
    const now = new Date(clock.wall())
    const id = newId('extension', now.getTime())
    // Names are one account's own in the dialect, and one for all here: so the digits, as there.
    const name = `${body.username}${String(randomInt(1e12)).padStart(12, '0')}`
    const times = { createdAt: now, updatedAt: now }
    const credentials = makeCredentials(name, realm, body.password)
    await insertEndpoint(
      db,
      {
        id,
        username: name,
        name: body.alias,
        realm,
        ...credentials,
        outbound: defaultOutbound,
        callerId: null,
        srtp: 'allowed',
        ...times,
      },
      {
        extensionId: id,
        alias: body.alias,
        applicationId: application === undefined || application === '' ? null : application,
      },
    )
    await phone.reload('extensions')
    return reply
      .code(201)
      .send({ api_id: apiId(), alias: body.alias, endpoint_id: id, message: 'created', username: name })
  })

  app.get(
    `${base}/Endpoint/`,
    { ...open, schema: { ...open.schema, querystring: z.object({ ...paging, subaccount: z.string().optional() }) } },
    async (request) => {
      const { rows, total } = await listEndpoints(db, request.query)
      const shown = rows.map((row) => show(row, (path) => uriOf(request, path)))
      return listOf(uriOf(request, 'Endpoint/'), request.query, total, shown, request.url)
    },
  )

  app.get(`${base}/Endpoint/:endpoint_id/`, one, async (request) => ({
    api_id: apiId(),
    ...show(await find(request.params.endpoint_id), (path) => uriOf(request, path)),
  }))

  app.post(
    `${base}/Endpoint/:endpoint_id/`,
    { ...one, schema: { ...one.schema, body: Change } },
    async (request, reply) => {
      const { extension } = await find(request.params.endpoint_id)
      const { password: secret, alias: name, app_id: application } = request.body
      await checkApplication(application)
      await updateEndpoint(db, extension.id, {
        ...(name === undefined ? {} : { alias: name }),
        ...(application === undefined ? {} : { applicationId: application === '' ? null : application }),
      })
      await updateExtension(db, extension.id, {
        updatedAt: new Date(clock.wall()),
        ...(name === undefined ? {} : { name }),
        ...(secret === undefined ? {} : { realm, ...makeCredentials(extension.username, realm, secret) }),
      })
      await phone.reload('extensions')
      return reply.code(202).send({ api_id: apiId(), message: 'changed' })
    },
  )

  app.delete(`${base}/Endpoint/:endpoint_id/`, one, async (request, reply) => {
    const { extension } = await find(request.params.endpoint_id)
    await deleteExtension(db, extension.id)
    await phone.reload('extensions')
    return reply.code(204).send()
  })
}
