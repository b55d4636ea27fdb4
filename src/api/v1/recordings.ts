import { z } from 'zod'
import { newId } from '../../phone/id.ts'
import { Problem } from '../../phone/problem.ts'
import { insertLink, type LinkRow, linksOf, revokeLink } from '../../store/links.ts'
import { getRecording, pageOfRecordings, type RecordingRow } from '../../store/recordings.ts'
import { sendAudio } from '../audio-reply.ts'
import { type Authenticator, reads, writes } from '../auth.ts'
import type { Api, ApiOptions } from '../options.ts'
import { isSigned, linkUrl, recordingUrl } from '../recording-url.ts'
import { body, exampleId, id, iso, isoOrNull, page, pageOf, problem, time, toPage } from '../shapes.ts'

export const recordingExample = {
  id: exampleId('recording'),
  call: exampleId('call'),
  conference: null,
  state: 'kept' as const,
  ms: 12_340,
  speechMs: 9_800,
  url: `http://127.0.0.1:8080/v1/recordings/${exampleId('recording')}/audio?expires=1767625200&signature=Zk3c…`,
  createdAt: '2026-01-05T12:00:30.000Z',
}
const recordingState = z.enum(['recording', 'kept', 'lost'])
export const Recording = z
  .object({
    id: z.string(),
    call: z.string().nullable(),
    conference: z.string().nullable().describe('Its name, where all of a conference is recorded'),
    state: recordingState.describe('`lost`: a crash left no audio'),
    ms: z.int().describe('Milliseconds of audio'),
    speechMs: z.int().describe('Milliseconds in which someone spoke'),
    url: z.string().describe('The WAV; works without a token for one to two hours'),
    createdAt: time,
  })
  .meta({ id: 'Recording', examples: [recordingExample] })
const Link = z
  .object({
    id: z.string(),
    url: z.string().describe('A page that plays the recording; for whoever has it, until it expires'),
    createdAt: time,
    expiresAt: time,
    revokedAt: time.nullable(),
  })
  .meta({
    id: 'Link',
    examples: [
      {
        id: exampleId('link'),
        url: 'http://127.0.0.1:8080/r/1ka0b1w8004m2n8x5t9q3r7v.Zk3c…',
        createdAt: '2026-01-05T12:00:45.000Z',
        expiresAt: '2026-02-04T12:00:45.000Z',
        revokedAt: null,
      },
    ],
  })
const CreateLink = body({ days: z.int().min(1).max(3650).optional().describe('How long it works') }).meta({
  id: 'CreateLink',
  examples: [{ days: 7 }, {}],
})

/** How recordings are shown, here and in voicemails. */
export const showRecording =
  ({ store, clock, publicUrl }: Pick<ApiOptions, 'store' | 'clock' | 'publicUrl'>) =>
  (row: RecordingRow): z.infer<typeof Recording> => ({
    id: row.id,
    call: row.callId,
    conference: row.room,
    state: row.state,
    ms: row.ms,
    speechMs: row.speechMs,
    url: recordingUrl(store.keys, publicUrl(), row.id, clock.wall()),
    createdAt: iso(row.createdAt),
  })

/** As events tell it: without a link, which would work for whoever reads what was sent. */
export const showFinished = ({ id: key, callId, room, state, ms, speechMs, createdAt }: RecordingRow) => ({
  ...{ id: key, call: callId, conference: room, state, ms, speechMs },
  createdAt: iso(createdAt),
})

export function registerRecordings(app: Api, options: ApiOptions, authenticator: Authenticator): void {
  const { store, clock, publicUrl, linkDays, makeMp3 } = options
  const { db, keys } = store
  const tags = ['recordings']
  const params = z.object({ id: id('recording') })
  const show = showRecording(options)

  async function find(key: string): Promise<RecordingRow> {
    const row = await getRecording(db, key)
    if (row === undefined) throw new Problem('not_found', `There is no recording ${key}.`)
    return row
  }
  const showLink = (row: LinkRow): z.infer<typeof Link> => ({
    id: row.id,
    url: linkUrl(keys, publicUrl(), row),
    createdAt: iso(row.createdAt),
    expiresAt: iso(row.expiresAt),
    revokedAt: isoOrNull(row.revokedAt),
  })

  app.get(
    '/v1/recordings',
    {
      config: reads('voicemails'),
      schema: {
        tags,
        summary: 'List recordings, newest first',
        querystring: z.strictObject({
          ...page,
          call: id('call').optional().describe('Those of this call'),
          state: recordingState.optional(),
        }),
        response: { 200: pageOf(Recording), ...problem },
      },
    },
    async (request) => {
      const { call, state, ...at } = request.query
      return toPage(await pageOfRecordings(db, { call, state }, at), show)
    },
  )

  app.get(
    '/v1/recordings/:id',
    {
      config: reads('voicemails'),
      schema: { tags, summary: 'One recording', params, response: { 200: Recording, ...problem } },
    },
    async (request) => show(await find(request.params.id)),
  )

  const audio = z.any().meta({ type: 'string', format: 'binary', examples: ['RIFF…'] })
  app.get(
    '/v1/recordings/:id/audio',
    {
      // By token or by the signature in a `recording.url`; the handler checks which.
      config: { need: 'public' },
      schema: {
        tags,
        summary: 'The audio, whole or in ranges',
        params,
        querystring: z.strictObject({
          expires: z.coerce.number().int().optional(),
          signature: z.string().max(64).optional(),
          format: z.enum(['wav', 'mp3']).default('wav').describe('An MP3 is made when it is first asked for'),
        }),
        response: { 200: audio, 206: audio, 304: z.any().meta({ examples: [null] }), ...problem },
        produces: ['audio/wav', 'audio/mpeg'],
        security: [{ token: [] }, {}],
      },
    },
    async (request, reply) => {
      const { expires, signature } = request.query
      if (signature === undefined || expires === undefined) {
        await authenticator.check(request, { noun: 'voicemails', verb: 'read' })
      } else if (!isSigned(keys, request.params.id, expires, signature, clock.wall())) {
        throw new Problem(
          'link_expired',
          'This address of the audio has expired; read the recording again for a new one.',
        )
      }
      const row = await find(request.params.id)
      const { format } = request.query
      if (format === 'mp3') await makeMp3(row)
      return sendAudio(request, reply, row, store.dataFolder, format)
    },
  )

  app.get(
    '/v1/recordings/:id/links',
    {
      config: reads('voicemails'),
      schema: {
        tags,
        summary: 'Links to a recording',
        params,
        response: { 200: z.object({ items: z.array(Link) }), ...problem },
      },
    },
    async (request) => {
      const row = await find(request.params.id)
      return { items: (await linksOf(db, row.id)).map(showLink) }
    },
  )

  app.post(
    '/v1/recordings/:id/links',
    {
      config: writes('voicemails'),
      schema: {
        tags,
        summary: 'Make a link to send to someone',
        params,
        body: CreateLink,
        response: { 201: Link, ...problem },
      },
    },
    async (request, reply) => {
      const row = await find(request.params.id)
      const now = clock.wall()
      const days = request.body.days ?? linkDays
      const link = await insertLink(db, {
        id: newId('link', now),
        recordingId: row.id,
        createdAt: new Date(now),
        expiresAt: new Date(now + days * 24 * 3600_000),
      })
      return reply.code(201).send(showLink(link))
    },
  )

  app.delete(
    '/v1/recordings/:id/links/:link',
    {
      config: writes('voicemails'),
      schema: {
        tags,
        summary: 'Revoke a link, at once',
        params: z.object({ id: id('recording'), link: id('link') }),
        response: { 204: z.null(), ...problem },
      },
    },
    async (request, reply) => {
      const { id: recording, link } = request.params
      if (!(await revokeLink(db, recording, link, new Date(clock.wall())))) {
        throw new Problem('not_found', `${recording} has no link ${link}.`)
      }
      return reply.code(204).send(null)
    },
  )
}
