import { describe, expect, it } from 'vitest'
import { BANDS, SoundBands } from '../../../../src/media/listen/bands.ts'
import { doubted, noisesIn } from '../../../../src/menu/scan/noise.ts'
import { HeardSound } from '../../../../src/menu/scan/print.ts'
import { FakeClock } from '../../../kit/fake-clock.ts'
import { concat } from '../../../kit/sound.ts'
import { chords, silence, voice, withNoise } from '../../listen/sounds.ts'
import { FarEnd } from './far-end.ts'
import type { Line } from './kit.ts'
import { runScan } from './run-scan.ts'

function soundOf(samples: Int16Array, fromMs = 0): HeardSound {
  const sound = new HeardSound()
  const bands = new SoundBands((levels, from) => sound.push({ fromMs: fromMs + from * 20, bands: BANDS, levels }))
  for (let at = 0; at + 160 <= samples.length; at += 160) bands.push(samples.subarray(at, at + 160))
  return sound
}

const [loud, hiss] = [9000, 400]
/** Eight seconds of a voice. */
const spoken = concat(voice(4000, 3), silence(400), voice(3600, 5))
const spoilt = concat(
  spoken.subarray(0, 3000 * 8),
  withNoise(spoken.subarray(3000 * 8, 5000 * 8), loud),
  spoken.subarray(5000 * 8),
)

describe('a noise over a prompt', () => {
  it.each([
    ['a clean line', spoilt],
    ['a line that hisses', withNoise(spoilt, hiss)],
  ])('is found on %s, where it lies', (_, samples) => {
    const [noise, ...others] = noisesIn(soundOf(samples))

    expect(others).toEqual([])
    expect(Math.abs(noise!.fromMs - 3000)).toBeLessThanOrEqual(200)
    expect(Math.abs(noise!.toMs - 5000)).toBeLessThanOrEqual(200)
  })

  it.each([
    ['a voice alone', spoken],
    ['a hiss over all of it', withNoise(spoken, hiss)],
    ['a noise over all of it', withNoise(spoken, loud)],
    ['music behind it', concat(spoken, chords(3000))],
    ['too little to tell', spoilt.subarray(3000 * 8, 5500 * 8)],
  ])('is none: %s', (_, samples) => {
    expect(noisesIn(soundOf(samples))).toEqual([])
  })

  it('is found where it lies in a hearing that began before its sound', () => {
    const [early] = noisesIn(soundOf(spoilt))

    const [late] = noisesIn(soundOf(spoilt, 700))

    expect(late).toEqual({ fromMs: early!.fromMs + 700, toMs: early!.toMs + 700 })
  })

  it('leaves each word in doubt that it lies over', () => {
    const words = ['for', 'small', 'trucks'].map((word, i) => ({
      word,
      fromMs: i * 600,
      toMs: i * 600 + 400,
      confidence: 0.9,
    }))

    const heard = doubted(words, [{ fromMs: 900, toMs: 1110 }])

    expect(heard.map(({ confidence }) => confidence)).toEqual([0.9, 0.2, 0.2])
    expect(doubted([{ ...words[1]!, confidence: 0.1 }], [{ fromMs: 900, toMs: 1110 }])[0]?.confidence).toBe(0.1)
  })

  it('makes a scan hear the menu once more', async () => {
    const says = 'For trucks, press 1. For parking, press 2. For events, press 3.'
    const main: Line = { says, keys: { 1: 'end', 2: 'end', 3: 'end' }, again: true }
    const end = { says: 'Thank you for calling, goodbye.' }
    const waysOf = async (noise: readonly [number, number] | undefined): Promise<readonly string[]> => {
      const clock = new FakeClock()
      const lines = { main: { ...main, ...(noise === undefined ? {} : { noise }) }, end }
      const { ways } = await runScan({ clock, far: new FarEnd(lines, clock) })
      return ways
    }

    expect(await waysOf(undefined)).toEqual(['', '1', '2', '3'])
    // By the call that comes for the next key.
    expect(await waysOf([2000, 3500])).toEqual(['', '1', '', '2', '3'])
  })
})
