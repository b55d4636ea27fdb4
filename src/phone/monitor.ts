import type { Recording } from './call.ts'
import type { RecordingId } from './id.ts'

/** A recording of the whole conversation, both sides, from the moment it is asked for. */
export interface MonitorOptions {
  /** Where the WAV is written; the folder exists. Valid at every moment. */
  readonly path: string
  readonly id: RecordingId
  /** `stereo`: the far end on the left, what it hears on the right. `mono`: both mixed. */
  readonly channels: 'mono' | 'stereo'
  /** 1–7200; 7200 unless given. */
  readonly maxSeconds?: number
}

/** Runs beside the blocks of a call, through dial, transfer and rooms, to the end of the call unless stopped. */
export interface Monitor {
  readonly id: RecordingId
  /** Resolves also when the call ends (`end: 'hangup'`). Rejects when the file cannot be written. */
  readonly done: Promise<Recording>
  stop(): void
}
