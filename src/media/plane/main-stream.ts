import { deferred } from '../../base/deferred.ts'
import type { Logger } from '../../base/log.ts'
import {
  MediaError,
  type MediaStream,
  type PlayItem,
  type Playing,
  type RecordedAudio,
  type RecordingRun,
  type RecordStart,
  type RemoteMedia,
  type StreamEvent,
  type StreamStats,
} from '../plane.ts'
import { SharedAudio } from '../recording/shared-audio.ts'
import { checkItems, clipOf } from './clips.ts'
import type { FileThread } from './file-thread.ts'
import { isDigits } from './key-sender.ts'
import type { MediaCommand, MediaReport } from './protocol.ts'
import { checkRemote } from './remote.ts'
import type { Thread } from './thread.ts'

export type MediaThread = Thread<MediaCommand, MediaReport>
type PlayEnd = 'finished' | 'stopped' | 'closed'
type Recorded = Extract<MediaReport, { kind: 'recorded' }>

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
  readonly #files: FileThread
  readonly #log: Logger
  readonly #gone: (stream: MainStream) => void
  #next = 0
  #open = true
  #closing: Promise<StreamStats> | undefined
  /** What is being loaded or played, by number. */
  readonly #plays = new Map<number, (end: PlayEnd) => void>()
  readonly #recordings = new Map<number, (end: Recorded) => void>()
  readonly #sends = new Map<number, () => void>()
  readonly #writing = new Set<Promise<unknown>>()

  constructor(
    id: number,
    o: { localPort: number; bind: string; thread: MediaThread; files: FileThread; log: Logger },
    gone: (stream: MainStream) => void,
  ) {
    this.id = id
    this.localPort = o.localPort
    this.thread = o.thread
    this.#bind = o.bind
    this.#files = o.files
    this.#log = o.log
    this.#gone = gone
  }

  connect(remote: RemoteMedia): void {
    const checked = checkRemote(remote, this.#bind)
    this.#post({ kind: 'connect', stream: this.id, remote: checked })
  }

  play(items: readonly PlayItem[], o: { readonly times?: number } = {}): Playing {
    const times = o.times ?? 1
    checkItems(items, times)
    const done = deferred<PlayEnd>()
    const play = ++this.#next
    const stop = (): void => this.#stopPlay(play)
    if (!this.#open) {
      done.resolve('closed')
      return { done: done.promise, stop }
    }
    for (const earlier of this.#plays.keys()) this.#stopPlay(earlier)
    this.#plays.set(play, (end) => {
      this.#plays.delete(play)
      this.#posted.delete(play)
      done.resolve(end)
    })
    Promise.all(items.map((item) => clipOf(item, this.#files))).then(
      (clips) => {
        if (!this.#plays.has(play)) return
        this.#posted.add(play)
        this.#post({ kind: 'play', stream: this.id, play, clips, times })
      },
      (error: unknown) => {
        if (!this.#plays.delete(play)) return
        this.#log.warn({ stream: this.id, reason: (error as Error).message }, 'A prompt cannot be played')
        done.reject(error)
      },
    )
    // Whoever does not wait for the end has the log line above.
    done.promise.catch(() => {})
    return { done: done.promise, stop }
  }

  readonly #posted = new Set<number>()

  #stopPlay(play: number): void {
    if (this.#posted.has(play)) this.#post({ kind: 'stopPlay', stream: this.id, play })
    else this.#plays.get(play)?.('stopped')
  }

  record(o: RecordStart): RecordingRun {
    checkRecord(o)
    const record = this.#files.newRecording()
    const ended = deferred<Recorded>()
    if (!this.#open) {
      return { done: Promise.resolve({ end: 'closed', ms: 0, speechMs: 0 }), stop: () => {} }
    }
    let posted = false
    this.#recordings.set(record, (end) => {
      this.#recordings.delete(record)
      ended.resolve(end)
    })
    const stop = (): void => {
      if (posted) this.#post({ kind: 'stopRecord', stream: this.id, record })
      else this.#endRecording(record, 'stopped')
    }
    const start = async (): Promise<RecordedAudio> => {
      const audio = new SharedAudio()
      try {
        await this.#files.openRecording(record, o.path, audio.memory)
      } catch (error) {
        this.#recordings.delete(record)
        throw error
      }
      if (this.#recordings.has(record)) {
        posted = true
        const { maxSeconds, silenceSeconds, stopOn } = o
        const limits = { maxSeconds, silenceSeconds, stopOn }
        this.#post({ kind: 'record', stream: this.id, record, memory: audio.memory, limits })
      }
      const { end, key, keyAt, dropped } = await ended.promise
      if (dropped > 0) {
        this.#log.warn(
          { stream: this.id, ms: dropped * 20 },
          'The disk was too slow for a recording; this much is missing',
        )
      }
      const { ms, speechMs } = await this.#files.finishRecording(record, key, keyAt)
      return { end, ms, speechMs, ...(key === undefined ? {} : { key }) }
    }
    const done = start()
    this.#writing.add(done)
    done.then(
      () => this.#writing.delete(done),
      (error: unknown) => {
        this.#writing.delete(done)
        this.#log.error({ stream: this.id, reason: (error as Error).message }, 'A recording failed')
      },
    )
    return { done, stop }
  }

  #endRecording(record: number, end: 'stopped' | 'closed'): void {
    this.#recordings.get(record)?.({ kind: 'recorded', stream: this.id, record, end, dropped: 0 })
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
  async written(): Promise<void> {
    await Promise.allSettled([...this.#writing])
  }

  /** A report of the thread about this stream. */
  heard(report: MediaReport): void {
    switch (report.kind) {
      case 'event':
        if (this.#open) this.#raise(report.event)
        return
      case 'played':
        this.#plays.get(report.play)?.(report.end)
        return
      case 'recorded':
        this.#recordings.get(report.record)?.(report)
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
    for (const end of [...this.#plays.values()]) end('closed')
    for (const record of [...this.#recordings.keys()]) this.#endRecording(record, 'closed')
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
  const bad = (why: string): MediaError => new MediaError('bad-record', why)
  if (!(o.maxSeconds > 0 && o.maxSeconds <= 7200)) throw bad(`maxSeconds: ${o.maxSeconds} is not within 1-7200`)
  if (!(o.silenceSeconds >= 0)) throw bad(`silenceSeconds: ${o.silenceSeconds} is not 0 or more`)
  if (!isDigits(o.stopOn)) throw bad(`stopOn: only 0-9, A-D, *, #, not ${JSON.stringify(o.stopOn)}`)
}
