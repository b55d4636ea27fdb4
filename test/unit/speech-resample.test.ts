import { describe, expect, test } from 'vitest'
import { HighPass } from '../../src/speech/high-pass.ts'
import { resample, resampledLength } from '../../src/speech/resample.ts'

const amplitude = 10_000

function sine(hz: number, rate: number, seconds = 0.5): Int16Array {
  return Int16Array.from({ length: rate * seconds }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hz * i) / rate)),
  )
}

/** RMS of the middle against that of a full sine, in dB: the ends ring. */
function levelDb(samples: Float32Array): number {
  const middle = samples.subarray(400, samples.length - 400)
  const rms = Math.sqrt(middle.reduce((sum, x) => sum + x * x, 0) / middle.length)
  return 20 * Math.log10(rms / (amplitude / Math.SQRT2) + 1e-9)
}

describe.each([16_000, 22_050, 44_100, 48_000, 11_025])('from %i Hz', (rate) => {
  const to8k = (hz: number) => {
    const input = sine(hz, rate)
    return levelDb(resample(input, rate, 0, resampledLength(input.length, rate)))
  }

  test.each([200, 1000, 2000, 3000, 3300])('%i Hz passes untouched', (hz) => {
    expect(Math.abs(to8k(hz))).toBeLessThan(0.05)
  })

  test.each([4050, 4300, 5000, 5400])('%i Hz does not fold back', (hz) => {
    expect(to8k(hz)).toBeLessThan(-70)
  })

  test('slices join without a seam', () => {
    const input = sine(700, rate, 0.1)
    const length = resampledLength(input.length, rate)
    const whole = resample(input, rate, 0, length)
    const slices = [resample(input, rate, 0, 37), resample(input, rate, 37, 500), resample(input, rate, 500, length)]
    expect(slices.flatMap((slice) => [...slice])).toEqual([...whole])
  })
})

test('no delay: a click stays where it was', () => {
  const input = new Int16Array(16_000)
  input[8000] = 20_000
  const output = resample(input, 16_000, 0, 8000)
  expect(output.indexOf(Math.max(...output))).toBe(4000)
})

test('8 kHz goes through as it is', () => {
  expect([...resample(Int16Array.of(1, -2, 3), 8000, 0, 3)]).toEqual([1, -2, 3])
})

test.each([
  [50, -25, -23],
  [200, -3.1, -2.9],
  [400, -0.4, 0],
  [1000, -0.1, 0.1],
])('the high-pass at 200 Hz brings %i Hz to between %d and %d dB', (hz, low, high) => {
  const samples = Float32Array.from(sine(hz, 8000, 1))
  const filter = new HighPass(200)
  for (let at = 0; at < samples.length; at += 333) filter.apply(samples.subarray(at, at + 333))
  expect(levelDb(samples)).toBeGreaterThan(low)
  expect(levelDb(samples)).toBeLessThan(high)
})
