import { g711 } from '../codec/g711.ts'
import { frequenciesOfKey } from '../dsp/dtmf.ts'
import type { ToneName } from '../plane.ts'

const RATE = 8000
/** Rise and fall of every burst: 5 ms, so that none clicks. */
const EDGE = 40
const SPEECH_LEVEL = 5200 // -16 dBFS for each of two frequencies

interface Cadence {
  readonly hz: readonly number[]
  readonly amplitude: number
  readonly onMs: number
  /** 0: no pause. */
  readonly offMs: number
  /** Sounds again and again until it is stopped. */
  readonly repeats: boolean
}

/** North American tones (ITU-T E.180 supplement 2). */
const cadences: Readonly<Record<ToneName, Cadence>> = {
  beep: { hz: [1000], amplitude: 8200, onMs: 400, offMs: 0, repeats: false },
  ringback: { hz: [440, 480], amplitude: SPEECH_LEVEL, onMs: 2000, offMs: 4000, repeats: true },
  busy: { hz: [480, 620], amplitude: SPEECH_LEVEL, onMs: 500, offMs: 500, repeats: true },
  congestion: { hz: [480, 620], amplitude: SPEECH_LEVEL, onMs: 250, offMs: 250, repeats: true },
  dial: { hz: [350, 440], amplitude: SPEECH_LEVEL, onMs: 1000, offMs: 0, repeats: true },
}

/** A sum of sines that begins at phase 0. */
function burst(hz: readonly number[], amplitude: number, samples: number, softEdges: boolean): Int16Array {
  const out = new Int16Array(samples)
  for (let i = 0; i < samples; i++) {
    let sum = 0
    for (const f of hz) sum += Math.sin((2 * Math.PI * f * i) / RATE)
    const edge = softEdges ? Math.min(1, (i + 1) / EDGE, (samples - i) / EDGE) : 1
    // Raised cosine: no corner at either end of the ramp.
    out[i] = Math.round(amplitude * sum * (0.5 - 0.5 * Math.cos(Math.PI * edge)))
  }
  return out
}

function encode(samples: Int16Array, length = samples.length): Uint8Array {
  // Shared: it goes to another thread with every play.
  const out = new Uint8Array(new SharedArrayBuffer(length)).fill(g711.PCMU.silence)
  for (let i = 0; i < samples.length; i++) out[i] = g711.PCMU.encode[samples[i]! & 0xffff]!
  return out
}

/** µ-law of one period, and whether the tone goes on with it. */
export interface RenderedTone {
  readonly data: Uint8Array
  readonly repeats: boolean
}

const rendered = new Map<string, RenderedTone>()

function once(key: string, render: () => RenderedTone): RenderedTone {
  let tone = rendered.get(key)
  if (!tone) {
    tone = render()
    rendered.set(key, tone)
  }
  return tone
}

/**
 * A tone as µ-law at 8 kHz. With `ms` a tone without pauses is made exactly so long; one with pauses is repeated and cut by
 * the player.
 */
export function renderTone(name: ToneName, ms?: number): RenderedTone {
  const { hz, amplitude, onMs, offMs, repeats } = cadences[name]
  if (!repeats && ms !== undefined && ms !== onMs) {
    return { data: encode(burst(hz, amplitude, Math.round(ms * 8), true)), repeats: false }
  }
  return once(name, () => {
    // A tone without pauses is a whole number of periods of each frequency: it can follow itself without an edge.
    const sound = burst(hz, amplitude, onMs * 8, offMs > 0 || !repeats)
    return { data: encode(sound, (onMs + offMs) * 8), repeats }
  })
}

export const isToneName = (name: string): name is ToneName => Object.hasOwn(cadences, name)

/** The sound of a key, `samples` long, for far ends that take no telephone-events. */
export function renderKey(key: string, samples: number): Uint8Array {
  const hz = frequenciesOfKey(key)
  if (!hz) throw new RangeError(`no key: ${JSON.stringify(key)}`)
  return once(`key ${key} ${samples}`, () => ({ data: encode(burst(hz, SPEECH_LEVEL, samples, true)), repeats: false }))
    .data
}
