import type { Logger } from '../../base/log.ts'
import {
  MediaError,
  type MediaRoom,
  type MediaStream,
  type MonitorRun,
  type PlayItem,
  type Playing,
  type RoomEvent,
  type RoomRecordStart,
  type RoomRights,
} from '../plane.ts'
import type { FileThread } from './file-thread.ts'
import { MainStream, type MediaThread } from './main-stream.ts'
import { Plays } from './plays.ts'
import type { MediaCommand, MediaReport } from './protocol.ts'
import { checkSeconds, MAX_RECORD_SECONDS, monitored, Recordings, recordTrouble } from './recordings.ts'

/** The main thread's side of a room. */
export class MainRoom implements MediaRoom {
  readonly id: number
  readonly thread: MediaThread
  onEvent: (event: RoomEvent) => void = () => {}
  readonly #log: Logger
  readonly #gone: () => void
  readonly #members = new Map<number, MediaStream>()
  readonly #plays: Plays
  readonly #recordings: Recordings
  #open = true
  #closing: Promise<void> | undefined

  constructor(id: number, o: { thread: MediaThread; files: FileThread; log: Logger }, gone: () => void) {
    this.id = id
    this.thread = o.thread
    this.#log = o.log
    this.#gone = gone
    this.#plays = new Plays(o.files, {
      start: (play, clips, times) => this.#post({ kind: 'roomPlay', room: id, play, clips, times }),
      stop: (play) => this.#post({ kind: 'roomStopPlay', room: id, play }),
      failed: (error) => o.log.warn({ room: id, reason: error.message }, 'A prompt cannot be played in a room'),
    })
    this.#recordings = new Recordings(o.files, recordTrouble(o.log, { room: id }))
    this.#post({ kind: 'openRoom', room: id })
  }

  get members(): readonly MediaStream[] {
    return [...this.#members.values()]
  }

  join(stream: MediaStream, { muted = false, deaf = false }: RoomRights = {}): void {
    if (!(stream instanceof MainStream) || stream.thread !== this.thread) {
      throw new MediaError('not-near', 'the stream lives in another thread than the room; open one `near` the other')
    }
    if (!this.#open || !stream.open) return
    this.#members.set(stream.id, stream)
    this.#post({ kind: 'join', room: this.id, stream: stream.id, muted, deaf })
  }

  leave(stream: MediaStream): void {
    if (this.#members.delete(stream.id)) this.#post({ kind: 'leave', room: this.id, stream: stream.id })
  }

  set(stream: MediaStream, { muted, deaf }: RoomRights): void {
    if (this.#members.has(stream.id)) this.#post({ kind: 'set', room: this.id, stream: stream.id, muted, deaf })
  }

  play(items: readonly PlayItem[], o: { readonly times?: number } = {}): Playing {
    return this.#plays.start(items, o.times ?? 1)
  }

  record({ path, maxSeconds = MAX_RECORD_SECONDS }: RoomRecordStart): MonitorRun {
    checkSeconds(maxSeconds)
    const run = this.#recordings.start(path, 1, {
      start: (record, memory) => this.#post({ kind: 'roomRecord', room: this.id, record, memory, maxSeconds }),
      stop: (record) => this.#post({ kind: 'roomStopRecord', room: this.id, record }),
    })
    return monitored(run)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    if (!this.#open) return
    const closed = this.thread.ask((ask) => ({ kind: 'closeRoom', ask, room: this.id }))
    this.#open = false
    await closed.catch((error: unknown) => {
      // A thread that ended meanwhile took the room with it.
      if (!(error instanceof MediaError)) throw error
    })
    this.#settle()
  }

  /** Resolves when no recording of this room is being written any more. */
  written(): Promise<void> {
    return this.#recordings.written()
  }

  /** A report of the thread about this room. */
  heard(report: MediaReport): void {
    switch (report.kind) {
      case 'roomEvent': {
        const { kind, stream: id } = report.event
        const stream = this.#members.get(id)
        if (!stream) return
        if (kind === 'left') this.#members.delete(id)
        this.#raise({ kind, stream })
        return
      }
      case 'roomPlayed':
        this.#plays.ended(report.play, report.end)
        return
      case 'roomRecorded':
        this.#recordings.ended(report.record, report)
        return
      default:
        return
    }
  }

  crashed(reason: string): void {
    if (!this.#open) return
    this.#open = false
    this.#settle()
    this.#raise({ kind: 'closed', reason })
  }

  #settle(): void {
    this.#members.clear()
    this.#plays.close()
    this.#recordings.close()
    this.#gone()
  }

  #raise(event: RoomEvent): void {
    try {
      this.onEvent(event)
    } catch (error) {
      // One room's handler must not take the reports of all others with it.
      this.#log.error({ room: this.id, event: event.kind, error: String(error) }, 'The handler of a room event failed')
    }
  }

  #post(command: MediaCommand): void {
    if (this.#open) this.thread.post(command)
  }
}
