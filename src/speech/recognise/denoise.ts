import { setImmediate as otherWork } from 'node:timers/promises'
import { Fourier } from '../../media/dsp/fft.ts'

/** 32 ms at 8 kHz, every 16 ms. */
const SIZE = 256
const HOP = 128
const BINS = SIZE / 2 + 1
/** The quietest tenth of an utterance is its background: there are 300 ms of it before and behind what is said. */
const QUIET = 0.1
const LEAST_QUIET = 6
/** The quietest frames are a little quieter than the noise is in the mean. */
const BIAS = 1.2
/** What is taken for noise keeps this much of its amplitude, -25 dB: nothing at all would be as unlike speech as the hiss. */
const FLOOR = 10 ** (-25 / 20)
/** How much the estimate of the frame before counts. */
const MEMORY = 0.92
const LEAST_PRIOR = 10 ** -2.5
const MOST_POSTERIOR = 1e6
/** 0.8 s of audio: some 3 ms of work. */
const FRAMES_AT_A_TIME = 50

const window = Float64Array.from({ length: SIZE }, (_, i) => Math.sin((Math.PI * i) / SIZE))

/**
 * Takes steady noise out of an utterance: its spectrum is read off the quietest frames, and each bin of each frame is weighted by the
 * estimator of the logarithm of the amplitude (Ephraim and Malah, 1985). Lets other work be done in between.
 * @param samples 16 bit PCM, 8 kHz, mono
 * @returns as many samples
 */
export async function denoise(samples: Int16Array): Promise<Int16Array> {
  const noise = backgroundOf(samples)
  if (noise === undefined) return samples
  const frame = new Frame()
  const said = new Float64Array(BINS)
  const sum = new Float64Array(samples.length)
  for (let at = -HOP, count = 1; at < samples.length; at += HOP, count++) {
    frame.read(samples, at)
    weigh(frame, noise, said)
    frame.add(sum, at)
    if (count % FRAMES_AT_A_TIME === 0) await otherWork()
  }
  return Int16Array.from(sum, (value) => Math.max(-32768, Math.min(32767, Math.round(value))))
}

/** Mean power of each bin of the background; `undefined` where there is too little to tell. */
function backgroundOf(samples: Int16Array): Float64Array | undefined {
  const energies: { readonly at: number; readonly energy: number }[] = []
  for (let at = 0; at + SIZE <= samples.length; at += HOP) {
    let energy = 0
    for (let i = 0; i < SIZE; i++) energy += (samples[at + i]! * window[i]!) ** 2
    energies.push({ at, energy })
  }
  if (energies.length < LEAST_QUIET) return undefined
  energies.sort((a, b) => a.energy - b.energy)
  const quiet = energies.slice(0, Math.max(LEAST_QUIET, Math.ceil(energies.length * QUIET)))
  const frame = new Frame()
  const power = new Float64Array(BINS)
  for (const { at } of quiet) {
    frame.read(samples, at)
    for (let k = 0; k < BINS; k++) power[k] = power[k]! + frame.power(k)
  }
  return power.map((sum) => Math.max(1, (BIAS * sum) / quiet.length))
}

/** @param said power of the voice in each bin of the frame before, and of this one after it */
function weigh(frame: Frame, noise: Float64Array, said: Float64Array): void {
  for (let k = 0; k < BINS; k++) {
    const power = frame.power(k)
    const posterior = Math.min(MOST_POSTERIOR, power / noise[k]!)
    const prior = Math.max(LEAST_PRIOR, (MEMORY * said[k]!) / noise[k]! + (1 - MEMORY) * Math.max(0, posterior - 1))
    const wiener = prior / (1 + prior)
    const gain = Math.max(FLOOR, Math.min(1, wiener * Math.exp(0.5 * exponentialIntegral(wiener * posterior))))
    said[k] = gain * gain * power
    frame.scale(k, gain)
  }
}

/** One frame and its spectrum, windowed on the way in and on the way out. */
class Frame {
  readonly #fourier = new Fourier(SIZE)
  readonly #re = new Float64Array(SIZE)
  readonly #im = new Float64Array(SIZE)
  readonly #outRe = new Float64Array(SIZE)
  readonly #outIm = new Float64Array(SIZE)

  /** Silence is read before the first and behind the last sample. */
  read(samples: Int16Array, at: number): void {
    const { places } = this.#fourier
    for (let i = 0; i < SIZE; i++) this.#re[places[i]!] = (samples[at + i] ?? 0) * window[i]!
    this.#im.fill(0)
    this.#fourier.turn(this.#re, this.#im)
  }

  power(k: number): number {
    return this.#re[k]! * this.#re[k]! + this.#im[k]! * this.#im[k]!
  }

  scale(k: number, gain: number): void {
    this.#re[k] = this.#re[k]! * gain
    this.#im[k] = this.#im[k]! * gain
    if (k === 0 || k === SIZE / 2) return
    this.#re[SIZE - k] = this.#re[SIZE - k]! * gain
    this.#im[SIZE - k] = this.#im[SIZE - k]! * gain
  }

  add(sum: Float64Array, at: number): void {
    const { places } = this.#fourier
    for (let i = 0; i < SIZE; i++) {
      this.#outRe[places[i]!] = this.#re[i]!
      this.#outIm[places[i]!] = this.#im[i]!
    }
    this.#fourier.turn(this.#outIm, this.#outRe)
    for (let i = Math.max(0, -at); i < SIZE && at + i < sum.length; i++)
      sum[at + i] = sum[at + i]! + (this.#outRe[i]! / SIZE) * window[i]!
  }
}

/** E1(x), x > 0: by its series below 1, by a fraction above (Abramowitz and Stegun 5.1.11, 5.1.54). */
function exponentialIntegral(x: number): number {
  if (x >= 1) return (Math.exp(-x) / x) * ((x * x + 2.334733 * x + 0.250621) / (x * x + 3.330657 * x + 1.681534))
  const small = Math.max(1e-6, x)
  let sum = -0.5772156649 - Math.log(small)
  let term = 1
  for (let k = 1; k < 9; k++) {
    term *= -small / k
    sum -= term / k
  }
  return sum
}
