import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ActionKeeper, ActionOutcome } from '../apps/keeper.ts'
import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { StartedAction } from '../phone/action.ts'
import type { Recording } from '../phone/call.ts'
import type { ServiceEvent } from '../phone/event.ts'
import { type CallId, newId, type RecordingId } from '../phone/id.ts'
import { finishAction, insertAction } from '../store/actions.ts'
import { deleteRecording, insertRecording } from '../store/recordings.ts'
import { recordingPath, type Store } from '../store/store.ts'
import { finishAndTell } from './finish-recording.ts'

export interface StoreActionsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly bus: Bus<ServiceEvent>
  /** Resolves when the row of the call is in the store. */
  readonly written: (call: CallId) => Promise<void>
}

/** Actions and their recordings in the store and the data folder. */
export class StoreActions implements ActionKeeper {
  readonly #options: StoreActionsOptions

  constructor(options: StoreActionsOptions) {
    this.#options = options
  }

  async begin({ id, call, block, startedAt }: StartedAction): Promise<void> {
    const { store, written } = this.#options
    await written(call)
    await insertAction(store.db, { id, callId: call, block, startedAt: new Date(startedAt) })
    this.#tell(call, id)
  }

  async end({ id, call }: StartedAction, outcome: ActionOutcome): Promise<void> {
    const { store, clock } = this.#options
    const { result = null } = outcome
    const error = outcome.state === 'failed' ? outcome.error : null
    await finishAction(store.db, id, { state: outcome.state, result, error, endedAt: new Date(clock.wall()) })
    this.#tell(call, id)
  }

  async beginRecording(call: CallId): Promise<{ readonly id: RecordingId; readonly path: string }> {
    const { store, clock } = this.#options
    const wall = clock.wall()
    const id = newId('recording', wall)
    const relative = `recordings/${id}.wav`
    const path = recordingPath(store.dataFolder, relative)
    await mkdir(dirname(path), { recursive: true })
    await insertRecording(store.db, { id, callId: call, path: relative, createdAt: new Date(wall) })
    return { id, path }
  }

  async endRecording({ id, ms, speechMs, end }: Recording): Promise<void> {
    const finishedAt = new Date(this.#options.clock.wall())
    await finishAndTell(this.#options, id, { state: 'kept', ms, speechMs, endedBy: end, finishedAt })
  }

  async discardRecording(id: RecordingId): Promise<void> {
    const { store } = this.#options
    const row = await deleteRecording(store.db, id)
    if (row !== undefined) await rm(recordingPath(store.dataFolder, row.path), { force: true })
  }

  #tell(call: CallId, action: StartedAction['id']): void {
    const { bus, clock } = this.#options
    bus.publish({ type: 'call.action', at: clock.wall(), call, action })
  }
}
