/** Of what we make: G.711's rate. */
export const telephoneRate = 8000

// A telephone channel ends at 3.4 kHz; 4 kHz would fold back. Half the kernel's flank lies on either side of the cut.
const passHz = 3400
const stopHz = 4000
const stopDb = 80

interface Kernel {
  /** One row of `taps` coefficients per phase. */
  readonly rows: Float32Array
  readonly taps: number
  readonly phases: number
}

const kernels = new Map<number, Kernel>()

/**
 * Samples `from` to `to` (exclusive) of `input` brought to 8 kHz by a windowed sinc whose every image lies 80 dB down.
 * Slices of any size join seamlessly. `input` counts as silence beyond its ends.
 * @param rate of the input in Hz, 8000 or more
 */
export function resample(input: Int16Array, rate: number, from: number, to: number): Float32Array {
  const output = new Float32Array(to - from)
  if (rate === telephoneRate) {
    for (let i = from; i < to; i++) output[i - from] = input[i] ?? 0
    return output
  }
  const { rows, taps, phases } = kernelFor(rate)
  const step = (rate * phases) / telephoneRate
  for (let i = from; i < to; i++) {
    // The place in the input in units of 1/phases of a sample: whole numbers, so nothing drifts over a long text.
    const place = i * step
    const phase = place % phases
    const first = (place - phase) / phases - taps / 2 + 1
    const row = phase * taps
    let sum = 0
    for (let k = Math.max(0, -first); k < taps && first + k < input.length; k++) {
      sum += rows[row + k]! * input[first + k]!
    }
    output[i - from] = sum
  }
  return output
}

/** How many samples at 8 kHz stand for `length` samples at `rate`. */
export function resampledLength(length: number, rate: number): number {
  return Math.ceil((length * telephoneRate) / rate)
}

function kernelFor(rate: number): Kernel {
  const known = kernels.get(rate)
  if (known !== undefined) return known
  const phases = telephoneRate / gcd(rate, telephoneRate)
  // Kaiser's estimate of the length, made even.
  const taps = 2 * Math.ceil((stopDb - 8) / (2.285 * 2 * Math.PI * ((stopHz - passHz) / rate)) / 2)
  const beta = 0.1102 * (stopDb - 8.7)
  const cut = (passHz + stopHz) / rate
  const rows = new Float32Array(phases * taps)
  for (let phase = 0; phase < phases; phase++) {
    let sum = 0
    for (let k = 0; k < taps; k++) {
      const t = k - taps / 2 + 1 - phase / phases
      const x = t / (taps / 2)
      const window = Math.abs(x) >= 1 ? 0 : bessel(beta * Math.sqrt(1 - x * x))
      const value = window * (t === 0 ? cut : Math.sin(Math.PI * cut * t) / (Math.PI * t))
      rows[phase * taps + k] = value
      sum += value
    }
    // The same level from every phase: unequal ones would be heard as a hum.
    for (let k = 0; k < taps; k++) rows[phase * taps + k]! /= sum
  }
  const kernel = { rows, taps, phases }
  kernels.set(rate, kernel)
  return kernel
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

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
