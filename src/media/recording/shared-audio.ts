export type Channels = 1 | 2

/** 4 s at 8 kHz of each channel, a power of two: the writer comes by four times a second. */
const SIZE = 32_768
const HEAD = 8
const WRITTEN = 0
const READ = 1

/**
 * Audio on its way from a media thread to the thread that writes files: one writer, one reader, no locks, no messages.
 * Positions count samples of all channels since the start (two hours in stereo are 115 million, far below 2^31).
 */
export class SharedAudio {
  readonly memory: SharedArrayBuffer
  readonly #positions: Int32Array
  readonly #samples: Int16Array

  readonly #mask: number

  /** @param from channels of a new one, or the memory of one that was made elsewhere */
  constructor(from: Channels | SharedArrayBuffer) {
    const memory = typeof from === 'number' ? new SharedArrayBuffer(HEAD + SIZE * from * 2) : from
    this.memory = memory
    this.#positions = new Int32Array(memory, 0, 2)
    this.#samples = new Int16Array(memory, HEAD)
    this.#mask = this.#samples.length - 1
  }

  /** Before anybody reads or writes. */
  clear(): void {
    Atomics.store(this.#positions, READ, 0)
    Atomics.store(this.#positions, WRITTEN, 0)
  }

  get written(): number {
    return Atomics.load(this.#positions, WRITTEN)
  }

  get read(): number {
    return Atomics.load(this.#positions, READ)
  }

  /** @returns false when the reader is 4 s behind; the frame is then left out */
  push(frame: Int16Array): boolean {
    const written = Atomics.load(this.#positions, WRITTEN)
    if (written - Atomics.load(this.#positions, READ) + frame.length > this.#samples.length) return false
    for (let i = 0; i < frame.length; i++) this.#samples[(written + i) & this.#mask] = frame[i]!
    Atomics.store(this.#positions, WRITTEN, written + frame.length)
    return true
  }

  /** @returns all that is there, copied */
  take(): Int16Array {
    const read = Atomics.load(this.#positions, READ)
    const count = Atomics.load(this.#positions, WRITTEN) - read
    const out = new Int16Array(count)
    for (let i = 0; i < count; i++) out[i] = this.#samples[(read + i) & this.#mask]!
    Atomics.store(this.#positions, READ, read + count)
    return out
  }
}
