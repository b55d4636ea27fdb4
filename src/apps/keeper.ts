import type { ActionError, ActionResult, StartedAction } from '../phone/action.ts'
import type { Recording } from '../phone/call.ts'
import type { CallId, RecordingId } from '../phone/id.ts'

/** Where actions and their recordings are kept. */
export interface ActionKeeper {
  /** Written before the action runs. */
  begin(action: StartedAction): Promise<void>
  end(action: StartedAction, outcome: ActionOutcome): Promise<void>
  beginRecording(call: CallId): Promise<{ readonly id: RecordingId; readonly path: string }>
  endRecording(recording: Recording): Promise<void>
  /** Of a call that ended before a sample was written. */
  discardRecording(id: RecordingId): Promise<void>
}

export type ActionOutcome =
  | { readonly state: 'done'; readonly result: ActionResult }
  /** `result`: what there was of it before it failed. */
  | { readonly state: 'failed'; readonly error: ActionError; readonly result?: ActionResult }
