import { OUT_RATE } from '../media/dsp/resample.ts'

/**
 * Takes out what lies under a voice band: telephones do not carry it, yet it counts when speech is brought to a level
 * (a third of the power of a deep voice). Second-order Butterworth; works in place, one object per stream of slices.
 */
export class HighPass {
  readonly #b: readonly [number, number, number]
  readonly #a: readonly [number, number]
  #x1 = 0
  #x2 = 0
  #y1 = 0
  #y2 = 0

  /** @param cutHz where the level is 3 dB down */
  constructor(cutHz: number) {
    const turn = (2 * Math.PI * cutHz) / OUT_RATE
    const cos = Math.cos(turn)
    const alpha = Math.sin(turn) / Math.SQRT2
    const scale = 1 / (1 + alpha)
    this.#b = [((1 + cos) / 2) * scale, -(1 + cos) * scale, ((1 + cos) / 2) * scale]
    this.#a = [-2 * cos * scale, (1 - alpha) * scale]
  }

  apply(samples: Float64Array): void {
    const [b0, b1, b2] = this.#b
    const [a1, a2] = this.#a
    for (let i = 0; i < samples.length; i++) {
      const x = samples[i]!
      const y = b0 * x + b1 * this.#x1 + b2 * this.#x2 - a1 * this.#y1 - a2 * this.#y2
      this.#x2 = this.#x1
      this.#x1 = x
      this.#y2 = this.#y1
      this.#y1 = y
      samples[i] = y
    }
  }
}
