import { FRAME } from '../jitter/ring.ts'

/** Frames of a link: a power of two, 320 ms. */
const SIZE = 16
const HEAD = 8
const WRITTEN = 0
const READ = 1
/** So many frames wait before the first is taken: either thread may be late by one tick without a gap. */
const PRIMED = 2
/** More than this is a delay that a late thread left behind: what is older than `PRIMED` frames is let go. */
const DEEP = 5

/** Mixed audio on its way from one media thread to another: one writer, one reader, no locks, no messages. */
export class SharedFrames {
  readonly memory: SharedArrayBuffer
  readonly #positions: Int32Array
  readonly #samples: Int32Array

  /** @param memory of one that was made elsewhere; a new one unless given */
  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(HEAD + SIZE * FRAME * 4)) {
    this.memory = memory
    this.#positions = new Int32Array(memory, 0, 2)
    this.#samples = new Int32Array(memory, HEAD)
  }

  get depth(): number {
    return (Atomics.load(this.#positions, WRITTEN) - Atomics.load(this.#positions, READ)) | 0
  }

  /** `sum` without `less`; left out when the reader is 320 ms behind. */
  push(sum: Int32Array, less: Int32Array): void {
    if (this.depth >= SIZE) return
    const written = Atomics.load(this.#positions, WRITTEN)
    const at = (written & (SIZE - 1)) * FRAME
    for (let i = 0; i < FRAME; i++) this.#samples[at + i] = sum[i]! - less[i]!
    Atomics.store(this.#positions, WRITTEN, (written + 1) | 0)
  }

  /** @returns false when there is none */
  pull(out: Int32Array): boolean {
    if (this.depth === 0) return false
    const read = Atomics.load(this.#positions, READ)
    const at = (read & (SIZE - 1)) * FRAME
    for (let i = 0; i < FRAME; i++) out[i] = this.#samples[at + i]!
    Atomics.store(this.#positions, READ, (read + 1) | 0)
    return true
  }

  skip(frames: number): void {
    Atomics.store(this.#positions, READ, (Atomics.load(this.#positions, READ) + frames) | 0)
  }
}

/** The reading end: a frame for each 20 ms, whichever of the two threads is late. */
export class LinkReader {
  readonly #frames: SharedFrames
  #primed = false

  constructor(frames: SharedFrames) {
    this.#frames = frames
  }

  /** Every 20 ms. @returns false when nothing is to be heard */
  pull(out: Int32Array): boolean {
    const { depth } = this.#frames
    if (depth > DEEP) this.#frames.skip(depth - PRIMED)
    if (depth >= PRIMED) this.#primed = true
    if (!this.#primed) return false
    this.#primed = this.#frames.pull(out)
    return this.#primed
  }
}
