import { rm } from 'node:fs/promises'
import type { SessionRecordings } from '../apps/session/ports.ts'
import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { ServiceEvent } from '../phone/event.ts'
import { newId, type RecordingId } from '../phone/id.ts'
import { insertLink, linkToken } from '../store/links.ts'
import { deleteRecording, insertRecording } from '../store/recordings.ts'
import { recordingPath, type Store } from '../store/store.ts'
import { finishAndTell } from './finish-recording.ts'

export interface SessionRecordingsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly bus: Bus<ServiceEvent>
  /** Base of links, without a slash at its end. */
  readonly publicUrl: () => string
  readonly linkDays: number
}

/** Recordings of block sessions, in the store and the data folder; each is given away by a link of its own. */
export function sessionRecordings(options: SessionRecordingsOptions): SessionRecordings {
  const { store, clock } = options
  return {
    async begin(call) {
      const wall = clock.wall()
      const id = newId('recording', wall)
      const path = `recordings/${id}.wav`
      await insertRecording(store.db, { id, callId: call, path, createdAt: new Date(wall) })
      return { id, path: recordingPath(store.dataFolder, path) }
    },
    async finish({ id, ms, speechMs, end }) {
      const wall = clock.wall()
      await finishAndTell(options, id, { state: 'kept', ms, speechMs, endedBy: end, finishedAt: new Date(wall) })
      return givenAway(options, id)
    },
    async discard(id) {
      const row = await deleteRecording(store.db, id)
      if (row !== undefined) await rm(recordingPath(store.dataFolder, row.path), { force: true })
    },
  }
}

/** A new address of the recording that needs no token. */
export async function givenAway(
  { store, clock, publicUrl, linkDays }: Omit<SessionRecordingsOptions, 'bus'>,
  recordingId: RecordingId,
): Promise<string> {
  const wall = clock.wall()
  const link = await insertLink(store.db, {
    ...{ id: newId('link', wall), recordingId },
    createdAt: new Date(wall),
    expiresAt: new Date(wall + linkDays * 86_400_000),
  })
  return `${publicUrl()}/r/${linkToken(store.keys, link)}/recording.mp3`
}
