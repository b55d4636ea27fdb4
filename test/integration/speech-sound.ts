import { readFile } from 'node:fs/promises'
import { readWavLayout } from '../../src/media/wav/header.ts'
import { toMono } from '../../src/media/wav/samples.ts'

export interface Heard {
  readonly rate: number
  readonly seconds: number
  /** Of what is not silence, dBFS. */
  readonly levelDb: number
  /** The share of the power between 150 and 3400 Hz. */
  readonly speechBand: number
  /** RMS of each 10 ms. */
  readonly envelope: readonly number[]
}

/** What a prompt file sounds like, in figures. */
export async function listen(path: string): Promise<Heard> {
  const bytes = await readFile(path)
  const layout = await readWavLayout(async (at, length) => bytes.subarray(at, at + length), bytes.length)
  const { rate, dataAt, dataLength } = layout
  const samples = toMono(layout, bytes.subarray(dataAt, dataAt + dataLength))
  const frame = 80
  const envelope: number[] = []
  for (let at = 0; at + frame <= samples.length; at += frame) {
    envelope.push(Math.sqrt(samples.subarray(at, at + frame).reduce((sum, x) => sum + x * x, 0) / frame))
  }
  const loud = envelope.filter((rms) => rms > 100)
  const rms = Math.sqrt(loud.reduce((sum, x) => sum + x * x, 0) / loud.length)
  return {
    rate,
    seconds: samples.length / rate,
    levelDb: 20 * Math.log10(rms / 32768),
    speechBand: shareBetween(samples, 150, 3400),
    envelope,
  }
}

/** By a plain DFT of every eighth block of 256 samples. */
function shareBetween(samples: Float64Array, low: number, high: number): number {
  const size = 256
  let inside = 0
  let whole = 0
  for (let at = 0; at + size <= samples.length; at += 8 * size) {
    for (let bin = 1; bin <= size / 2; bin++) {
      let [re, im] = [0, 0]
      for (let i = 0; i < size; i++) {
        const turn = (2 * Math.PI * i) / size
        const x = (0.5 - 0.5 * Math.cos(turn)) * samples[at + i]!
        re += x * Math.cos(turn * bin)
        im += x * Math.sin(turn * bin)
      }
      const hz = (bin * 8000) / size
      whole += re * re + im * im
      if (hz >= low && hz <= high) inside += re * re + im * im
    }
  }
  return inside / whole
}

/** The best normalized correlation of two envelopes over shifts of up to 200 ms: 1 for the same sound. */
export function alike(a: readonly number[], b: readonly number[]): number {
  let best = -1
  for (let shift = -20; shift <= 20; shift++) {
    const from = Math.max(0, -shift)
    const to = Math.min(a.length, b.length - shift)
    const [x, y] = [centred(a.slice(from, to)), centred(b.slice(from + shift, to + shift))]
    const dot = (p: readonly number[], q: readonly number[]) => p.reduce((sum, value, i) => sum + value * q[i]!, 0)
    best = Math.max(best, dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y)))
  }
  return best
}

function centred(values: readonly number[]): number[] {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length
  return values.map((x) => x - mean)
}
