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
import { SharedFrames } from './link.ts'
import { MainStream, type MediaThread } from './main-stream.ts'
import { Plays } from './plays.ts'
import type { MediaCommand, MediaReport } from './protocol.ts'
import { checkSeconds, MAX_RECORD_SECONDS, monitored, Recordings, recordTrouble } from './recordings.ts'

/**
 * The main thread's side of a room. It mixes in its own thread; for members of another thread there is a branch of it in that one,
 * linked with it: the star keeps the way between any two branches at two links.
 */
export class MainRoom implements MediaRoom {
  readonly id: number
  readonly thread: MediaThread
  onEvent: (event: RoomEvent) => void = () => {}
  readonly #log: Logger
  readonly #gone: () => void
  readonly #members = new Map<number, MainStream>()
  /** Links by the thread of their branch. */
  readonly #branches = new Map<MediaThread, number>()
  #nextLink = 0
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
    if (!(stream instanceof MainStream)) throw new MediaError('not-near', 'the stream is none of this plane')
    if (!this.#open || !stream.open) return
    this.#members.set(stream.id, stream)
    this.#branch(stream.thread)
    this.#postTo(stream.thread, { kind: 'join', room: this.id, stream: stream.id, muted, deaf })
  }

  leave(stream: MediaStream): void {
    const member = this.#members.get(stream.id)
    if (member === undefined) return
    this.#members.delete(stream.id)
    this.#postTo(member.thread, { kind: 'leave', room: this.id, stream: stream.id })
    this.#prune(member.thread)
  }

  set(stream: MediaStream, { muted, deaf }: RoomRights): void {
    const member = this.#members.get(stream.id)
    if (member) this.#postTo(member.thread, { kind: 'set', room: this.id, stream: stream.id, muted, deaf })
  }

  /** The part of the room that is in this thread. */
  #branch(thread: MediaThread): void {
    if (thread === this.thread || this.#branches.has(thread)) return
    const link = ++this.#nextLink
    const [inward, outward] = [new SharedFrames().memory, new SharedFrames().memory]
    this.#branches.set(thread, link)
    this.#postTo(thread, { kind: 'openRoom', room: this.id })
    this.#postTo(thread, { kind: 'link', room: this.id, link, inward, outward })
    this.#post({ kind: 'link', room: this.id, link, inward: outward, outward: inward })
  }

  /** A branch without members is closed. */
  #prune(thread: MediaThread): void {
    const link = this.#branches.get(thread)
    if (link === undefined || [...this.#members.values()].some((member) => member.thread === thread)) return
    this.#branches.delete(thread)
    this.#post({ kind: 'unlink', room: this.id, link })
    void this.#closeIn(thread)
  }

  async #closeIn(thread: MediaThread): Promise<void> {
    await thread
      .ask((ask) => ({ kind: 'closeRoom', ask, room: this.id }))
      .catch((error: unknown) => {
        // A thread that ended meanwhile took its part of the room with it.
        if (!(error instanceof MediaError)) throw error
      })
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
    this.#open = false
    await Promise.all([this.thread, ...this.#branches.keys()].map((thread) => this.#closeIn(thread)))
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
        if (kind === 'left') {
          this.#members.delete(id)
          this.#prune(stream.thread)
        }
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

  /** A thread is gone: the room with its own, its members there with another. */
  crashed(thread: MediaThread, reason: string): void {
    if (!this.#open) return
    if (thread !== this.thread) {
      const lost = [...this.#members.values()].filter((member) => member.thread === thread)
      for (const member of lost) this.#members.delete(member.id)
      this.#prune(thread)
      for (const stream of lost) this.#raise({ kind: 'left', stream })
      return
    }
    this.#open = false
    for (const branch of this.#branches.keys()) void this.#closeIn(branch)
    this.#settle()
    this.#raise({ kind: 'closed', reason })
  }

  #settle(): void {
    this.#members.clear()
    this.#branches.clear()
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
    this.#postTo(this.thread, command)
  }

  #postTo(thread: MediaThread, command: MediaCommand): void {
    if (this.#open) thread.post(command)
  }
}
