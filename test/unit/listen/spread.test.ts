import { expect, it } from 'vitest'
import { spread } from '../../../src/speech/recognise/moonshine/spread.ts'
import { babble, concat } from '../../kit/sound.ts'
import { silence, withNoise } from './sounds.ts'

const speech = (ms: number): Int16Array => babble(ms, 3)
const words = (text: string) =>
  text.split(' ').map((word) => ({
    word: word.replace(/[.,]/, ''),
    mark: word.endsWith('.') ? (2 as const) : word.endsWith(',') ? (1 as const) : (0 as const),
  }))

it('words share the time in which somebody speaks, by their length', () => {
  const [a, b] = spread(concat(silence(300), speech(1000), silence(300)), words('on everything'))

  expect(a).toMatchObject({ fromMs: 300, toMs: expect.closeTo(540, -2) })
  expect(b).toEqual({ fromMs: a?.toMs, toMs: 1300 })
})

it('a pause lies between words, where their length says', () => {
  const sound = concat(silence(300), speech(1200), silence(400), speech(500), silence(300))
  const spans = spread(sound, words('to hear these choices again'))

  expect(spans[3]).toMatchObject({ toMs: 1500 })
  expect(spans[4]).toEqual({ fromMs: 1900, toMs: 2400 })
})

it('a pause lies rather behind a comma or a full stop than a word further', () => {
  // By length alone the pause would be before `press`.
  const sound = concat(silence(300), speech(880), silence(300), speech(620), silence(300))
  const wordBehindPause = (text: string) => spread(sound, words(text)).findIndex(({ fromMs }) => fromMs >= 1480)

  expect(wordBehindPause('for new sales press one now')).toBe(3)
  expect(wordBehindPause('for new sales press, one now')).toBe(4)
})

it('what is heard over noise is found in it', () => {
  const sound = withNoise(concat(silence(500), speech(800), silence(400), speech(800), silence(500)), 300)
  const spans = spread(sound, words('press one. press two'))

  expect(spans[1]?.toMs).toBeCloseTo(1300, -2)
  expect(spans[2]?.fromMs).toBeCloseTo(1700, -2)
})

it('every word has its time, in order, also where there are more pauses than words', () => {
  const sound = concat(...Array.from({ length: 4 }, () => [speech(300), silence(300)]).flat())
  for (const text of ['yes', 'yes no', 'a b c d e f g']) {
    const spans = spread(sound, words(text))
    expect(spans).toHaveLength(words(text).length)
    spans.forEach(({ fromMs, toMs }, i) => {
      expect(fromMs).toBeGreaterThanOrEqual(spans[i - 1]?.toMs ?? 0)
      expect(toMs).toBeGreaterThan(fromMs)
    })
    expect(spans.at(-1)?.toMs).toBeLessThanOrEqual(2400)
  }
})

it('words of silence, or of hardly any sound, share the whole utterance', () => {
  expect(spread(silence(400), words('a b'))).toEqual([
    { fromMs: 0, toMs: 200 },
    { fromMs: 200, toMs: 400 },
  ])
  expect(spread(new Int16Array(40), words('a'))).toEqual([{ fromMs: 0, toMs: 5 }])
  expect(spread(speech(100), [])).toEqual([])
})
