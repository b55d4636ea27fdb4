import { deferred } from '../../base/deferred.ts'
import type { PlayItem, Playing } from '../plane.ts'
import { checkItems, clipOf } from './clips.ts'
import type { FileThread } from './file-thread.ts'
import type { Clip } from './player.ts'
import type { PlayEnd } from './prompting.ts'

/** Where what is to be played goes: a stream, or a room. */
export interface PlayDoor {
  readonly start: (play: number, clips: readonly Clip[], times: number, mix: boolean) => void
  readonly stop: (play: number) => void
  readonly failed: (error: Error) => void
}

/** What is being loaded or played in one place, seen from the main thread: each play takes the place of the one before. */
export class Plays {
  readonly #files: FileThread
  readonly #door: PlayDoor
  readonly #ends = new Map<number, (end: PlayEnd) => void>()
  readonly #posted = new Set<number>()
  #next = 0
  #open = true

  constructor(files: FileThread, door: PlayDoor) {
    this.#files = files
    this.#door = door
  }

  /** @param mix is added to what is heard otherwise, where the door can. @throws MediaError `bad-play` */
  start(items: readonly PlayItem[], times: number, mix = false): Playing {
    checkItems(items, times)
    const done = deferred<PlayEnd>()
    const play = ++this.#next
    const stop = (): void => this.#stop(play)
    if (!this.#open) {
      done.resolve('closed')
      return { done: done.promise, stop }
    }
    for (const earlier of this.#ends.keys()) this.#stop(earlier)
    this.#ends.set(play, (end) => {
      this.#ends.delete(play)
      this.#posted.delete(play)
      done.resolve(end)
    })
    Promise.all(items.map((item) => clipOf(item, this.#files))).then(
      (clips) => {
        if (!this.#ends.has(play)) return
        this.#posted.add(play)
        this.#door.start(play, clips, times, mix)
      },
      (error: unknown) => {
        if (!this.#ends.delete(play)) return
        this.#door.failed(error as Error)
        done.reject(error)
      },
    )
    // Whoever does not wait for the end has the log line of `failed`.
    done.promise.catch(() => {})
    return { done: done.promise, stop }
  }

  ended(play: number, end: PlayEnd): void {
    this.#ends.get(play)?.(end)
  }

  /** No more from here on. */
  close(): void {
    this.#open = false
    for (const end of [...this.#ends.values()]) end('closed')
  }

  #stop(play: number): void {
    if (this.#posted.has(play)) this.#door.stop(play)
    else this.#ends.get(play)?.('stopped')
  }
}
