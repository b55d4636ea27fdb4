import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { RecordingShelf } from '../apps/document/ports.ts'
import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { ServiceEvent } from '../phone/event.ts'
import { newId } from '../phone/id.ts'
import { insertLink, linkToken } from '../store/links.ts'
import { deleteRecording, getRecording, insertRecording } from '../store/recordings.ts'
import { mp3Path, recordingPath, type Store } from '../store/store.ts'
import { finishAndTell } from './finish-recording.ts'
import type { Mp3Files } from './mp3-files.ts'

export interface DocumentRecordingsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly bus: Bus<ServiceEvent>
  /** Base of links, without a slash at its end. */
  readonly publicUrl: () => string
  readonly linkDays: number
  readonly mp3s: Mp3Files
}

/** Recordings of documents, in the store and the data folder; each is given away by a link of its own. */
export function documentRecordings(options: DocumentRecordingsOptions): RecordingShelf {
  const { store, clock, publicUrl, linkDays, mp3s } = options
  return {
    async begin({ call, room }, format) {
      const wall = clock.wall()
      const createdAt = new Date(wall)
      const recording = newId('recording', wall)
      const relative = `recordings/${recording}.wav`
      const path = recordingPath(store.dataFolder, relative)
      await mkdir(dirname(path), { recursive: true })
      await insertRecording(store.db, {
        id: recording,
        callId: call ?? null,
        path: relative,
        createdAt,
        format,
        ...(room === undefined ? {} : { room }),
      })
      const link = await insertLink(store.db, {
        id: newId('link', wall),
        recordingId: recording,
        createdAt,
        expiresAt: new Date(wall + linkDays * 86_400_000),
      })
      return { recording, path, url: `${publicUrl()}/r/${linkToken(store.keys, link)}/recording.${format}` }
    },
    async finish({ id, ms, speechMs, end }) {
      const finishedAt = new Date(clock.wall())
      await finishAndTell(options, id, { state: 'kept', ms, speechMs, endedBy: end, finishedAt })
      const row = await getRecording(store.db, id)
      if (row?.format === 'mp3') mp3s.begin(row)
    },
    async discard(recording) {
      const row = await deleteRecording(store.db, recording)
      if (row === undefined) return
      const wav = recordingPath(store.dataFolder, row.path)
      for (const path of [wav, mp3Path(wav)]) await rm(path, { force: true })
    },
  }
}
