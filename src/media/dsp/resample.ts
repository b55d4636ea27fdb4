export const OUT_RATE = 8000
/** Zero crossings of the sinc on either side: stop band below -70 dB with the window used. */
const CROSSINGS = 24
/** Table steps between two crossings; values between them are interpolated. */
const STEPS = 256
/** Where the filter lets half through, as a share of the lower of the two Nyquist frequencies. */
const CUTOFF = 0.94

const kernel = buildKernel()

/** Half of a Kaiser-windowed sinc (beta 8), from the centre outwards. */
function buildKernel(): Float64Array {
  const table = new Float64Array(CROSSINGS * STEPS + 2)
  const beta = 8
  for (let i = 0; i <= CROSSINGS * STEPS; i++) {
    const x = i / STEPS
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)
    table[i] = (sinc * bessel(beta * Math.sqrt(1 - (x / CROSSINGS) ** 2))) / bessel(beta)
  }
  return table
}

/** Modified Bessel function of the first kind, order 0. */
function bessel(x: number): number {
  let sum = 1
  let term = 1
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}

/** Any rate to 8 kHz, block by block, with the low-pass that keeps out what 8 kHz cannot carry. */
export class Resampler {
  readonly #step: number
  readonly #scale: number
  readonly #reach: number
  #pending = new Float64Array(0)
  /** Input index of the first pending sample; samples before 0 are silence. */
  #base = 0
  #end = 0
  #out = 0

  /** @param rate samples per second of the input, 1000–384000 */
  constructor(rate: number) {
    this.#step = rate / OUT_RATE
    this.#scale = Math.min(1, 1 / this.#step) * CUTOFF
    this.#reach = CROSSINGS / this.#scale
  }

  /** @returns the output that can be made from what came so far, -32768 to 32767 and beyond where it overshoots */
  push(samples: Float64Array): Float64Array {
    this.#append(samples)
    // An output needs input up to `reach` after its centre.
    return this.#make(Math.max(this.#out, Math.floor((this.#end - 1 - this.#reach) / this.#step) + 1))
  }

  /** The rest, after the last input. */
  finish(): Float64Array {
    return this.#make(Math.ceil(this.#end / this.#step - 1e-9))
  }

  #append(samples: Float64Array): void {
    const keepFrom = Math.max(this.#base, Math.floor(this.#out * this.#step - this.#reach))
    const kept = this.#pending.subarray(keepFrom - this.#base)
    const next = new Float64Array(kept.length + samples.length)
    next.set(kept)
    next.set(samples, kept.length)
    this.#pending = next
    this.#base = keepFrom
    this.#end += samples.length
  }

  #make(until: number): Float64Array {
    const out = new Float64Array(Math.max(0, until - this.#out))
    for (let n = 0; n < out.length; n++, this.#out++) out[n] = this.#sampleAt(this.#out * this.#step)
    return out
  }

  #sampleAt(centre: number): number {
    const from = Math.max(this.#base, Math.ceil(centre - this.#reach))
    const to = Math.min(this.#end - 1, Math.floor(centre + this.#reach))
    let sum = 0
    for (let i = from; i <= to; i++) {
      const x = Math.abs(centre - i) * this.#scale * STEPS
      const k = Math.floor(x)
      const h = kernel[k]! + (kernel[k + 1]! - kernel[k]!) * (x - k)
      sum += this.#pending[i - this.#base]! * h
    }
    return sum * this.#scale
  }
}
