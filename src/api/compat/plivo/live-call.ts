import { z } from 'zod'
import type { CallId } from '../../../phone/id.ts'
import { sequence } from '../../../phone/prompt.ts'
import type { Api } from '../../options.ts'
import { webMethod, webUrl } from './application.ts'
import { target } from './call.ts'
import { apiId, base, open, tokenOf } from './door.ts'
import type { DocumentDesk } from './ports.ts'
import { checkLanguage, Speak, spoken } from './speak.ts'
import { transcriptionFields, transcriptionOf } from './transcription.ts'

const Record = z
  .object({
    time_limit: z.coerce.number().int().min(1).max(7200).default(60),
    file_format: z.enum(['mp3', 'wav']).default('mp3'),
    callback_url: webUrl.optional(),
    callback_method: webMethod.default('POST'),
    ...transcriptionFields,
  })
  .prefault({})

const Dtmf = z.object({
  digits: z
    .string()
    .regex(/^[0-9*#wW]{1,100}$/, 'takes 1 to 100 of 0-9, *, #, w and W')
    .transform((digits) => digits.replaceAll('W', 'ww')),
  leg: z.enum(['aleg', 'bleg']).default('aleg'),
})

const legs = z.enum(['aleg', 'bleg', 'both']).default('aleg')
const mix = z.union([z.boolean(), z.stringbool()]).default(true)
const loop = z.union([z.boolean(), z.stringbool()]).default(false)
const Play = z.object({
  urls: z
    .string()
    .transform((urls) => urls.split(',').map((url) => url.trim()))
    .pipe(z.array(webUrl).min(1).max(20)),
  length: z.coerce.number().int().min(1).max(86_400).default(3600),
  legs,
  loop,
  mix,
})
const SpeakLive = Speak.extend({ legs, loop, mix })

const params = z.object({ auth_id: z.string(), call_uuid: z.string() })
const one = { ...open, schema: { ...open.schema, params } }

/** What is done to a call that is up, beside the document that drives it. */
export function registerLiveCalls(app: Api, desk: DocumentDesk): void {
  const at = `${base}/Call/:call_uuid`

  app.post(`${at}/Record/`, { ...one, schema: { ...one.schema, body: Record } }, async (request, reply) => {
    const { time_limit: seconds, file_format: format, callback_url: url, callback_method: method } = request.body
    const { id, url: audio } = await desk.record(request.params.call_uuid as CallId, {
      seconds,
      format,
      token: tokenOf(request),
      ...(url === undefined ? {} : { callback: target(url, method) }),
      ...transcriptionOf(request.body),
    })
    return reply.code(202).send({ api_id: apiId(), message: 'call recording started', recording_id: id, url: audio })
  })
  app.delete(`${at}/Record/`, one, async (request, reply) => {
    await desk.stopRecording(request.params.call_uuid as CallId)
    return reply.code(204).send()
  })

  app.post(`${at}/Play/`, { ...one, schema: { ...one.schema, body: Play } }, async (request, reply) => {
    const { urls, loop: again, length: seconds, legs, mix } = request.body
    const prompt = sequence(...urls.map((url) => ({ kind: 'url', url }) as const))
    await desk.announce(request.params.call_uuid as CallId, prompt, { times: again ? 0 : 1, seconds, legs, mix })
    return reply.code(202).send({ api_id: apiId(), message: 'play started' })
  })
  app.post(`${at}/Speak/`, { ...one, schema: { ...one.schema, body: SpeakLive } }, async (request, reply) => {
    checkLanguage(request.body, desk)
    const { loop: again, legs, mix } = request.body
    await desk.announce(request.params.call_uuid as CallId, spoken(request.body), { times: again ? 0 : 1, legs, mix })
    return reply.code(202).send({ api_id: apiId(), message: 'speak started' })
  })
  for (const path of ['Play', 'Speak'])
    app.delete(`${at}/${path}/`, one, async (request, reply) => {
      desk.stopAnnouncing(request.params.call_uuid as CallId)
      return reply.code(204).send()
    })

  app.post(`${at}/DTMF/`, { ...one, schema: { ...one.schema, body: Dtmf } }, async (request, reply) => {
    await desk.send(request.params.call_uuid as CallId, request.body.digits, request.body.leg)
    return reply.code(202).send({ api_id: apiId(), message: 'digits sent' })
  })
}
