import { g711 } from '../../src/media/codec/g711.ts'

/** Mean level of the speech: -20 dBFS. */
const SPEECH = 3277

/** What a telephone line makes of a prompt: its level, noise and a hum at `snrDb` below it, G.711, and silence before and after. */
export function overTheLine(samples: Int16Array, snrDb: number | undefined, seed = 1): Int16Array {
  const quiet = 8000
  const out = new Int16Array(samples.length + 2 * quiet)
  const rms = speechRms(samples)
  let state = seed >>> 0
  const noise = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
  const level = snrDb === undefined ? 0 : SPEECH * 10 ** (-snrDb / 20)
  for (let i = 0; i < out.length; i++) {
    const said = ((samples[i - quiet] ?? 0) * SPEECH) / rms
    // Even noise has a third of its peak's power; the hum has a tenth of all.
    const hiss = level * (1.64 * noise() + 0.45 * Math.sin((2 * Math.PI * 120 * i) / 8000))
    const sample = Math.max(-32768, Math.min(32767, Math.round(said + hiss)))
    out[i] = g711.PCMU.decode[g711.PCMU.encode[sample & 0xffff]!]!
  }
  return out
}

/** Of the loudest half of its 20 ms frames. */
function speechRms(samples: Int16Array): number {
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
