import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Problem } from '../../phone/problem.ts'
import { deleteRecording } from '../../store/recordings.ts'
import { getVoicemail, listVoicemails, setHeard, type VoicemailRow } from '../../store/voicemails.ts'
import { reads, writes } from '../auth.ts'
import type { Api, ApiOptions } from '../options.ts'
import {
  AddressShape,
  body,
  exampleId,
  id,
  iso,
  isoOrNull,
  page,
  pageOf,
  problem,
  showAddress,
  time,
  toPage,
} from '../shapes.ts'
import { Recording, recordingExample, showRecording } from './recordings.ts'

const Voicemail = z
  .object({
    id: z.string(),
    call: z.string().nullable(),
    forward: z.string(),
    from: AddressShape,
    state: z.enum(['open', 'new', 'heard', 'empty', 'lost']).describe('`open`: being recorded; `empty`: nobody spoke'),
    heardAt: time.nullable(),
    createdAt: time,
    recording: Recording,
  })
  .meta({
    id: 'Voicemail',
    examples: [
      {
        id: exampleId('voicemail'),
        call: exampleId('call'),
        forward: exampleId('forward'),
        from: { kind: 'number', address: '+15550142', raw: '+15550142' },
        state: 'new',
        heardAt: null,
        createdAt: '2026-01-05T12:00:30.000Z',
        recording: recordingExample,
      },
    ],
  })
const ChangeVoicemail = body({ heard: z.boolean() }).meta({ id: 'ChangeVoicemail', examples: [{ heard: true }] })

export function registerVoicemails(app: Api, options: ApiOptions): void {
  const { store, clock, log } = options
  const { db, dataFolder } = store
  const tags = ['voicemails']
  const params = z.object({ id: id('voicemail') })
  const recording = showRecording(options)

  const show = (row: VoicemailRow): z.infer<typeof Voicemail> => ({
    id: row.id,
    call: row.callId,
    forward: row.forwardId,
    from: showAddress(row.from),
    state: row.state === 'new' && row.heardAt !== null ? 'heard' : row.state,
    heardAt: isoOrNull(row.heardAt),
    createdAt: iso(row.createdAt),
    recording: recording(row.recording),
  })
  async function find(key: string): Promise<VoicemailRow> {
    const row = await getVoicemail(db, key)
    if (row === undefined) throw new Problem('not_found', `There is no voicemail ${key}.`)
    return row
  }

  app.get(
    '/v1/voicemails',
    {
      config: reads('voicemails'),
      schema: {
        tags,
        summary: 'List voicemails, newest first',
        querystring: z.strictObject({
          ...page,
          forward: id('forward').optional(),
          heard: z.enum(['true', 'false']).optional(),
        }),
        response: { 200: pageOf(Voicemail), ...problem },
      },
    },
    async (request) => {
      const { forward, heard, ...at } = request.query
      const filter = { forward, heard: heard === undefined ? undefined : heard === 'true' }
      return toPage(await listVoicemails(db, filter, at), show)
    },
  )

  app.get(
    '/v1/voicemails/:id',
    {
      config: reads('voicemails'),
      schema: { tags, summary: 'One voicemail', params, response: { 200: Voicemail, ...problem } },
    },
    async (request) => show(await find(request.params.id)),
  )

  app.patch(
    '/v1/voicemails/:id',
    {
      config: writes('voicemails'),
      schema: {
        tags,
        summary: 'Mark as heard, or not',
        params,
        body: ChangeVoicemail,
        response: { 200: Voicemail, ...problem },
      },
    },
    async (request) => {
      const row = await find(request.params.id)
      const { heard } = request.body
      // The first hearing is the one that counts.
      if (heard !== (row.heardAt !== null)) await setHeard(db, row.id, heard ? new Date(clock.wall()) : null)
      return show(await find(row.id))
    },
  )

  app.delete(
    '/v1/voicemails/:id',
    {
      config: writes('voicemails'),
      schema: {
        tags,
        summary: 'Delete a voicemail with its recording and links',
        params,
        response: { 204: z.null(), ...problem },
      },
    },
    async (request, reply) => {
      const row = await find(request.params.id)
      if (row.state === 'open')
        throw new Problem('in_use', `${row.id} is still being recorded; hang up ${row.callId} first.`)
      await deleteRecording(db, row.recordingId)
      try {
        await rm(join(dataFolder, row.recording.path), { force: true })
      } catch (error) {
        // Nothing leads to the file any more; only the disk knows it.
        log.error({ err: error, path: row.recording.path }, 'the file of a deleted recording could not be removed')
      }
      return reply.code(204).send(null)
    },
  )
}
