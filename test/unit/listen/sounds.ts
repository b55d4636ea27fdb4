import { concat, sine } from '../../kit/sound.ts'

export const silence = (ms: number): Int16Array => new Int16Array(ms * 8)

/** `count` times on and off. */
export function cadence(hz: readonly number[], onMs: number, offMs: number, count: number): Int16Array {
  return concat(...Array.from({ length: count }, () => [sine(hz, onMs, 5000), silence(offMs)]).flat())
}

/** Something like a voice: syllables of noise that fade almost to nothing between each other. */
export function voice(ms: number, seed = 1): Int16Array {
  let state = seed >>> 0 || 1
  return Int16Array.from({ length: ms * 8 }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.round((state / 2 ** 31 - 1) * 9000 * Math.sin((Math.PI * i) / 1600) ** 4)
  })
}

/** Steady chords that change twice a second, with a beat: what hold music looks like to a meter of levels. */
export function chords(ms: number): Int16Array {
  const roots = [262, 330, 392, 294, 349, 440]
  const parts: Int16Array[] = []
  for (let at = 0, i = 0; at < ms; at += 500, i++) {
    const root = roots[i % roots.length] ?? 262
    parts.push(sine([root, root * 1.26, root * 1.5, root * 2.01, root * 3.02], 500, 1500 + (i % 3) * 400))
  }
  return concat(...parts).subarray(0, ms * 8)
}

export function withNoise(samples: Int16Array, amplitude: number, seed = 7): Int16Array {
  let state = seed
  return samples.map((sample) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.max(-32768, Math.min(32767, sample + Math.round((state / 2 ** 31 - 1) * amplitude)))
  })
}
