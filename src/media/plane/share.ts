import { FRAME } from '../jitter/ring.ts'

/** The last 20 ms that one of those who are heard gave to the sum: taken out again when the next ones come. */
export class Share {
  readonly frame = new Int32Array(FRAME)
  readonly #sum: Int32Array
  #given = false

  constructor(sum: Int32Array) {
    this.#sum = sum
  }

  give(samples: Int16Array): void {
    const { frame } = this
    const sum = this.#sum
    for (let i = 0; i < FRAME; i++) {
      sum[i] = sum[i]! + samples[i]! - frame[i]!
      frame[i] = samples[i]!
    }
    this.#given = true
  }

  /** The same of a sum. Apart, so that each stays with one kind of array. */
  giveSum(samples: Int32Array): void {
    const { frame } = this
    const sum = this.#sum
    for (let i = 0; i < FRAME; i++) {
      sum[i] = sum[i]! + samples[i]! - frame[i]!
      frame[i] = samples[i]!
    }
    this.#given = true
  }

  takeBack(): void {
    if (!this.#given) return
    this.#given = false
    for (let i = 0; i < FRAME; i++) this.#sum[i]! -= this.frame[i]!
    this.frame.fill(0)
  }
}
