import { eventOfKey } from '../rtp/telephone-event.ts'

/** 160 ms down, 80 ms up. */
export const KEY_FRAMES = 8
const GAP_FRAMES = 4
/** `w`: 500 ms. */
const WAIT_FRAMES = 25
/** RFC 4733 §2.5.1.4: the end is sent three times. */
const END_PACKETS = 3

export const isDigits = (digits: string): boolean => /^[0-9A-Da-d*#wW]*$/.test(digits)

/** What a frame of a key press is: an update of the event, its end (again), the pause behind it. */
export type KeyFrame = 'event' | 'end' | 'end-again' | 'pause'

interface Batch {
  readonly id: number
  readonly digits: string
}

/** Presses keys one after the other, a frame at a time; several requests queue up. */
export class KeySender {
  readonly #queue: Batch[] = []
  #at = 0
  #frame = 0

  get busy(): boolean {
    return this.#queue.length > 0
  }

  add(id: number, digits: string): void {
    this.#queue.push({ id, digits: digits.toUpperCase() })
  }

  get key(): string {
    return this.#queue[0]?.digits[this.#at] ?? ''
  }

  get event(): number {
    return eventOfKey(this.key)
  }

  /** Frame of the key now being sent, from 0. */
  get frame(): number {
    return this.#frame
  }

  kind(): KeyFrame {
    if (this.key === 'W') return 'pause'
    if (this.#frame < KEY_FRAMES - 1) return 'event'
    if (this.#frame === KEY_FRAMES - 1) return 'end'
    return this.#frame < KEY_FRAMES - 1 + END_PACKETS ? 'end-again' : 'pause'
  }

  /** After each frame. @returns id of a request that is done with it, else -1 */
  advance(): number {
    const batch = this.#queue[0]
    if (!batch) return -1
    const frames = this.key === 'W' ? WAIT_FRAMES : KEY_FRAMES + GAP_FRAMES
    if (++this.#frame < frames && this.key !== '') return -1
    this.#frame = 0
    if (++this.#at < batch.digits.length) return -1
    this.#at = 0
    this.#queue.shift()
    return batch.id
  }

  /** Gives up all requests, with their ids. */
  clear(): number[] {
    this.#at = 0
    this.#frame = 0
    return this.#queue.splice(0).map((batch) => batch.id)
  }
}
