import { sequenceDistance, timestampDistance } from '../rtp/packet.ts'

export const FRAME = 160

/** Samples: 512 ms, a power of two. */
const SIZE = 4096
const MASK = SIZE - 1
const MIN_DEPTH = 20 * 8
const START_DEPTH = 40 * 8
const MAX_DEPTH = 120 * 8
const DEPTH_STEP = 20 * 8
/** The smallest spare time seen in so many frames (5 s) decides whether the ring may become shallower. */
const WINDOW = 250
/** So many packets too late in a row: the path has become longer, or the sender's clock was set. */
const LATE_RUN = 3
/** A frame that may be left out unheard: mean magnitude below about -50 dBFS. */
const QUIET = 100

/**
 * Orders what comes in by its timestamps and gives it out in frames of 20 ms. Positions are timestamps, so packets of
 * any length, in any order, once or twice, end up where they belong. What is missing is repeated, fading, for 60 ms.
 * The depth follows the network between 20 and 120 ms: deeper at once when a packet came too late to be heard,
 * shallower, by one quiet frame, when all of the last five seconds came early enough.
 */
export class JitterRing {
  late = 0
  readonly #samples = new Int16Array(SIZE)
  readonly #there = new Uint8Array(SIZE)
  /** Timestamp of the next sample to give out. */
  #play = 0
  #synced = false
  #depth = START_DEPTH
  #ssrc = 0
  #newest = 0
  #lateRun = 0
  #jumped = false
  #jumpedTo = 0
  #spare = SIZE
  #frames = 0
  #hold = 0
  readonly #last = new Int16Array(FRAME)
  #missing = 0

  get depthMs(): number {
    return this.#depth / 8
  }

  /** Timestamp of the next sample to give out; meaningless before the first packet. */
  get position(): number {
    return this.#play >>> 0
  }

  get synced(): boolean {
    return this.#synced
  }

  /** @param decode table of the codec, octet to sample */
  push(
    ssrc: number,
    sequence: number,
    timestamp: number,
    marker: boolean,
    a: Uint8Array,
    at: number,
    length: number,
    decode: Int16Array,
  ): void {
    if (length === 0 || length > SIZE / 2) return
    if (!this.#synced || ssrc !== this.#ssrc) {
      this.#synchronize(ssrc, sequence, timestamp)
    } else {
      const newest = sequenceDistance(sequence, this.#newest) > 0
      if (newest) this.#newest = sequence
      const spare = timestampDistance(timestamp, this.#play)
      if (spare + length > SIZE || spare < -SIZE * 4) {
        if (!this.#believeJump(timestamp, length, marker)) return
        this.#synchronize(ssrc, sequence, timestamp)
      } else if (spare < 0) {
        if (!this.#tooLate(spare + length <= 0, newest, marker)) {
          if (spare + length > 0) this.#write(timestamp, a, at, length, decode)
          return
        }
        this.#synchronize(ssrc, sequence, timestamp)
      } else {
        this.#lateRun = 0
        this.#jumped = false
        if (newest && spare < this.#spare) this.#spare = spare
      }
    }
    this.#write(timestamp, a, at, length, decode)
  }

  /** Gives out the next 20 ms. @returns false when nothing of it came from the network */
  pull(out: Int16Array): boolean {
    if (!this.#synced) {
      out.fill(0)
      return false
    }
    this.#adapt()
    if (this.#hold > 0) {
      this.#hold -= FRAME
      this.#conceal(out)
      return false
    }
    let heard = 0
    for (let i = 0; i < FRAME; i++) {
      const slot = (this.#play + i) & MASK
      if (this.#there[slot] === 1) {
        out[i] = this.#samples[slot]!
        this.#there[slot] = 0
        heard++
      } else out[i] = 0
    }
    this.#play = (this.#play + FRAME) | 0
    if (heard === 0) {
      this.#conceal(out)
      return false
    }
    this.#missing = 0
    this.#last.set(out)
    return true
  }

  #synchronize(ssrc: number, sequence: number, timestamp: number): void {
    this.#synced = true
    this.#ssrc = ssrc
    this.#newest = sequence
    this.#play = (timestamp - this.#depth) | 0
    this.#there.fill(0)
    this.#lateRun = 0
    this.#jumped = false
    this.#hold = 0
    this.#spare = SIZE
    this.#frames = 0
  }

  /** One odd timestamp is a broken packet; a marker, or a second one that goes on from it, is a new start. */
  #believeJump(timestamp: number, length: number, marker: boolean): boolean {
    const goesOn = this.#jumped && Math.abs(timestampDistance(timestamp, this.#jumpedTo)) <= length * 4
    this.#jumped = true
    this.#jumpedTo = timestamp
    return marker || goesOn
  }

  /** @returns true when the ring has to start again at this packet */
  #tooLate(wholly: boolean, newest: boolean, marker: boolean): boolean {
    if (wholly) this.late++
    if (!newest) return false
    this.#lateRun++
    if (marker || this.#lateRun >= LATE_RUN) {
      this.#depth = Math.min(MAX_DEPTH, this.#depth + DEPTH_STEP)
      return true
    }
    if (this.#depth < MAX_DEPTH && this.#hold === 0) {
      this.#depth += DEPTH_STEP
      this.#hold = FRAME
    }
    return false
  }

  #write(timestamp: number, a: Uint8Array, at: number, length: number, decode: Int16Array): void {
    const begin = Math.max(0, -timestampDistance(timestamp, this.#play))
    for (let i = begin; i < length; i++) {
      const slot = (timestamp + i) & MASK
      this.#samples[slot] = decode[a[at + i]!]!
      this.#there[slot] = 1
    }
  }

  #adapt(): void {
    if (++this.#frames < WINDOW) return
    // Spare time is what a packet had left before its first sample was due; one frame of it is kept.
    if (this.#spare < SIZE && this.#spare >= 2 * FRAME && this.#depth > MIN_DEPTH && this.#nextIsQuiet()) {
      for (let i = 0; i < FRAME; i++) this.#there[(this.#play + i) & MASK] = 0
      this.#play = (this.#play + FRAME) | 0
      this.#depth -= DEPTH_STEP
    }
    this.#frames = 0
    this.#spare = SIZE
  }

  #nextIsQuiet(): boolean {
    let sum = 0
    for (let i = 0; i < FRAME; i++) {
      const slot = (this.#play + i) & MASK
      if (this.#there[slot] === 1) sum += Math.abs(this.#samples[slot]!)
    }
    return sum < QUIET * FRAME
  }

  #conceal(out: Int16Array): void {
    this.#missing++
    if (this.#missing > 3) {
      out.fill(0)
      return
    }
    // Gain falls in a straight line from 1 to 0 over the three frames.
    for (let i = 0; i < FRAME; i++) {
      const gain = 1 - ((this.#missing - 1) * FRAME + i) / (3 * FRAME)
      out[i] = this.#last[i]! * gain
    }
  }
}
