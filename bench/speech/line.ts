import { g711 } from '../../src/media/codec/g711.ts'

/** Mean level of the speech: -20 dBFS. */
export const SPEECH = 3277
const RATE = 8000
/** What a telephone line lets through. */
const [LOW_HZ, HIGH_HZ] = [250, 3450]

/** What a telephone line makes of a prompt: its level, noise and a hum at `snrDb` below it, G.711, and silence before and after. */
export function overTheLine(samples: Int16Array, snrDb: number | undefined, seed = 1): Int16Array {
  const quiet = RATE
  const out = new Int16Array(samples.length + 2 * quiet)
  const gain = SPEECH / speechRms(samples)
  for (let i = 0; i < samples.length; i++) out[quiet + i] = clip(samples[i]! * gain)
  return throughG711(withNoise(out, snrDb, seed))
}

/** Noise of the line's band, with a hum that is a tenth of its power, at `snrDb` below speech of -20 dBFS. */
function withNoise(samples: Int16Array, snrDb: number | undefined, seed: number): Int16Array {
  if (snrDb === undefined) return samples
  const hiss = lineNoise(samples.length, seed)
  const level = SPEECH * 10 ** (-snrDb / 20)
  return samples.map((sample, i) =>
    clip(sample + level * (0.95 * hiss[i]! + 0.45 * Math.sin((2 * Math.PI * 120 * i) / RATE))),
  )
}

/** Two seconds in the middle, or what there is, lie under noise as loud as the voice. */
export function withBurst(samples: Int16Array, seed: number): Int16Array {
  const from = Math.max(0, Math.floor(samples.length / 2) - RATE)
  const out = samples.slice()
  const loud = speechRms(samples)
  lineNoise(Math.min(2 * RATE, samples.length - from), seed).forEach((sample, i) => {
    out[from + i] = clip(samples[from + i]! + loud * sample)
  })
  return out
}

const throughG711 = (samples: Int16Array): Int16Array =>
  samples.map((sample) => g711.PCMU.decode[g711.PCMU.encode[sample & 0xffff]!]!)

const clip = (sample: number): number => Math.max(-32768, Math.min(32767, Math.round(sample)))

const TAPS = 101

/** Of power 1, between 250 and 3450 Hz. */
export function lineNoise(length: number, seed: number): Float32Array {
  let state = (Math.imul(seed, 2654435761) + 1) >>> 0
  const white = Float32Array.from({ length: length + TAPS }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  })
  const out = new Float32Array(length)
  let power = 0
  for (let i = 0; i < length; i++) {
    let sum = 0
    for (let k = 0; k < TAPS; k++) sum += band[k]! * white[i + k]!
    out[i] = sum
    power += sum * sum
  }
  const scale = Math.sqrt(length / power)
  return out.map((sample) => sample * scale)
}

/** A band-pass: two windowed sincs (Hamming), one less the other. */
const band = Float32Array.from({ length: TAPS }, (_, k) => {
  const at = k - (TAPS - 1) / 2
  const sinc = (hz: number): number =>
    at === 0 ? (2 * hz) / RATE : Math.sin((2 * Math.PI * hz * at) / RATE) / (Math.PI * at)
  return (sinc(HIGH_HZ) - sinc(LOW_HZ)) * (0.54 - 0.46 * Math.cos((2 * Math.PI * k) / (TAPS - 1)))
})

/** Of the loudest half of its 20 ms frames. */
export function speechRms(samples: Int16Array): number {
  const powers: number[] = []
  for (let at = 0; at + 160 <= samples.length; at += 160) {
    let sum = 0
    for (let i = at; i < at + 160; i++) sum += samples[i]! * samples[i]!
    powers.push(sum / 160)
  }
  powers.sort((a, b) => b - a)
  const loud = powers.slice(0, Math.ceil(powers.length / 2))
  return Math.sqrt(loud.reduce((sum, power) => sum + power, 0) / loud.length) || 1
}
