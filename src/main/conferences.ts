import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ConferenceDesk } from '../api/ports.ts'
import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Engine } from '../phone/engine.ts'
import type { ServiceEvent } from '../phone/event.ts'
import { newId, type RecordingId } from '../phone/id.ts'
import type { Monitor } from '../phone/monitor.ts'
import type { Room, RoomEvent } from '../phone/room.ts'
import { deleteRecording, insertRecording } from '../store/recordings.ts'
import { recordingPath, type Store } from '../store/store.ts'
import { finishAndTell } from './finish-recording.ts'

interface Options {
  readonly engine: Pick<Engine, 'rooms' | 'room'>
  readonly store: Store
  readonly clock: Clock
  readonly bus: Bus<ServiceEvent>
  readonly log: Logger
}

interface Running {
  readonly monitor: Monitor
  /** Resolves when it is in the store. */
  readonly kept: Promise<void>
}

/** Conferences as the API asks for them; their recordings are in the store under the name of the room. */
export class Conferences implements ConferenceDesk {
  readonly #options: Options
  readonly #running = new Map<RecordingId, Running>()

  constructor(options: Options) {
    this.#options = options
  }

  all(): readonly Room[] {
    return this.#options.engine.rooms()
  }

  find(key: string): Room | undefined {
    return this.#options.engine.room(key) ?? this.all().find(({ id }) => id === key)
  }

  async record(room: Room, maxSeconds: number | undefined): Promise<RecordingId> {
    const { store, clock, log } = this.#options
    const wall = clock.wall()
    const id = newId('recording', wall)
    const relative = `recordings/${id}.wav`
    const path = recordingPath(store.dataFolder, relative)
    await mkdir(dirname(path), { recursive: true })
    await insertRecording(store.db, { id, callId: null, room: room.name, path: relative, createdAt: new Date(wall) })
    const options = { id, path, ...(maxSeconds === undefined ? {} : { maxSeconds }) }
    const monitor = await room.record(options).catch(async (error: unknown) => {
      await deleteRecording(store.db, id)
      await rm(path, { force: true })
      throw error
    })
    const kept = this.#keep(monitor).catch((err: unknown) => {
      log.error({ err, recording: id, room: room.name }, 'the recording of a conference could not be kept')
    })
    this.#running.set(id, { monitor, kept })
    void kept.then(() => this.#running.delete(id))
    return id
  }

  async stopRecording(id: RecordingId): Promise<boolean> {
    const found = this.#running.get(id)
    if (found === undefined) return false
    found.monitor.stop()
    await found.kept
    return true
  }

  async #keep({ done }: Monitor): Promise<void> {
    const { id, ms, speechMs, end } = await done
    const finishedAt = new Date(this.#options.clock.wall())
    await finishAndTell(this.#options, id, { state: 'kept', ms, speechMs, endedBy: end, finishedAt })
  }
}

/** What happens in a room, as the service tells it. */
export function conferenceEvent({ id, name }: Room, { kind, ...news }: RoomEvent, at: number): ServiceEvent {
  return { type: `conference.${kind}`, at, conference: { id, name, ...news } }
}
