import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { RecordingShelf } from '../apps/document/ports.ts'
import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { ServiceEvent } from '../phone/event.ts'
import { newId } from '../phone/id.ts'
import { insertLink, linkToken } from '../store/links.ts'
import { deleteRecording, insertRecording } from '../store/recordings.ts'
import { recordingPath, type Store } from '../store/store.ts'
import { finishAndTell } from './finish-recording.ts'

export interface DocumentRecordingsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly bus: Bus<ServiceEvent>
  /** Base of links, without a slash at its end. */
  readonly publicUrl: () => string
  readonly linkDays: number
}

/** Recordings of documents, in the store and the data folder; each is given away by a link of its own. */
export function documentRecordings(options: DocumentRecordingsOptions): RecordingShelf {
  const { store, clock, publicUrl, linkDays } = options
  return {
    async begin(call, format) {
      const wall = clock.wall()
      const createdAt = new Date(wall)
      const recording = newId('recording', wall)
      const relative = `recordings/${recording}.wav`
      const path = recordingPath(store.dataFolder, relative)
      await mkdir(dirname(path), { recursive: true })
      await insertRecording(store.db, { id: recording, callId: call.id, path: relative, createdAt, format })
      const link = await insertLink(store.db, {
        id: newId('link', wall),
        recordingId: recording,
        createdAt,
        expiresAt: new Date(wall + linkDays * 86_400_000),
      })
      return { recording, path, url: `${publicUrl()}/r/${linkToken(store.keys, link)}` }
    },
    async finish({ id, ms, speechMs, end }) {
      const finishedAt = new Date(clock.wall())
      await finishAndTell(options, id, { state: 'kept', ms, speechMs, endedBy: end, finishedAt })
    },
    async discard(recording) {
      const row = await deleteRecording(store.db, recording)
      if (row !== undefined) await rm(recordingPath(store.dataFolder, row.path), { force: true })
    },
  }
}
