import { deferred } from '../../base/deferred.ts'
import type { Logger } from '../../base/log.ts'
import { MediaError, type MonitoredAudio, type MonitorRun } from '../plane.ts'
import type { RecordEnd } from '../recording/recorder.ts'
import type { Channels } from '../recording/shared-audio.ts'
import type { FileThread } from './file-thread.ts'

/** What a media thread says when a recording is at its end there. */
export interface Ended {
  readonly end: RecordEnd
  readonly key?: string
  readonly keyAt?: number
  /** Frames lost to a slow disk. */
  readonly dropped: number
}

export interface Written extends Omit<Ended, 'keyAt' | 'dropped'> {
  readonly ms: number
  readonly speechMs: number
}

export interface Run {
  readonly begun: Promise<void>
  readonly done: Promise<Written>
  stop(): void
}

/** Where the samples come from: a stream, or a room. */
export interface RecordDoor {
  readonly start: (record: number, memory: SharedArrayBuffer) => void
  readonly stop: (record: number) => void
}

export interface RecordTrouble {
  /** This much is missing. */
  readonly slow: (ms: number) => void
  readonly failed: (error: Error) => void
}

/** The recordings of one place, seen from the main thread: each is opened by the thread for files, filled by a media thread, finished by the first. */
export class Recordings {
  readonly #files: FileThread
  readonly #trouble: RecordTrouble
  readonly #ends = new Map<number, (ended: Ended) => void>()
  readonly #writing = new Set<Promise<unknown>>()
  #open = true

  constructor(files: FileThread, trouble: RecordTrouble) {
    this.#files = files
    this.#trouble = trouble
  }

  start(path: string, channels: Channels, door: RecordDoor): Run {
    if (!this.#open) {
      const done = Promise.resolve({ end: 'closed', ms: 0, speechMs: 0 } as const)
      return { begun: Promise.resolve(), done, stop: () => {} }
    }
    const record = this.#files.newRecording()
    const ended = deferred<Ended>()
    const begun = deferred<void>()
    let posted = false
    this.#ends.set(record, (end) => {
      this.#ends.delete(record)
      ended.resolve(end)
    })
    const write = async (): Promise<Written> => {
      const audio = this.#files.newAudio(channels)
      try {
        await this.#files.openRecording(record, path, channels, audio.memory)
      } catch (error) {
        this.#ends.delete(record)
        throw error
      }
      if (this.#ends.has(record)) {
        posted = true
        door.start(record, audio.memory)
      }
      begun.resolve()
      const { end, key, keyAt, dropped } = await ended.promise
      if (dropped > 0) this.#trouble.slow(dropped * 20)
      const { ms, speechMs } = await this.#files.finishRecording(record, key, keyAt)
      return { end, ms, speechMs, ...(key === undefined ? {} : { key }) }
    }
    const done = write()
    this.#writing.add(done)
    done.then(
      () => this.#writing.delete(done),
      (error: unknown) => {
        this.#writing.delete(done)
        this.#trouble.failed(error as Error)
        begun.reject(error)
      },
    )
    // Whoever does not wait for the start waits for the end.
    begun.promise.catch(() => {})
    const stop = (): void => {
      if (posted) door.stop(record)
      else this.ended(record, { end: 'stopped', dropped: 0 })
    }
    return { begun: begun.promise, done, stop }
  }

  ended(record: number, ended: Ended): void {
    this.#ends.get(record)?.(ended)
  }

  /** No more from here on; what was heard until now is kept. */
  close(): void {
    this.#open = false
    for (const record of [...this.#ends.keys()]) this.ended(record, { end: 'closed', dropped: 0 })
  }

  /** Resolves when nothing is being written any more. */
  async written(): Promise<void> {
    await Promise.allSettled([...this.#writing])
  }
}

export const MAX_RECORD_SECONDS = 7200

export const badRecord = (why: string): MediaError => new MediaError('bad-record', why)

/** @throws MediaError `bad-record` */
export function checkSeconds(maxSeconds: number): void {
  if (!(maxSeconds > 0 && maxSeconds <= MAX_RECORD_SECONDS))
    throw badRecord(`maxSeconds: ${maxSeconds} is not within 1-${MAX_RECORD_SECONDS}`)
}

/** @throws MediaError `bad-record` */
export function channelsOf(channels: 'mono' | 'stereo'): Channels {
  if (channels === 'mono') return 1
  if (channels === 'stereo') return 2
  throw badRecord(`channels: ${JSON.stringify(channels)} is neither mono nor stereo`)
}

/** What has neither keys nor a silence to wait for ends in fewer ways. */
export function monitored(run: Run): MonitorRun {
  const done = run.done.then(
    ({ end, ms, speechMs }): MonitoredAudio => ({
      end: end === 'limit' || end === 'closed' ? end : 'stopped',
      ms,
      speechMs,
    }),
  )
  // Whoever does not wait for the end has the line in the log.
  done.catch(() => {})
  return { begun: run.begun, done, stop: run.stop }
}

export function recordTrouble(log: Logger, of: Readonly<Record<string, number>>): RecordTrouble {
  return {
    slow: (ms) => log.warn({ ...of, ms }, 'The disk was too slow for a recording; this much is missing'),
    failed: (error) => log.error({ ...of, reason: error.message }, 'A recording failed'),
  }
}
