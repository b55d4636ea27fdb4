import type { Bus } from '../base/bus.ts'
import type { ServiceEvent } from '../phone/event.ts'
import type { RecordingId } from '../phone/id.ts'
import { finishRecording, type RecordingResult } from '../store/recordings.ts'
import type { Store } from '../store/store.ts'

/** Writes the end of a recording down and tells it, once however often it is called. */
export async function finishAndTell(
  { store, bus }: { readonly store: Pick<Store, 'db'>; readonly bus: Bus<ServiceEvent> },
  recording: string,
  result: RecordingResult,
): Promise<void> {
  if (await finishRecording(store.db, recording, result)) tellFinished(bus, recording, result.finishedAt)
}

export function tellFinished(bus: Bus<ServiceEvent>, recording: string, at: Date): void {
  bus.publish({ type: 'recording.finished', at: at.getTime(), recording: recording as RecordingId })
}
