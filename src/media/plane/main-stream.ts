import { deferred } from '../../base/deferred.ts'
import type { Logger } from '../../base/log.ts'
import {
  type ListenRun,
  type ListenStart,
  MediaError,
  type MediaStream,
  type MonitorRun,
  type MonitorStart,
  type PlayItem,
  type Playing,
  type PlayOver,
  type RecordingRun,
  type RecordStart,
  type RemoteMedia,
  type StreamEvent,
  type StreamStats,
} from '../plane.ts'
import type { FileThread } from './file-thread.ts'
import { isDigits } from './key-sender.ts'
import type { ListenThread } from './listen-thread.ts'
import { Listens } from './listens.ts'
import { Plays } from './plays.ts'
import type { MediaCommand, MediaReport } from './protocol.ts'
import {
  badRecord,
  channelsOf,
  checkSeconds,
  MAX_RECORD_SECONDS,
  monitored,
  Recordings,
  recordTrouble,
} from './recordings.ts'
import { checkRemote } from './remote.ts'
import type { Thread } from './thread.ts'

export type MediaThread = Thread<MediaCommand, MediaReport>

const noStats: StreamStats = {
  codec: undefined,
  remote: undefined,
  packetsReceived: 0,
  bytesReceived: 0,
  packetsSent: 0,
  bytesSent: 0,
  lost: 0,
  late: 0,
  strangers: 0,
  invalid: 0,
  unauthentic: 0,
  jitterMs: 0,
  roundTripMs: undefined,
  lostByRemote: undefined,
}

/** The main thread's side of a stream: turns words into commands and reports into settled promises. */
export class MainStream implements MediaStream {
  readonly id: number
  readonly localPort: number
  readonly thread: MediaThread
  onEvent: (event: StreamEvent) => void = () => {}
  readonly #bind: string
  readonly #log: Logger
  readonly #gone: (stream: MainStream) => void
  #next = 0
  #open = true
  #closing: Promise<StreamStats> | undefined
  readonly #plays: Plays
  /** What is heard over the others; its numbers go below zero between the threads. */
  readonly #over: Plays
  readonly #recordings: Recordings
  readonly #listens: Listens
  readonly #sends = new Map<number, () => void>()

  constructor(
    id: number,
    o: { localPort: number; bind: string; thread: MediaThread; files: FileThread; ears: ListenThread; log: Logger },
    gone: (stream: MainStream) => void,
  ) {
    this.id = id
    this.localPort = o.localPort
    this.thread = o.thread
    this.#bind = o.bind
    this.#log = o.log
    this.#gone = gone
    this.#plays = new Plays(o.files, {
      start: (play, clips, times) => this.#post({ kind: 'play', stream: id, play, clips, times }),
      stop: (play) => this.#post({ kind: 'stopPlay', stream: id, play }),
      failed: (error) => o.log.warn({ stream: id, reason: error.message }, 'A prompt cannot be played'),
    })
    this.#listens = new Listens(o.ears)
    this.#over = new Plays(o.files, {
      start: (play, clips, times, mix) => this.#post({ kind: 'play', stream: id, play: -play, clips, times, mix }),
      stop: (play) => this.#post({ kind: 'stopPlay', stream: id, play: -play }),
      failed: (error) => o.log.warn({ stream: id, reason: error.message }, 'A prompt cannot be played'),
    })
    this.#recordings = new Recordings(o.files, recordTrouble(o.log, { stream: id }))
  }

  get open(): boolean {
    return this.#open
  }

  connect(remote: RemoteMedia): void {
    const checked = checkRemote(remote, this.#bind)
    this.#post({ kind: 'connect', stream: this.id, remote: checked })
  }

  play(items: readonly PlayItem[], o: { readonly times?: number } = {}): Playing {
    return this.#plays.start(items, o.times ?? 1)
  }

  playOver(items: readonly PlayItem[], { times = 1, mix = false }: PlayOver = {}): Playing {
    return this.#over.start(items, times, mix)
  }

  record(o: RecordStart): RecordingRun {
    checkRecord(o)
    const { path, maxSeconds, silenceSeconds, stopOn } = o
    const limits = { maxSeconds, silenceSeconds, stopOn }
    return this.#recordings.start(path, 1, {
      start: (record, memory) => this.#post({ kind: 'record', stream: this.id, record, memory, limits }),
      stop: (record) => this.#post({ kind: 'stopRecord', stream: this.id, record }),
    })
  }

  monitor({ path, channels: kind, maxSeconds = MAX_RECORD_SECONDS }: MonitorStart): MonitorRun {
    checkSeconds(maxSeconds)
    const channels = channelsOf(kind)
    const run = this.#recordings.start(path, channels, {
      start: (record, memory) => this.#post({ kind: 'monitor', stream: this.id, record, memory, channels, maxSeconds }),
      stop: (record) => this.#post({ kind: 'stopRecord', stream: this.id, record }),
    })
    return monitored(run)
  }

  listen(o: ListenStart): ListenRun {
    return this.#listens.start(o, {
      start: (listen, memory) => this.#post({ kind: 'listen', stream: this.id, listen, memory }),
      stop: (listen) => this.#post({ kind: 'stopListen', stream: this.id, listen }),
    })
  }

  bridge(other: MediaStream): void {
    if (!(other instanceof MainStream) || other.thread !== this.thread) {
      throw new MediaError('not-near', 'the two streams live in different threads; open the second one with `near`')
    }
    this.#post({ kind: 'bridge', stream: this.id, other: other.id })
  }

  unbridge(): void {
    this.#post({ kind: 'unbridge', stream: this.id })
  }

  send(digits: string): Promise<void> {
    if (!isDigits(digits)) {
      return Promise.reject(
        new MediaError('bad-digits', `digits: only 0-9, A-D, *, # and w, not ${JSON.stringify(digits)}`),
      )
    }
    if (!this.#open) return Promise.resolve()
    const sent = deferred<void>()
    const send = ++this.#next
    this.#sends.set(send, () => {
      this.#sends.delete(send)
      sent.resolve()
    })
    this.#post({ kind: 'send', stream: this.id, send, digits })
    return sent.promise
  }

  detectInband(on: boolean): void {
    this.#post({ kind: 'detectInband', stream: this.id, on })
  }

  digit(key: string): void {
    if (!isDigits(key) || key.length !== 1) {
      throw new MediaError('bad-digits', `key: one of 0-9, A-D, *, #, not ${JSON.stringify(key)}`)
    }
    this.#post({ kind: 'digit', stream: this.id, key })
  }

  async stats(): Promise<StreamStats> {
    if (!this.#open) return this.#closing ?? noStats
    return statsOf(this.thread.ask((ask) => ({ kind: 'stats', ask, stream: this.id })))
  }

  close(): Promise<StreamStats> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<StreamStats> {
    if (!this.#open) return noStats
    const stats = statsOf(this.thread.ask((ask) => ({ kind: 'close', ask, stream: this.id })))
    this.#open = false
    const last = await stats
    this.#settle()
    this.#gone(this)
    return last
  }

  /** Resolves when no recording of this stream is being written any more. */
  written(): Promise<void> {
    return this.#recordings.written()
  }

  /** A report of the thread about this stream. */
  heard(report: MediaReport): void {
    switch (report.kind) {
      case 'event':
        if (this.#open) this.#raise(report.event)
        return
      case 'played':
        if (report.play < 0) this.#over.ended(-report.play, report.end)
        else this.#plays.ended(report.play, report.end)
        return
      case 'recorded':
        this.#recordings.ended(report.record, report)
        return
      case 'sent':
        this.#sends.get(report.send)?.()
        return
      default:
        return
    }
  }

  crashed(reason: string): void {
    if (!this.#open) return
    this.#open = false
    this.#settle()
    this.#gone(this)
    this.#raise({ kind: 'closed', reason })
  }

  #raise(event: StreamEvent): void {
    try {
      this.onEvent(event)
    } catch (error) {
      // One call's handler must not take the reports of all others with it.
      this.#log.error(
        { stream: this.id, event: event.kind, error: String(error) },
        'The handler of a media event failed',
      )
    }
  }

  #settle(): void {
    this.#plays.close()
    this.#over.close()
    this.#recordings.close()
    this.#listens.close()
    for (const sent of [...this.#sends.values()]) sent()
  }

  #post(command: MediaCommand): void {
    if (this.#open) this.thread.post(command)
  }
}

/** A thread that ended while it was asked leaves no figures; its streams hear of that end by their own event. */
async function statsOf(answer: Promise<{ kind: string }>): Promise<StreamStats> {
  try {
    const report = (await answer) as MediaReport
    return report.kind === 'stats' ? report.stats : noStats
  } catch (error) {
    if (error instanceof MediaError) return noStats
    throw error
  }
}

function checkRecord(o: RecordStart): void {
  checkSeconds(o.maxSeconds)
  if (!(o.silenceSeconds >= 0)) throw badRecord(`silenceSeconds: ${o.silenceSeconds} is not 0 or more`)
  if (!isDigits(o.stopOn)) throw badRecord(`stopOn: only 0-9, A-D, *, #, not ${JSON.stringify(o.stopOn)}`)
}
