import { describe, expect, it } from 'vitest'
import { COLUMN_HZ, DtmfDetector, frequenciesOfKey, keyTail, ROW_HZ } from '../../../src/media/dsp/dtmf.ts'
import { levelDb, VoiceDetector } from '../../../src/media/dsp/vad.ts'
import { babble, concat, sine } from '../../kit/sound.ts'

const quiet = (ms: number): Int16Array => new Int16Array(ms * 8)

function heardIn(audio: Int16Array): string {
  let heard = ''
  const detector = new DtmfDetector({ keyDown: (key) => (heard += key), keyUp: () => {} })
  for (let at = 0; at < audio.length; at += 160) detector.push(audio.subarray(at, at + 160))
  return heard
}

const two = (low: number, high: number, ms: number, lowAmplitude: number, highAmplitude: number): Int16Array =>
  Int16Array.from({ length: ms * 8 }, (_, i) =>
    Math.round(
      lowAmplitude * Math.sin((2 * Math.PI * low * i) / 8000) +
        highAmplitude * Math.sin((2 * Math.PI * high * i) / 8000),
    ),
  )

const add = (a: Int16Array, b: Int16Array): Int16Array => a.map((s, i) => s + (b[i] ?? 0))

describe('keys heard in audio (ITU-T Q.24)', () => {
  it('all sixteen, 40 ms long, wherever they begin', () => {
    for (let offset = 0; offset < 160; offset += 13) {
      const parts = [...'123A456B789C*0#D'].map((key) => concat(sine(frequenciesOfKey(key)!, 40, 6000), quiet(40)))
      expect(heardIn(concat(new Int16Array(offset), ...parts))).toBe('123A456B789C*0#D')
    }
  })

  it('not what is shorter than 23 ms', () => {
    for (let offset = 0; offset < 160; offset += 7) {
      expect(heardIn(concat(new Int16Array(offset), sine([770, 1336], 23, 6000), quiet(60)))).toBe('')
    }
  })

  it('with frequencies 1.5 % off, not with 3.5 %', () => {
    for (const sign of [-1, 1]) {
      for (const low of ROW_HZ) {
        for (const high of COLUMN_HZ) {
          const off = (by: number): Int16Array => two(low * (1 + sign * by), high * (1 + sign * by), 80, 6000, 6000)
          expect(heardIn(concat(off(0.015), quiet(60)))).toHaveLength(1)
        }
      }
    }
    expect(heardIn(two(770 * 1.05, 1336 * 1.05, 80, 6000, 6000))).toBe('')
  })

  it.each([
    ['4 dB of twist', 4000, 4000 * 10 ** (4 / 20), '5'],
    ['8 dB of reverse twist', 8000, 8000 * 10 ** (-8 / 20), '5'],
    ['12 dB of twist', 2000, 2000 * 10 ** (12 / 20), ''],
    ['14 dB of reverse twist', 8000, 8000 * 10 ** (-14 / 20), ''],
    ['quiet', 200, 200, ''],
    ['one tone alone', 8000, 0, ''],
  ])('%s: %#', (_, low, high, expected) => {
    expect(heardIn(concat(two(770, 1336, 80, low, high), quiet(60)))).toBe(expected)
  })

  it('under noise 20 dB below, once, with a dropout of 10 ms in it', () => {
    const held = concat(sine([852, 1477], 80, 6000), quiet(10), sine([852, 1477], 80, 6000), quiet(60))
    expect(heardIn(add(held, babble(230, 5, 700)))).toBe('9')
  })

  it('not in half a minute of noise that swells like speech, nor in harmonics', () => {
    expect(heardIn(babble(30_000, 11, 12_000))).toBe('')
    expect(heardIn(sine([385, 770, 1155, 1336, 1540], 2000, 3000))).toBe('')
  })

  it('says how long it was held', () => {
    const held: number[] = []
    const detector = new DtmfDetector({ keyDown: () => {}, keyUp: (_, ms) => held.push(ms) })
    detector.push(concat(sine([697, 1209], 200, 6000), quiet(100), sine([697, 1209], 60, 6000)))
    detector.end()
    expect(held).toHaveLength(2)
    expect(Math.abs(held[0]! - 200)).toBeLessThan(16)
    expect(Math.abs(held[1]! - 60)).toBeLessThan(16)
  })
})

describe('the sound of the key that ended a recording', () => {
  const speech = babble(500)

  it.each([
    ['at the very end', concat(speech, sine([941, 1477], 60, 5000)), 60],
    ['with silence behind it', concat(speech, sine([941, 1477], 100, 5000), quiet(300)), 400],
    ['not there', concat(speech, quiet(100)), 0],
  ])('%s', (_, audio, ms) => {
    const cut = keyTail(audio, '#') / 8
    expect(cut).toBeGreaterThanOrEqual(ms)
    expect(cut).toBeLessThan(ms === 0 ? 1 : ms + 30)
  })

  it('another key is left in', () => {
    expect(keyTail(concat(speech, sine([697, 1209], 60, 5000)), '#')).toBe(0)
  })
})

describe('who speaks', () => {
  function speechMs(audio: Int16Array): number {
    const voice = new VoiceDetector()
    for (let at = 0; at + 160 <= audio.length; at += 160) voice.frame(audio.subarray(at, at + 160))
    return voice.speechFrames * 20
  }
  const hiss = (ms: number, amplitude: number): Int16Array => babble(ms, 21, amplitude).map((s) => s)

  it('level is in dB below full scale', () => {
    expect(levelDb(new Int16Array(160))).toBe(-96)
    expect(levelDb(sine(1000, 20, 32767))).toBeCloseTo(-3, 1)
    expect(levelDb(sine(1000, 20, 3277))).toBeCloseTo(-23, 1)
  })

  it.each([
    ['silence', quiet(5000), 0, 0],
    ['hiss at -60 dBFS', hiss(8000, 40), 0, 0],
    ['a click of 40 ms', concat(quiet(1000), sine(700, 40), quiet(1000)), 0, 0],
    ['a voice from the first moment', babble(2000), 1800, 2000],
    ['a voice after silence', concat(quiet(2000), babble(1000), quiet(2000)), 900, 1040],
    ['a voice over hiss', add(concat(quiet(6000), babble(1000), quiet(1000)), hiss(8000, 100)), 900, 1100],
    ['a steady tone of ten seconds', sine(440, 10_000, 6000), 9900, 10_000],
  ])('%s', (_, audio, least, most) => {
    const ms = speechMs(audio)
    expect(ms).toBeGreaterThanOrEqual(least)
    expect(ms).toBeLessThanOrEqual(most)
  })
})
