/** Radix-2 FFT in place. Keeps its memory: one per size and thread is enough. */
export class Fourier {
  readonly size: number
  /** Where sample `i` is to be laid before `turn`. */
  readonly places: Uint16Array
  readonly #cos: Float64Array
  readonly #sin: Float64Array

  /** @param size a power of two, 8–65536 */
  constructor(size: number) {
    this.size = size
    this.#cos = Float64Array.from({ length: size / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / size))
    this.#sin = Float64Array.from({ length: size / 2 }, (_, i) => -Math.sin((2 * Math.PI * i) / size))
    this.places = new Uint16Array(size)
    for (let i = 1; i < size; i++) this.places[i] = (this.places[i >> 1]! >> 1) | (i & 1 ? size >> 1 : 0)
  }

  /** From samples laid at their `places` to the spectrum. With `re` and `im` changed for each other: back, times `size`. */
  turn(re: Float64Array, im: Float64Array): void {
    const { size } = this
    for (let half = 1; half < size; half *= 2) {
      const turn = size / (2 * half)
      for (let start = 0; start < size; start += 2 * half) {
        for (let k = 0; k < half; k++) {
          const a = start + k
          const b = a + half
          const c = this.#cos[k * turn]!
          const s = this.#sin[k * turn]!
          const x = re[b]! * c - im[b]! * s
          const y = re[b]! * s + im[b]! * c
          re[b] = re[a]! - x
          im[b] = im[a]! - y
          re[a] = re[a]! + x
          im[a] = im[a]! + y
        }
      }
    }
  }
}

/** Power spectrum of real samples under a Hann window. Keeps its memory: one per thread is enough. */
export class PowerSpectrum {
  readonly size: number
  /** Power of the bins 0 to size / 2, after `of`. */
  readonly bins: Float64Array
  readonly #re: Float64Array
  readonly #im: Float64Array
  readonly #window: Float64Array
  readonly #fourier: Fourier

  /** @param size a power of two, 8–65536 */
  constructor(size: number) {
    this.size = size
    this.bins = new Float64Array(size / 2 + 1)
    this.#re = new Float64Array(size)
    this.#im = new Float64Array(size)
    this.#window = Float64Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size))
    this.#fourier = new Fourier(size)
  }

  /** @param samples at least `size` of them from `from` on */
  of(samples: Int16Array, from = 0): Float64Array {
    const { size, bins } = this
    const { places } = this.#fourier
    const re = this.#re
    const im = this.#im
    for (let i = 0; i < size; i++) {
      re[places[i]!] = samples[from + i]! * this.#window[i]!
      im[i] = 0
    }
    this.#fourier.turn(re, im)
    for (let i = 0; i < bins.length; i++) bins[i] = re[i]! * re[i]! + im[i]! * im[i]!
    return bins
  }
}
