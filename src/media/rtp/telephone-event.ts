import { putU16, timestampDistance, u16 } from './packet.ts'

// RFC 4733: named telephone events. 8 timestamp units are a millisecond.

const KEYS = '0123456789*#ABCD'
/** §2.5.1.3: a longer event goes on as a new segment whose timestamp is this much later. */
const MAX_DURATION = 0xffff
/** Updates come every 20–50 ms; after this long without one the end packets were lost. */
const LOST_END_MS = 200
/** Some senders move the timestamp with every update; a step of up to 50 ms without a marker is the same press. */
const MOVING_TIMESTAMP = 400

export const keyOfEvent = (event: number): string | undefined => KEYS[event]
/** -1 when it is no key. */
export const eventOfKey = (key: string): number => (key.length === 1 ? KEYS.indexOf(key.toUpperCase()) : -1)

export interface KeyListener {
  keyDown(key: string): void
  /** `ms` is how long it was held. */
  keyUp(key: string, ms: number): void
}

type Press = 'none' | 'held' | 'ended'

/** Hears keys in telephone-event packets: each press once, whatever was lost, repeated or reordered on the way. */
export class EventReceiver {
  #press: Press = 'none'
  #event = 0
  #timestamp = 0
  #beganAt = 0
  #duration = 0
  /** Of earlier segments of the same press. */
  #before = 0
  #seenAt = 0
  readonly #listener: KeyListener

  constructor(listener: KeyListener) {
    this.#listener = listener
  }

  get held(): boolean {
    return this.#press === 'held'
  }

  /** Timestamp of the press held or heard last: where the key's sound began. */
  get beganAt(): number {
    return this.#beganAt
  }

  /** @returns false when the payload is no key press */
  packet(a: Uint8Array, at: number, length: number, timestamp: number, marker: boolean, now: number): boolean {
    if (length < 4) return false
    const event = a[at]!
    if (keyOfEvent(event) === undefined) return false
    const end = (a[at + 1]! & 0x80) !== 0
    const duration = u16(a, at + 2)
    const step = timestampDistance(timestamp, this.#timestamp)

    if (this.#press === 'none') this.#begin(event, timestamp, now)
    else if (step < 0) return true
    else if (step === 0) {
      if (this.#press === 'ended') return true
    } else if (event === this.#event && !marker && this.#goesOn(step, duration)) {
      this.#timestamp = timestamp
      if (this.#press === 'ended') return true
      if (step === MAX_DURATION) {
        this.#before += MAX_DURATION
        this.#duration = 0
      }
    } else {
      this.#finish()
      this.#begin(event, timestamp, now)
    }

    this.#seenAt = now
    if (duration > this.#duration) this.#duration = duration
    if (end) this.#finish()
    return true
  }

  /** To be called now and then: ends a press whose end packets never came. */
  tick(now: number): void {
    if (this.#press === 'held' && now - this.#seenAt >= LOST_END_MS) this.#finish()
  }

  /** The source changed: its timestamps cannot be compared with what was heard before. */
  reset(): void {
    this.#finish()
    this.#press = 'none'
  }

  #goesOn(step: number, duration: number): boolean {
    if (step === MAX_DURATION) return this.#press === 'held'
    return step <= MOVING_TIMESTAMP && duration >= this.#duration
  }

  #begin(event: number, timestamp: number, now: number): void {
    this.#press = 'held'
    this.#event = event
    this.#timestamp = timestamp
    this.#beganAt = timestamp
    this.#duration = 0
    this.#before = 0
    this.#seenAt = now
    this.#listener.keyDown(KEYS[event]!)
  }

  #finish(): void {
    if (this.#press !== 'held') return
    this.#press = 'ended'
    this.#listener.keyUp(KEYS[this.#event]!, Math.round((this.#before + this.#duration) / 8))
  }
}

export function writeEvent(a: Uint8Array, at: number, event: number, end: boolean, volume: number, duration: number) {
  a[at] = event
  a[at + 1] = (end ? 0x80 : 0) | (volume & 0x3f)
  putU16(a, at + 2, Math.min(duration, MAX_DURATION))
}
