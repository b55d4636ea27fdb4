import { PowerSpectrum } from '../dsp/fft.ts'
import { levelDb } from '../dsp/vad.ts'

const RATE = 8000
/** 64 ms: tells 350 from 440 Hz; 440 and 480 Hz are one peak that beats. */
const SIZE = 512
const HZ = RATE / SIZE
/** Bins on either side that belong to a peak under a Hann window, with room for two tones 40 Hz apart. */
const REACH = 3
/** Below it neither speech nor tones lie on a telephone line; hum does. */
const LOWEST = Math.round(200 / HZ)
const QUIET_DB = -45
/** One or two tones hold this share of all power; a voice rarely does. */
const PURE = 0.85

const spectrum = new PowerSpectrum(SIZE)

/** Nothing of music that a telephone lets through lies above. */
const HIGHEST = Math.round(3500 / HZ)
/** 100 ms, in frames. */
const BEFORE = 5

/** What 64 ms sound like. `high` is 0 where a single tone sounds. */
export interface Frame {
  readonly level: number
  /** How like its spectrum is to that of 100 ms before, -1 to 1; 0 where it is quiet. */
  readonly likeness: number
  readonly tonal: boolean
  readonly low: number
  readonly high: number
}

/** Says of each 20 ms frame, together with the 44 ms before it, whether one or two tones sound and which. */
export class TonalFrames {
  readonly #window = new Int16Array(SIZE)
  readonly #before = Array.from({ length: BEFORE }, () => new Float64Array(HIGHEST - LOWEST))
  #frame = 0

  push(samples: Int16Array): Frame {
    this.#window.copyWithin(0, samples.length)
    this.#window.set(samples, SIZE - samples.length)
    const level = levelDb(samples)
    const before = this.#before[this.#frame++ % BEFORE]!
    if (level < QUIET_DB) {
      before.fill(0)
      return { level, likeness: 0, tonal: false, low: 0, high: 0 }
    }
    const bins = spectrum.of(this.#window)
    const likeness = remember(before, bins)
    let total = 0
    for (let i = LOWEST; i < bins.length; i++) total += bins[i]!
    const first = strongest(bins, -1)
    const second = strongest(bins, first)
    const one = powerAround(bins, first)
    const two = powerAround(bins, second)
    const share = (one + two) / total
    if (!(share >= PURE)) return { level, likeness, tonal: false, low: 0, high: 0 }
    const a = hertz(bins, first)
    // A second tone 12 dB below the first is the first's own skirt, or an echo.
    if (two < one / 16) return { level, likeness, tonal: one / total >= PURE, low: a, high: 0 }
    const b = hertz(bins, second)
    return { level, likeness, tonal: true, low: Math.min(a, b), high: Math.max(a, b) }
  }
}

/** The correlation of the amplitudes with those kept from before, which they replace. */
function remember(before: Float64Array, bins: Float64Array): number {
  let [a, b, ab, aa, bb] = [0, 0, 0, 0, 0]
  for (let i = 0; i < before.length; i++) {
    const [now, then] = [Math.sqrt(bins[LOWEST + i]!), before[i]!]
    before[i] = now
    a += now
    b += then
    ab += now * then
    aa += now * now
    bb += then * then
  }
  const count = before.length
  const both = (aa - (a * a) / count) * (bb - (b * b) / count)
  return both <= 0 ? 0 : (ab - (a * b) / count) / Math.sqrt(both)
}

function strongest(bins: Float64Array, beside: number): number {
  let best = LOWEST
  let power = -1
  for (let i = LOWEST; i < bins.length - 1; i++) {
    if (beside >= 0 && Math.abs(i - beside) <= 2 * REACH - 1) continue
    if (bins[i]! > power) {
      power = bins[i]!
      best = i
    }
  }
  return best
}

function powerAround(bins: Float64Array, at: number): number {
  let sum = 0
  for (let i = Math.max(LOWEST, at - REACH); i <= Math.min(bins.length - 1, at + REACH); i++) sum += bins[i]!
  return sum
}

/** The centre of a peak: good to a hertz or two for a single tone, between the two where two are one peak. */
function hertz(bins: Float64Array, at: number): number {
  let weighted = 0
  let sum = 0
  for (let i = Math.max(LOWEST, at - REACH); i <= Math.min(bins.length - 1, at + REACH); i++) {
    weighted += i * bins[i]!
    sum += bins[i]!
  }
  return sum === 0 ? 0 : (weighted / sum) * HZ
}
