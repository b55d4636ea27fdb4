const RATE = 8000

/** Coefficient of the Goertzel recursion for `hz` at 8 kHz. */
export const goertzelCoefficient = (hz: number): number => 2 * Math.cos((2 * Math.PI * hz) / RATE)

/** Squared magnitude at the frequency of `coefficient`; (amplitude * length / 2)^2 for a sine that hits it. */
export function goertzelPower(samples: Int16Array, from: number, length: number, coefficient: number): number {
  let a = 0
  let b = 0
  for (let i = from; i < from + length; i++) {
    const next = samples[i]! + coefficient * a - b
    b = a
    a = next
  }
  return a * a + b * b - coefficient * a * b
}

/** Share of the energy of `samples` at `hz`: 1 for a pure sine there, about 0 for anything else. */
export function toneShare(samples: Int16Array, hz: number, from = 0, length = samples.length - from): number {
  let energy = 0
  for (let i = from; i < from + length; i++) energy += samples[i]! * samples[i]!
  if (energy === 0) return 0
  return (2 * goertzelPower(samples, from, length, goertzelCoefficient(hz))) / (length * energy)
}
