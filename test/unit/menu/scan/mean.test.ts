import { describe, expect, it } from 'vitest'
import { lineNoise } from '../../../../bench/speech/line.ts'
import { SpokenBefore } from '../../../../src/menu/scan/mean.ts'

const rate = 8000

/** Something that rises and falls as syllables do. */
function voice(seconds: number, seed: number): Int16Array {
  const sound = lineNoise(seconds * rate, seed)
  const loudness = lineNoise(seconds * 10 + 1, seed + 100)
  return Int16Array.from(sound, (sample, i) => sample * 6000 * 10 ** Math.min(0, loudness[Math.floor(i / 800)]! - 0.5))
}

/** 20 dB below the voice. */
const noisy = (clean: Int16Array, seed: number): Int16Array => {
  const noise = lineNoise(clean.length, seed + 1000)
  return clean.map((sample, i) => sample + 400 * noise[i]!)
}

/** Of what stands in it beside what was said. */
function noiseIn(heard: Int16Array, clean: Int16Array, from = 0, to = heard.length): number {
  let power = 0
  for (let i = from; i < to; i++) power += (heard[i]! - clean[i]!) ** 2
  return Math.sqrt(power / (to - from)) / 400
}

describe('the mean of what was said before', () => {
  it('has less noise each time a recording is played', async () => {
    const [spoken, clean] = [new SpokenBefore(), voice(5, 1)]
    const levels: number[] = []
    for (const seed of [1, 2, 3, 4]) levels.push(noiseIn(await spoken.meanOf(noisy(clean, seed)), clean))
    expect(levels.map((level) => Math.round(level * 100))).toEqual([100, 71, 58, 50])
  })

  it('finds a part of it, to the sample', async () => {
    const [spoken, clean] = [new SpokenBefore(), voice(6, 1)]
    await spoken.meanOf(noisy(clean, 1))
    const part = clean.subarray(12_345, 36_000)
    expect(noiseIn(await spoken.meanOf(noisy(part, 2)), part)).toBeLessThan(0.75)
  })

  it('finds it in more', async () => {
    const [spoken, clean] = [new SpokenBefore(), voice(6, 1)]
    await spoken.meanOf(noisy(clean.subarray(12_345, 36_000), 1))
    const mean = await spoken.meanOf(noisy(clean, 2))
    expect(noiseIn(mean, clean, 0, 12_000)).toBeGreaterThan(0.9)
    expect(noiseIn(mean, clean, 14_000, 35_000)).toBeLessThan(0.75)
  })

  it('leaves alone what another noise lay over', async () => {
    const [spoken, clean] = [new SpokenBefore(), voice(6, 1)]
    const burst = lineNoise(16_000, 7)
    await spoken.meanOf(noisy(clean, 1).map((sample, i) => sample + 3000 * (burst[i - 16_000] ?? 0)))
    const mean = await spoken.meanOf(noisy(clean, 2))
    expect(noiseIn(mean, clean, 16_000, 32_000)).toBeLessThan(1.1)
    expect(noiseIn(mean, clean, 0, 15_000)).toBeLessThan(0.75)
  })

  it('leaves alone what only begins alike', async () => {
    const [spoken, clean] = [new SpokenBefore(), voice(6, 1)]
    const other = Int16Array.from([...clean.subarray(0, 16_000), ...voice(4, 2)])
    await spoken.meanOf(noisy(clean, 1))
    const mean = await spoken.meanOf(noisy(other, 2))
    expect(noiseIn(mean, other, 16_800)).toBeLessThan(1.01)
  })

  it('leaves alone what another says in the same rhythm', async () => {
    const [spoken, clean] = [new SpokenBefore(), voice(6, 1)]
    const own = lineNoise(clean.length, 5)
    const other = clean.map((sample, i) => Math.abs(sample) * own[i]!)
    await spoken.meanOf(noisy(clean, 1))
    const heard = noisy(other, 2)
    expect(await spoken.meanOf(heard)).toEqual(heard)
  })

  it('leaves a clean line alone', async () => {
    const [spoken, clean] = [new SpokenBefore(), voice(6, 1)]
    const paused = clean.map((sample, i) => (i % 16_000 < 2000 ? 0 : sample))
    await spoken.meanOf(paused)
    expect(await spoken.meanOf(paused)).toBe(paused)
  })
})
