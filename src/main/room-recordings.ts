import type { RecordingShelf, RoomRecording } from '../apps/document/ports.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Recording } from '../phone/call.ts'
import type { Monitor } from '../phone/monitor.ts'
import type { Room } from '../phone/room.ts'

/** Recordings of conferences that documents or their REST interface asked for: one at a time per conference. */
export class RoomRecordings {
  readonly #shelf: RecordingShelf
  readonly #clock: Pick<Clock, 'wall'>
  readonly #log: Logger
  /** By the id of the room; undefined while it begins. */
  readonly #running = new Map<Room['id'], Monitor | undefined>()

  constructor(shelf: RecordingShelf, clock: Pick<Clock, 'wall'>, log: Logger) {
    this.#shelf = shelf
    this.#clock = clock
    this.#log = log
  }

  async start(
    room: Pick<Room, 'id' | 'name' | 'record'>,
    format: 'mp3' | 'wav',
    maxSeconds?: number,
  ): Promise<RoomRecording | undefined> {
    if (this.#running.has(room.id)) return undefined
    this.#running.set(room.id, undefined)
    try {
      const begun = await this.#shelf.begin({ room: room.name }, format)
      const startedAt = this.#clock.wall()
      const { recording: id, path } = begun
      try {
        const monitor = await room.record({ id, path, ...(maxSeconds === undefined ? {} : { maxSeconds }) })
        this.#running.set(room.id, monitor)
        const done = monitor.done.then((kept) => this.#finish(kept, room)).finally(() => this.#running.delete(room.id))
        // Whoever does not wait has it in the log: that of the media plane, or of its end below.
        done.catch(() => {})
        return { ...begun, startedAt, done }
      } catch (error) {
        await this.#shelf.discard(id)
        throw error
      }
    } catch (error) {
      this.#running.delete(room.id)
      throw error
    }
  }

  async #finish(kept: Recording, { name }: Pick<Room, 'name'>): Promise<Recording> {
    try {
      await this.#shelf.finish(kept)
    } catch (err) {
      this.#log.error({ room: name, recording: kept.id, err }, 'the end of a recording could not be written down')
      throw err
    }
    return kept
  }

  stop(room: Room): void {
    this.#running.get(room.id)?.stop()
  }
}
