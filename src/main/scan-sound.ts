import { soundOf } from '../media/index.ts'
import type { SoundPiece } from '../phone/listen.ts'
import { getRecording } from '../store/recordings.ts'
import type { ScanHearingRow } from '../store/scans.ts'
import { recordingPath, type Store } from '../store/store.ts'

/** What a hearing sounded like, from the recording of its call. @throws Error where that is gone or cannot be read */
export async function* soundOfHearing(
  { db, dataFolder }: Pick<Store, 'db' | 'dataFolder'>,
  { recordingId, fromMs, toMs }: Pick<ScanHearingRow, 'recordingId' | 'fromMs' | 'toMs'>,
  mostMs: number,
): AsyncGenerator<SoundPiece> {
  const recording = recordingId === null ? undefined : await getRecording(db, recordingId)
  if (recording === undefined) throw new Error('its recording was deleted')
  if (recording.state === 'lost') throw new Error('its recording was lost')
  yield* soundOf(recordingPath(dataFolder, recording.path), { fromMs, toMs: Math.min(toMs, fromMs + mostMs) })
}
