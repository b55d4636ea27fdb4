import { describe, expect, it } from 'vitest'
import { BANDS, SoundBands } from '../../../../src/media/listen/bands.ts'
import { HeardSound, holdsPrint, PrintWatch, printOf, type SoundPrint } from '../../../../src/menu/scan/print.ts'
import type { SoundPiece } from '../../../../src/phone/listen.ts'
import { tune } from '../../../kit/audio.ts'
import { concat } from '../../../kit/sound.ts'
import { silence, withNoise } from '../../listen/sounds.ts'

/** A prompt of five seconds, each seed another one; some 20 dB above the noise of `onLine`. */
const prompt = (seed: number): Int16Array => tune(seed, 5).map((sample) => sample / 2)
/** What a caller hears, not on the border of a frame. */
const onLine = (seed: number, ...parts: readonly Int16Array[]): Int16Array =>
  withNoise(concat(...parts), 550, seed).subarray((seed * 37) % 160)

function piecesOf(samples: Int16Array): readonly SoundPiece[] {
  const pieces: SoundPiece[] = []
  const bands = new SoundBands((levels, from) => pieces.push({ fromMs: from * 20, bands: BANDS, levels }))
  for (let at = 0; at + 160 <= samples.length; at += 160) bands.push(samples.subarray(at, at + 160))
  return pieces
}

function learned(samples: Int16Array, fromMs = 0): SoundPrint | undefined {
  return printOf(soundOf(samples), fromMs)
}

function soundOf(samples: Int16Array): HeardSound {
  const sound = new HeardSound()
  for (const piece of piecesOf(samples)) sound.push(piece)
  return sound
}

const prints = new Map([1, 2, 3].map((seed) => [String(seed), learned(onLine(seed, silence(300), prompt(seed)))!]))

/** What is found, and how long after the start of the listening that is known. */
function watch(samples: Int16Array, ms: number, known: ReadonlyMap<string, SoundPrint> = prints) {
  const watch = new PrintWatch(known)
  for (const piece of piecesOf(samples)) {
    watch.push(piece)
    const found = watch.found(ms)
    if (found !== undefined) return { ...found, atMs: watch.sound.frames * 20 }
  }
  return undefined
}

describe('a prompt that is known by its sound', () => {
  it('is known over noise within a second, wherever in a frame it begins', () => {
    const found = watch(onLine(21, silence(430), prompt(2)), 900)

    expect(found?.id).toBe('2')
    expect(Math.abs(found!.fromMs - 430)).toBeLessThanOrEqual(60)
    expect(found!.atMs).toBeLessThanOrEqual(430 + 900 + 150)
  })

  it('begins as much later as its sound began behind the hearing', () => {
    const watch = new PrintWatch(prints)
    for (const piece of piecesOf(onLine(21, silence(430), prompt(2))))
      watch.push({ ...piece, fromMs: piece.fromMs + 900 })

    expect(Math.abs(watch.found(900)!.fromMs - 1330)).toBeLessThanOrEqual(60)
  })

  it('is found behind a message of its own, and told from where it began', () => {
    const found = watch(onLine(22, silence(200), prompt(9).subarray(0, 16_000), silence(200), prompt(3)), 3000)

    expect(found?.id).toBe('3')
    expect(Math.abs(found!.fromMs - 2400)).toBeLessThanOrEqual(60)
  })

  it('is not what nobody has heard before, nor noise, nor silence', () => {
    expect(watch(onLine(23, silence(200), prompt(4), prompt(5)), 900)).toBeUndefined()
    expect(watch(onLine(24, silence(8000)), 900)).toBeUndefined()
    expect(watch(silence(8000), 900)).toBeUndefined()
  })

  it('is not one that begins with the same words', () => {
    // Words of one voice are half like one another.
    const [one, two] = [prompt(2), prompt(9)]
    const half = one.map((sample, i) => (i < 12_800 ? sample : (0.5 * sample + two[i]!) / 1.5))

    expect(watch(onLine(28, silence(200), half), 3200)).toBeUndefined()
  })

  it('is known over a noise that lies over a quarter of it', () => {
    const spoilt = concat(prompt(2).subarray(0, 12_800), prompt(9).subarray(12_800, 19_200), prompt(2).subarray(19_200))

    expect(watch(onLine(29, silence(200), spoilt), 3200)?.id).toBe('2')
  })

  describe('behind a greeting that others begin with as well', () => {
    const greeting = tune(7, 4.8).map((sample) => sample / 2)
    const greeted = (seed: number): Int16Array => concat(greeting, prompt(seed))
    const known = (seed: number): SoundPrint =>
      printOf(soundOf(onLine(seed, silence(300), greeted(seed))), 0, { greetingMs: 4800 })!
    const found = (samples: Int16Array, isExpected: boolean, prints = new Map([['1', known(1)]])) => {
      const watch = new PrintWatch(prints)
      for (const piece of piecesOf(samples)) {
        watch.push(piece)
        const prompt = watch.found(3200, () => isExpected)
        if (prompt !== undefined) return { ...prompt, atMs: watch.sound.frames * 20 }
      }
      return undefined
    }

    it('is known where it is said, late, or soon where it is expected', () => {
      const heard = onLine(25, silence(200), greeted(1))
      const [late, soon] = [found(heard, false), found(heard, true)]

      expect([late?.id, soon?.id]).toEqual(['1', '1'])
      expect(Math.abs(late!.fromMs - 200)).toBeLessThanOrEqual(60)
      expect(late!.atMs - soon!.atMs).toBeCloseTo(4800, -3)
    })

    it('is not another one with that greeting, which is known itself', () => {
      const other = onLine(25, silence(200), greeted(2))

      expect(found(other, false)).toBeUndefined()
      expect(found(other, false, new Map([1, 2].map((seed) => [String(seed), known(seed)])))?.id).toBe('2')
    })

    it('is not known by a print that does not go beyond it', () => {
      const short = printOf(soundOf(onLine(1, greeting)), 0, { greetingMs: 4800 })!

      expect(found(onLine(25, silence(200), greeted(1)), false, new Map([['1', short]]))).toBeUndefined()
      expect(found(onLine(25, silence(200), greeted(1)), true, new Map([['1', short]]))?.id).toBe('1')
    })
  })

  it('is left open where two begin alike', () => {
    const two = new Map([
      ['a', learned(onLine(1, prompt(1)))!],
      ['b', learned(onLine(2, prompt(1)))!],
    ])

    expect(watch(onLine(25, prompt(1)), 3000, two)).toBeUndefined()
  })
})

describe('what is kept of a prompt', () => {
  it('begins with the voice, not with the noise of the line', () => {
    const [late, soon] = [learned(onLine(6, silence(1500), prompt(1))), learned(onLine(7, silence(100), prompt(1)))]

    expect(watch(onLine(26, silence(700), prompt(1)), 3000, new Map([['late', late!]]))?.fromMs).toBeCloseTo(700, -2)
    expect(watch(onLine(27, silence(700), prompt(1)), 3000, new Map([['soon', soon!]]))?.fromMs).toBeCloseTo(700, -2)
  })

  it('is of where it stands in a hearing that began before its sound', () => {
    const sound = new HeardSound()
    for (const piece of piecesOf(onLine(8, prompt(9).subarray(0, 16_000), silence(300), prompt(2))))
      sound.push({ ...piece, fromMs: piece.fromMs + 1500 })

    const print = printOf(sound, 1500 + 2000)!
    const found = watch(onLine(26, silence(200), prompt(2)), 3000, new Map([['2', print]]))
    expect(Math.abs(found!.fromMs - 200)).toBeLessThanOrEqual(60)
  })

  it('is nothing where hardly anything was said', () => {
    expect(learned(onLine(8, prompt(1).subarray(0, 9600), silence(200)))).toBeUndefined()
    expect(learned(silence(6000))).toBeUndefined()
  })

  it('is somewhere in what was heard, or is not', () => {
    const heard = soundOf(onLine(25, silence(430), prompt(9).subarray(0, 8000), prompt(2)))

    expect(['1', '2', '3'].filter((id) => holdsPrint(heard, prints.get(id)!))).toEqual(['2'])
  })
})
