import { z } from 'zod'
import {
  failures,
  longestText,
  noPlus,
  textStatuses,
  textStatusOf,
  unknownError,
} from '../../../apps/document/text-params.ts'
import { Problem } from '../../../phone/problem.ts'
import { segmentsOf } from '../../../phone/segments.ts'
import { countedMessages, getMessage, type MessageRow, type MessageState } from '../../../store/messages.ts'
import type { Api, ApiOptions } from '../../options.ts'
import { webMethod, webUrl } from './application.ts'
import { target } from './call.ts'
import { apiId, base, open, tokenOf, uriOf } from './door.ts'
import { listOf, paging } from './lists.ts'
import type { DocumentDesk } from './ports.ts'
import { boundsOf, timeBounds, timeOf } from './times.ts'

const mostReceivers = 100

const Send = z.object({
  src: z.string().min(1, 'is empty').max(64),
  dst: z
    .string()
    .min(1)
    .max(65 * mostReceivers),
  text: z.string().min(1).max(1600),
  type: z.literal('sms', 'takes sms: pictures and other networks are not offered').default('sms'),
  url: webUrl.optional(),
  method: webMethod.default('POST'),
  media_urls: z.union([z.literal(''), z.array(z.string()).max(0)], 'takes nothing: pictures are not sent').nullish(),
  powerpack_uuid: z.literal('', 'takes nothing: there are no powerpacks; src says whom a text is from').nullish(),
  log: z.literal([true, 'true', 'True'], 'takes true: texts are kept').nullish(),
})

const query = z.object({
  ...paging,
  ...timeBounds('message_time'),
  subaccount: z.string().optional(),
  message_direction: z.enum(['inbound', 'outbound']).optional(),
  message_state: z.enum(textStatuses).optional(),
})
const params = z.object({ auth_id: z.string(), message_uuid: z.string() })

export function registerMessages(app: Api, { store }: ApiOptions, desk: DocumentDesk): void {
  const { db } = store

  app.post(`${base}/Message/`, { ...open, schema: { ...open.schema, body: Send } }, async (request, reply) => {
    const { src, dst, text, url, method } = request.body
    if (text.length > longestText(text))
      throw new Problem(
        'invalid_request',
        `text has more than ${longestText(text)} characters, and some of them are not of the GSM alphabet`,
      )
    const receivers = dst.split('<').map((one) => one.trim())
    if (receivers.length > mostReceivers)
      throw new Problem('invalid_request', `dst takes at most ${mostReceivers} receivers`)
    const callback = url === undefined ? {} : { callback: target(url, method) }
    const ids: string[] = []
    for (const to of receivers) ids.push(await desk.sendText({ from: src, to, text, ...callback }, tokenOf(request)))
    return reply.code(202).send({ api_id: apiId(), message: 'message(s) queued', message_uuid: ids })
  })

  app.get(`${base}/Message/`, { ...open, schema: { ...open.schema, querystring: query } }, async (request) => {
    const { message_direction: direction, message_state: state } = request.query
    const filter = { direction, states: state && states.filter((one) => textStatusOf[one] === state) }
    const bounds = boundsOf('message_time', request.query)
    const { rows, total } = await countedMessages(db, { ...filter, ...bounds }, request.query)
    const shown = rows.map((row) => show(row, uriOf(request, `Message/${row.id}/`)))
    return listOf(uriOf(request, 'Message/'), request.query, total, shown, request.url)
  })

  app.get(`${base}/Message/:message_uuid/`, { ...open, schema: { ...open.schema, params } }, async (request) => {
    const { message_uuid: id } = request.params
    const row = await getMessage(db, id)
    if (row === undefined) throw new Problem('not_found', `there is no message ${id}`)
    return { api_id: apiId(), ...show(row, uriOf(request, `Message/${id}/`)) }
  })
}

/** Of ours. */
const states = Object.keys(textStatusOf) as readonly MessageState[]

const show = (row: MessageRow, uri: string) => ({
  message_uuid: row.id,
  message_direction: row.direction,
  message_state: textStatusOf[row.state],
  message_type: 'sms',
  message_time: timeOf(row.createdAt),
  from_number: noPlus(row.from),
  to_number: noPlus(row.to),
  error_code: failures.includes(textStatusOf[row.state]) ? unknownError : null,
  error_message: failures.includes(textStatusOf[row.state]) ? row.reason : null,
  units: segmentsOf(row.body).parts.length,
  total_amount: '0.00000',
  total_rate: '0.00000',
  resource_uri: uri,
})
