import { expect, test } from 'vitest'
import { HighPass } from '../../src/speech/high-pass.ts'

/** RMS against that of a full sine, in dB, past the start, which rings. */
function levelDb(samples: Float64Array): number {
  const settled = samples.subarray(800)
  return 10 * Math.log10((2 * settled.reduce((sum, x) => sum + x * x, 0)) / settled.length)
}

test.each([
  [50, -25, -23],
  [200, -3.1, -2.9],
  [400, -0.4, 0],
  [1000, -0.1, 0.1],
])('at 200 Hz it brings %i Hz to between %d and %d dB, whatever the slices', (hz, low, high) => {
  const samples = Float64Array.from({ length: 8000 }, (_, i) => Math.sin((2 * Math.PI * hz * i) / 8000))
  const filter = new HighPass(200)
  for (let at = 0; at < samples.length; at += 333) filter.apply(samples.subarray(at, at + 333))
  expect(levelDb(samples)).toBeGreaterThan(low)
  expect(levelDb(samples)).toBeLessThan(high)
})
