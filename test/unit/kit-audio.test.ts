import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { likeness, rate, readWav, toneShare, tune, writeWav } from '../kit/audio.ts'

describe('comparing audio', () => {
  it('finds a tune in a longer recording, with noise and a lost frame', () => {
    const heard = new Int16Array(rate * 4)
    const played = tune(7, 2)
    for (let i = 0; i < played.length; i++) {
      const shifted = i < rate ? i : i - 160
      heard[rate + shifted] = (played[i] as number) * 0.5 + Math.sin(i * 12.9898) * 200
    }

    expect(likeness(heard, played)).toBeGreaterThan(0.9)
  })

  it('finds a tune whose beginning was not heard, and that lost a frame again and again', () => {
    const played = tune(7, 4)
    const lossy = played.filter((_, i) => i >= 0.7 * rate && i % 4000 >= 160)

    expect(likeness(lossy, played, 200)).toBeGreaterThan(0.9)
  })

  it('does not take one tune for another', () => {
    expect(likeness(tune(8, 3), tune(7, 2))).toBeLessThan(0.5)
  })

  it('tells tones apart', () => {
    const beep = Int16Array.from({ length: rate }, (_, i) => 8000 * Math.sin((2 * Math.PI * 1000 * i) / rate))

    expect(toneShare(beep, 1000)).toBeGreaterThan(0.95)
    expect(toneShare(beep, 1300)).toBeLessThan(0.05)
  })

  it('reads back what it wrote', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'offhook-')), 'a.wav')
    const samples = tune(1, 0.5)

    expect(readWav(writeWav(path, samples))).toEqual(samples)
  })
})
