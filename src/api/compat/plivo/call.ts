import { z } from 'zod'
import type { WebTarget } from '../../../apps/document/web-target.ts'
import { readWebTarget } from '../../../apps/document/web-target.ts'
import type { Address } from '../../../phone/address.ts'
import type { CallId } from '../../../phone/id.ts'
import { Problem } from '../../../phone/problem.ts'
import { getCallRecord, listCallRecords } from '../../../store/document-calls.ts'
import type { Api, ApiOptions } from '../../options.ts'
import { line } from '../../shapes.ts'
import { webMethod, webUrl } from './application.ts'
import { callFilter, readCallFilter } from './call-filter.ts'
import { showLive, showRecord } from './call-shape.ts'
import { accountOf, apiId, base, open, tokenOf, uriOf } from './door.ts'
import { listOf, paging } from './lists.ts'
import type { DocumentDesk, PlaceDocumentCall } from './ports.ts'

/** As many as one request may ring. */
const mostReceivers = 1000

const whole = (from: number, to: number) => z.coerce.number().int().min(from).max(to)
const flag = z.union([z.boolean(), z.stringbool()])

const Place = z.object({
  from: z.string().min(1).max(200),
  to: z
    .string()
    .min(1)
    .max(64 * mostReceivers),
  answer_url: webUrl,
  answer_method: webMethod.default('POST'),
  ring_url: webUrl.optional(),
  ring_method: webMethod.default('POST'),
  hangup_url: webUrl.optional(),
  hangup_method: webMethod.default('POST'),
  fallback_url: webUrl.optional(),
  fallback_method: webMethod.default('POST'),
  caller_name: line(0, 50).optional(),
  send_digits: z
    .string()
    .regex(/^[0-9*#wW,]{0,100}$/, 'takes at most 100 of 0-9, *, #, w and W')
    .optional(),
  send_on_preanswer: flag.default(false),
  time_limit: whole(1, 86_400).default(14_400),
  ring_timeout: whole(1, 600).default(120),
  hangup_on_ring: whole(0, 600).optional(),
  sip_headers: z
    .string()
    .regex(
      /^(?:(?:X-PH-)?[A-Za-z0-9-]{1,24}=[\x20-\x2b\x2d-\x7e]{0,48}(?:,|$))*$/i,
      'takes name=value pairs with commas between',
    )
    .optional(),
  parent_call_uuid: z.string().max(64).optional(),
  machine_detection: z
    .union([z.enum(['true', 'false', 'hangup']), z.boolean()], 'takes true or hangup')
    .transform(String)
    .default('false'),
  machine_detection_time: whole(2000, 10_000).default(5000),
  machine_detection_url: webUrl.optional(),
  machine_detection_method: webMethod.default('POST'),
  error_if_parent_not_found: flag.default(false),
})

const Transfer = z.object({
  legs: z.enum(['aleg', 'bleg', 'both']).default('aleg'),
  aleg_url: webUrl.optional(),
  aleg_method: webMethod.default('POST'),
  bleg_url: webUrl.optional(),
  bleg_method: webMethod.default('POST'),
})

const params = z.object({ auth_id: z.string(), call_uuid: z.string() })
const one = { ...open, schema: { ...open.schema, params } }

export function registerCalls(app: Api, { store, phone }: ApiOptions, desk: DocumentDesk): void {
  const { db } = store

  /** A field of its own per fault, as programs of the dialect show the text to people. */
  async function party(text: string, field: string): Promise<Exclude<Address, { kind: 'anonymous' }>> {
    const address = await desk.address(text)
    if (address === undefined || address.kind === 'anonymous') {
      throw new Problem(
        'invalid_request',
        `${field} ${JSON.stringify(text)} is no number, extension or SIP URI that may be called`,
      )
    }
    return address
  }

  async function caller(text: string): Promise<Address> {
    await party(text, 'from')
    const address = await desk.callerId(text)
    if (address !== undefined) return address
    const own = 'a rented number, an extension, or a number that OFFHOOK_CALLER_IDS names'
    throw new Problem('invalid_request', `from ${JSON.stringify(text)} is not yours: it takes ${own}`)
  }

  app.post(`${base}/Call/`, { ...open, schema: { ...open.schema, body: Place } }, async (request, reply) => {
    const { body } = request
    const receivers = body.to.split('<').map((text) => text.trim())
    if (receivers.length > mostReceivers)
      throw new Problem('invalid_request', `to takes at most ${mostReceivers} receivers`)
    const parent = body.parent_call_uuid
    if (parent !== undefined && body.error_if_parent_not_found && (await getCallRecord(db, parent)) === undefined)
      throw new Problem('not_found', `parent_call_uuid names no call: there is no ${parent}`)
    const from = named(await caller(body.from), body.caller_name)
    const targets = await Promise.all(receivers.map((text) => party(text, 'to')))
    const common = { ...placed(body), from, token: tokenOf(request), account: accountOf(request) }
    const ids: string[] = []
    const refused: { readonly to: string; readonly problem: Problem }[] = []
    for (const [at, to] of targets.entries()) {
      try {
        ids.push((await desk.place({ ...common, to })).id)
      } catch (error) {
        // Those that ring already are not to be rung again by a program that believes that none does.
        if (!(error instanceof Problem) || targets.length === 1) throw error
        refused.push({ to: receivers[at] ?? '', problem: error })
      }
    }
    if (ids.length === 0) {
      const codes = new Set(refused.map(({ problem }) => problem.code))
      const [code = 'invalid_request'] = codes.size === 1 ? codes : []
      throw new Problem(code, refused.map(({ to, problem }) => `${to}: ${problem.message}`).join('; '))
    }
    return reply.code(201).send({
      api_id: apiId(),
      message: refused.length === 0 ? 'call fired' : 'calls fired, but not all',
      request_uuid: receivers.length === 1 ? ids[0] : ids,
      ...(refused.length === 0 ? {} : { refused: refused.map(({ to, problem }) => ({ to, error: problem.message })) }),
    })
  })

  app.get(
    `${base}/Call/`,
    { ...open, schema: { ...open.schema, querystring: z.object({ ...paging, ...callFilter }) } },
    async (request) => {
      const filter = readCallFilter(request.query)
      if (request.query.status !== undefined) {
        const { rows } = await listCallRecords(db, filter, { limit: 1000, offset: 0 })
        return { api_id: apiId(), calls: rows.map(({ call }) => call.id) }
      }
      const { rows, total } = await listCallRecords(db, filter, request.query)
      const shown = rows.map((row) => showRecord(row, uriOf(request, `Call/${row.call.id}/`)))
      return listOf(uriOf(request, 'Call/'), request.query, total, shown, request.url)
    },
  )

  async function get(id: string, status: 'live' | 'queued' | undefined, uri: string): Promise<object> {
    const record = await getCallRecord(db, id)
    if (record === undefined) throw new Problem('not_found', `there is no call ${id}`)
    if (status === undefined) {
      if (record.call.state !== 'ended')
        throw new Problem('not_found', `the call ${id} is not over; ask for it with status=live`)
      return { api_id: apiId(), ...showRecord(record, uri) }
    }
    if (!readCallFilter({ status }).state?.includes(record.call.state))
      throw new Problem('not_found', `there is no ${status} call ${id}`)
    return { api_id: apiId(), ...showLive(record, desk.answered(id as CallId)) }
  }
  // The official client for JavaScript asks for live calls without the slash.
  for (const path of [`${base}/Call/:call_uuid/`, `${base}/Call/:call_uuid`])
    app.get(
      path,
      { ...one, schema: { ...one.schema, querystring: z.object({ status: callFilter.status }) } },
      async (request) => {
        const { call_uuid: id } = request.params
        return get(id, request.query.status, uriOf(request, `Call/${id}/`))
      },
    )

  app.post(
    `${base}/Call/:call_uuid/`,
    { ...one, schema: { ...one.schema, body: Transfer } },
    async (request, reply) => {
      const { legs, aleg_url: aleg, aleg_method, bleg_url: bleg, bleg_method } = request.body
      const missing =
        legs !== 'bleg' && aleg === undefined ? 'aleg_url' : legs !== 'aleg' && bleg === undefined ? 'bleg_url' : ''
      if (missing !== '') throw new Problem('invalid_request', `${missing} is missing, as legs is ${legs}`)
      const ids = await desk.transfer(request.params.call_uuid as CallId, {
        ...(legs === 'bleg' || aleg === undefined ? {} : { aleg: target(aleg, aleg_method) }),
        ...(legs === 'aleg' || bleg === undefined ? {} : { bleg: target(bleg, bleg_method) }),
        token: tokenOf(request),
        account: accountOf(request),
      })
      return reply.code(202).send({ api_id: apiId(), message: 'call transfered', call_uuids: ids })
    },
  )

  const hangUp = async (id: string): Promise<void> => {
    if (!(await phone.hangUp(id as CallId))) throw new Problem('not_found', `there is no live call ${id}`)
  }
  app.delete(`${base}/Call/:call_uuid/`, one, async (request, reply) => {
    await hangUp(request.params.call_uuid)
    return reply.code(204).send()
  })
  app.delete(`${base}/Request/:call_uuid/`, one, async (request, reply) => {
    await hangUp(request.params.call_uuid)
    return reply.code(204).send()
  })
}

/** A URL that was checked. */
export function target(url: string, method: 'GET' | 'POST'): WebTarget {
  const read = readWebTarget(url, method)
  if (typeof read === 'string') throw new Problem('invalid_request', `${url} is no URL: it takes ${read}`)
  return read
}

const named = (address: Address, name: string | undefined): Address =>
  name === undefined || name === '' || address.kind === 'anonymous' ? address : { ...address, name }

function placed(body: z.infer<typeof Place>): Omit<PlaceDocumentCall, 'from' | 'to' | 'token' | 'account'> {
  const { send_digits: keys, hangup_on_ring: onRing, sip_headers: headers, parent_call_uuid: parent } = body
  return {
    answer: target(body.answer_url, body.answer_method),
    // Where nothing is said, the end of a call is told to whoever was asked at its beginning.
    hangup:
      body.hangup_url === undefined
        ? target(body.answer_url, body.answer_method)
        : target(body.hangup_url, body.hangup_method),
    ...(body.fallback_url === undefined ? {} : { fallback: target(body.fallback_url, body.fallback_method) }),
    ...(body.ring_url === undefined ? {} : { ring: target(body.ring_url, body.ring_method) }),
    ringTimeout: body.ring_timeout,
    timeLimit: body.time_limit,
    ...(keys === undefined || keys === ''
      ? {}
      : { sendDigits: keys.replaceAll('W', 'ww').replaceAll(',', 'w'), sendEarly: body.send_on_preanswer }),
    ...(onRing === undefined || onRing === 0 ? {} : { hangupOnRing: onRing }),
    ...(headers === undefined ? {} : { headers: sipHeaders(headers) }),
    ...(parent === undefined ? {} : { parent }),
    ...machineOf(body),
  }
}

/** Nobody is listened for where nothing would come of it. */
function machineOf(body: z.infer<typeof Place>): Pick<PlaceDocumentCall, 'machine'> {
  const { machine_detection: wanted, machine_detection_url: url, machine_detection_method: method } = body
  if (wanted !== 'hangup' && url === undefined) return {}
  const callback = url === undefined ? {} : { callback: target(url, method) }
  return { machine: { hangup: wanted === 'hangup', within: body.machine_detection_time, ...callback } }
}

const sipHeaders = (written: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    written
      .split(',')
      .filter((part) => part !== '')
      .map((part) => {
        const [name = '', ...value] = part.replace(/^X-PH-/i, '').split('=')
        return [`X-PH-${name}`, value.join('=')]
      }),
  )
