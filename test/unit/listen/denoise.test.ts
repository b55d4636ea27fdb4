import { describe, expect, it } from 'vitest'
import { denoise } from '../../../src/speech/recognise/denoise.ts'
import { concat, sine } from '../../kit/sound.ts'
import { silence, withNoise } from './sounds.ts'

/** Mean power in dB. */
function level(samples: Int16Array, fromMs: number, toMs: number): number {
  const part = samples.subarray(fromMs * 8, toMs * 8)
  return 10 * Math.log10(part.reduce((sum, sample) => sum + sample * sample, 0) / part.length + 1e-9)
}

/** A vowel that stands between two pauses. */
const said = concat(silence(400), sine([220, 440, 660, 1100], 1000, 6000), silence(400))

describe('steady noise in an utterance', () => {
  it('is taken out of its pauses, and leaves what is said as loud as it was', async () => {
    const noisy = withNoise(said, 800)

    const clean = await denoise(noisy)

    expect(clean).toHaveLength(noisy.length)
    expect(level(noisy, 50, 350) - level(clean, 50, 350)).toBeGreaterThan(10)
    expect(Math.abs(level(clean, 500, 1300) - level(said, 500, 1300))).toBeLessThan(1)
  })

  it('leaves what is said nearer to how it was said', async () => {
    const noisy = withNoise(said, 800)
    const apart = (samples: Int16Array): Int16Array => samples.map((sample, i) => sample - said[i]!)

    const clean = await denoise(noisy)

    expect(level(apart(clean), 500, 1300)).toBeLessThan(level(apart(noisy), 500, 1300) - 3)
  })

  it('is not looked for where there is none: the samples stay, but for their rounding', async () => {
    const clean = await denoise(said)

    expect(Math.max(...clean.map((sample, i) => Math.abs(sample - said[i]!)))).toBeLessThanOrEqual(8)
  })

  it.each([0, 1, 255, 256, 700])('is left in %i samples, too few to tell it from what is said', async (length) => {
    const short = withNoise(silence(1000), 800).subarray(0, length)

    expect(await denoise(short)).toEqual(short)
  })

  it('does not keep other work waiting', async () => {
    let others = 0
    const count = setInterval(() => others++, 0)
    await denoise(withNoise(silence(20_000), 800))
    clearInterval(count)

    expect(others).toBeGreaterThan(5)
  })
})
