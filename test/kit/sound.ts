import { toneShare } from '../../src/media/dsp/goertzel.ts'
import { wavHeader } from '../../src/media/wav/header.ts'

export function sine(hz: number | readonly number[], ms: number, amplitude = 8000, rate = 8000): Int16Array {
  const all = typeof hz === 'number' ? [hz] : hz
  return Int16Array.from({ length: Math.round((ms * rate) / 1000) }, (_, i) =>
    Math.round(all.reduce((sum, f) => sum + Math.sin((2 * Math.PI * f * i) / rate), 0) * amplitude),
  )
}

/** Repeatable noise with the swell of speech: syllables of 200 ms. Correlates with nothing but itself. */
export function babble(ms: number, seed = 1, amplitude = 6000): Int16Array {
  let state = seed >>> 0 || 1
  let low = 0
  return Int16Array.from({ length: ms * 8 }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    low += (state / 2 ** 31 - 1 - low) * 0.5
    return Math.round(low * amplitude * (0.6 - 0.4 * Math.cos((2 * Math.PI * i) / 1600)))
  })
}

export function concat(...parts: readonly Int16Array[]): Int16Array {
  const out = new Int16Array(parts.reduce((sum, p) => sum + p.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Best normalized correlation of `needle` within `haystack`, and where: 1 is the same sound. */
export function find(needle: Int16Array, haystack: Int16Array): { at: number; score: number } {
  const norm = (a: Int16Array, from: number, n: number): number => {
    let sum = 0
    for (let i = 0; i < n; i++) sum += a[from + i]! * a[from + i]!
    return Math.sqrt(sum)
  }
  const own = norm(needle, 0, needle.length)
  let best = { at: -1, score: -1 }
  for (let at = 0; at + needle.length <= haystack.length; at++) {
    let sum = 0
    for (let i = 0; i < needle.length; i++) sum += needle[i]! * haystack[at + i]!
    const score = sum / (own * norm(haystack, at, needle.length) || 1)
    if (score > best.score) best = { at, score }
  }
  return best
}

/** Share of the energy at `hz`, over the given stretch. */
export const share = (samples: Int16Array, hz: number, fromMs = 0, ms?: number): number =>
  toneShare(samples, hz, fromMs * 8, ms === undefined ? samples.length - fromMs * 8 : ms * 8)

/** A WAV file of 16 bit, 8 kHz, mono. */
export function wav(samples: Int16Array): Uint8Array {
  const header = wavHeader(samples.length * 2)
  const out = new Uint8Array(header.length + samples.length * 2)
  out.set(header)
  out.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.length * 2), header.length)
  return out
}

/** The samples of a file that a recording wrote. */
export const samplesOf = (file: Uint8Array): Int16Array =>
  new Int16Array(Uint8Array.from(file.subarray(44, file.length - (file.length % 2))).buffer)
