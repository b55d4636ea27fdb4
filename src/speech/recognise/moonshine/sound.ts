/** Taps on each side of the filter between two samples. */
const TAPS = 24
/** -20 dBFS: what the model is used to. */
const LEVEL = 0.1

/** sinc at the middle between two samples, in a Hann window. */
const between = Float64Array.from({ length: TAPS }, (_, k) => {
  const x = Math.PI * (k + 0.5)
  return (Math.sin(x) / x) * 0.5 * (1 + Math.cos(x / (TAPS + 0.5)))
})

/**
 * 8 to 16 kHz, and to the same level however loud the line is.
 * @param samples 16 bit PCM
 */
export function soundFor(samples: Int16Array): Float32Array {
  let power = 0
  for (const sample of samples) power += sample * sample
  const gain = power === 0 ? 0 : LEVEL / Math.sqrt(power / samples.length)
  const sound = new Float32Array(samples.length * 2)
  for (let i = 0; i < samples.length; i++) {
    let sum = 0
    for (let k = 0; k < TAPS; k++) sum += between[k]! * ((samples[i - k] ?? 0) + (samples[i + 1 + k] ?? 0))
    sound[2 * i] = clipped(samples[i]! * gain)
    sound[2 * i + 1] = clipped(sum * gain)
  }
  return sound
}

const clipped = (value: number): number => Math.max(-1, Math.min(1, value))
