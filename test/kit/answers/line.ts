import { fromUlaw, toUlaw } from '../ulaw.ts'
import type { Random } from './random.ts'

export type LineNoise = 'none' | 'hiss' | 'hum' | 'room'

/** What the line makes of it: another level, noise, G.711. @param noiseDb RMS, dBFS */
export function throughLine(
  samples: Int16Array,
  { gain, noise, noiseDb }: { readonly gain: number; readonly noise: LineNoise; readonly noiseDb: number },
  chance: Random,
): Int16Array {
  const add = noiseOf(noise, 32768 * 10 ** (noiseDb / 20), chance)
  const out = samples.map((sample, i) => Math.max(-32768, Math.min(32767, Math.round(sample * gain + add(i)))))
  return fromUlaw(toUlaw(out))
}

/** @param rms of what is added to each sample */
function noiseOf(kind: LineNoise, rms: number, chance: Random): (i: number) => number {
  const white = (): number => (chance.next() * 2 - 1) * Math.sqrt(3)
  let low = 0
  switch (kind) {
    case 'none':
      return () => 0
    case 'hiss':
      return () => white() * rms
    case 'hum':
      return (i) =>
        rms * (1.2 * Math.sin((2 * Math.PI * 50 * i) / 8000) + 0.5 * Math.sin((2 * Math.PI * 150 * i) / 8000))
    case 'room':
      return () => {
        low += (white() - low) * 0.15
        return low * rms * 3.4
      }
  }
}
