import { z } from 'zod'
import { partyParam } from '../../../apps/document/params.ts'
import { Problem } from '../../../phone/problem.ts'
import { type CallRow, getCall } from '../../../store/calls.ts'
import { getRecording, listRecordings, type RecordingRow } from '../../../store/recordings.ts'
import type { Api, ApiOptions } from '../../options.ts'
import { recordingUrl } from '../../recording-url.ts'
import { apiId, base, open, uriOf } from './door.ts'
import { listOf, paging } from './lists.ts'
import type { DocumentDesk } from './ports.ts'
import { boundsOf, timeBounds, timeOf } from './times.ts'

const query = z.object({
  ...paging,
  ...timeBounds('add_time'),
  subaccount: z.string().optional(),
  call_uuid: z.string().max(64).optional(),
})
const params = z.object({ auth_id: z.string(), recording_id: z.string() })

export function registerRecordings(app: Api, { store, clock, publicUrl }: ApiOptions, desk: DocumentDesk): void {
  const { db, keys } = store

  async function find(id: string): Promise<RecordingRow> {
    const row = await getRecording(db, id)
    if (row?.state !== 'kept') throw new Problem('not_found', `there is no recording ${id}`)
    return row
  }

  async function show(row: RecordingRow, uri: string) {
    const call = row.callId === null ? undefined : await getCall(db, row.callId)
    const started = row.createdAt.getTime()
    return {
      recording_id: row.id,
      recording_type: row.room === null ? 'normal' : 'conference',
      recording_format: row.format,
      recording_url: `${recordingUrl(keys, publicUrl(), row.id, clock.wall())}&format=${row.format}`,
      recording_duration_ms: decimal(row.ms),
      recording_start_ms: decimal(started),
      recording_end_ms: decimal(started + row.ms),
      rounded_recording_duration: Math.ceil(row.ms / 60_000) * 60,
      add_time: timeOf(row.finishedAt ?? row.createdAt),
      call_uuid: row.callId,
      conference_name: row.room,
      ...parties(call),
      resource_uri: uri,
    }
  }

  app.get(`${base}/Recording/`, { ...open, schema: { ...open.schema, querystring: query } }, async (request) => {
    const bounds = boundsOf('add_time', request.query)
    const { rows, total } = await listRecordings(db, { call: request.query.call_uuid, ...bounds }, request.query)
    const shown = await Promise.all(rows.map((row) => show(row, uriOf(request, `Recording/${row.id}/`))))
    return listOf(uriOf(request, 'Recording/'), request.query, total, shown, request.url)
  })

  app.get(`${base}/Recording/:recording_id/`, { ...open, schema: { ...open.schema, params } }, async (request) => {
    const row = await find(request.params.recording_id)
    return { api_id: apiId(), ...(await show(row, uriOf(request, `Recording/${row.id}/`))) }
  })

  app.delete(
    `${base}/Recording/:recording_id/`,
    { ...open, schema: { ...open.schema, params } },
    async (request, reply) => {
      const { id } = await find(request.params.recording_id)
      await desk.deleteRecording(id as Parameters<typeof desk.deleteRecording>[0])
      return reply.code(204).send()
    },
  )
}

/** As text with five decimals, which is how programs of the dialect read it. */
const decimal = (ms: number): string => ms.toFixed(5)

const parties = (call: CallRow | undefined) => ({
  from_number: call === undefined ? null : partyParam(call.from),
  to_number: call === undefined ? null : partyParam(call.to),
})
