import { type Deferred, deferred } from '../../base/deferred.ts'
import { type ListenRun, type ListenStart, MediaError } from '../plane.ts'
import { SharedAudio } from '../recording/shared-audio.ts'
import type { ListenThread } from './listen-thread.ts'

const SAMPLES_PER_MS = 8

type End = 'stopped' | 'closed'

/** Where the samples come from. */
export interface ListenDoor {
  readonly start: (listen: number, memory: SharedArrayBuffer) => void
  readonly stop: (listen: number) => void
}

/** The listeners of one stream, seen from the main thread. */
export class Listens {
  readonly #thread: ListenThread
  readonly #ends = new Map<number, (end: End) => void>()
  #open = true

  constructor(thread: ListenThread) {
    this.#thread = thread
  }

  /** @throws MediaError `bad-listen` naming the field */
  start(o: ListenStart, door: ListenDoor): ListenRun {
    check(o)
    if (!this.#open) return { done: Promise.resolve('closed'), heardMs: 0, stop: () => {} }
    const audio = new SharedAudio(1)
    const done: Deferred<End> = deferred()
    const listen = this.#thread.begin(o, audio.memory, () => this.#ends.get(listen)?.('closed'))
    const end = (how: End): void => {
      if (!this.#ends.delete(listen)) return
      door.stop(listen)
      this.#thread.finish(listen).then(() => done.resolve(how), done.reject)
    }
    this.#ends.set(listen, end)
    door.start(listen, audio.memory)
    return {
      done: done.promise,
      get heardMs() {
        return audio.written / SAMPLES_PER_MS
      },
      stop: () => end('stopped'),
    }
  }

  close(): void {
    this.#open = false
    for (const end of [...this.#ends.values()]) end('closed')
  }
}

function check({ pauseMs, longestMs = 25_000, silenceMs }: ListenStart): void {
  const bad = (why: string): MediaError => new MediaError('bad-listen', why)
  if (!(pauseMs >= 200 && pauseMs <= 5000)) throw bad(`pauseMs: ${pauseMs} is not within 200-5000`)
  if (!(longestMs >= 1000 && longestMs <= 25_000)) throw bad(`longestMs: ${longestMs} is not within 1000-25000`)
  if (!silenceMs.every((ms, i) => ms > (silenceMs[i - 1] ?? 0)))
    throw bad(`silenceMs: ${silenceMs.join(', ')} do not rise from above 0`)
}
