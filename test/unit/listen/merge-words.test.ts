import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Likelihood } from '../../../src/speech/recognise/model/likelihood.ts'
import { mergeWords } from '../../../src/speech/recognise/offline/merge.ts'
import type { RecognisedWord } from '../../../src/speech/recognise/recogniser.ts'
import { languageOf } from './language.ts'

/** `press one~0.4`: 300 ms each, sure unless told. */
const words = (text: string): RecognisedWord[] =>
  text
    .split(' ')
    .filter(Boolean)
    .map((each, i) => {
      const [word = '', confidence = '0.95'] = each.split('~')
      return { word, confidence: Number(confidence), fromMs: i * 300, toMs: (i + 1) * 300 }
    })

const text = (merged: readonly RecognisedWord[]): string => merged.map(({ word }) => word).join(' ')

const arpa = String.raw`
\data\
ngram 1=8
ngram 2=3

\1-grams:
-99 <s> -0.5
-1.0 </s> 0.0
-1.0 press -0.5
-1.5 one -0.5
-1.5 star -0.5
-1.5 zero -0.5
-1.5 nine -0.5
-2.0 sales -0.5

\2-grams:
-0.3 press one
-0.7 press star
-0.7 press zero

\end\
`

describe('the words of two recognisers', () => {
  let language: Likelihood
  beforeAll(async () => {
    language = await languageOf(arpa)
  })

  const merged = (sphinx: string, moonshine: string): readonly RecognisedWord[] =>
    mergeWords({ sphinx: words(sphinx), moonshine: words(moonshine) }, language)

  it('stand where both are the same, surer than either', () => {
    const both = merged('press one~0.6', 'press one~0.5')

    expect(text(both)).toBe('press one')
    expect(both[1]!.confidence).toBeCloseTo(0.8)
  })

  it('tell how usual each is behind the two before it', () => {
    expect(merged('press one sales', 'press one sales').map(({ usual }) => usual)).toEqual([-1.5, -0.3, -2.5])
  })

  it('are those of whoever is sure', () => {
    expect(text(merged('to use~0.3 the~0.1 to~0.1 sales', 'to establish~0.97 a~0.97 sales'))).toBe(
      'to establish a sales',
    )
    expect(text(merged('press one for sales', 'press one for snails~0.2'))).toBe('press one for sales')
  })

  it('are rather those that menus say', () => {
    expect(text(merged('press star', 'press zero'))).toBe('press star')
    expect(text(merged('press~0.9 one~0.9', 'breast~0.6 one~0.6'))).toBe('press one')
  })

  it('are rather those that Moonshine finds likely by the sound, its own or not', () => {
    const [sphinx, moonshine] = [words('sales~0.5 use~0.5'), words('sales~0.5 eunice~0.5')]
    const weighing = (gain: number) =>
      text(mergeWords({ sphinx, moonshine, weighed: [{ others: [1, 2], own: [1, 2], gain }] }, language))

    expect(weighing(2)).toBe('sales use')
    expect(weighing(-15)).toBe('sales eunice')
    // Of other places it says nothing here.
    const elsewhere = [{ others: [0, 1], own: [0, 1], gain: 15 }] as const
    expect(text(mergeWords({ sphinx, moonshine, weighed: elsewhere }, language))).toBe(
      text(mergeWords({ sphinx, moonshine }, language)),
    )
  })

  it('are those of pocketsphinx where it is sure of a word that Moonshine merely finds less likely', () => {
    const sphinx = words('for~0.7 hardware~1 press~1 one~1 for~1 software~1 press~1 two~1')
    const moonshine = words('for~0.43 software~0.54 press~0.88 one~0.99 for~0.78 software~0.46 press~0.95 two~1')
    const weighed = [{ others: [1, 2], own: [1, 2], gain: -2.8 }] as const

    expect(text(mergeWords({ sphinx, moonshine, weighed }, language))).toBe(
      'for hardware press one for software press two',
    )
  })

  it('are not left out because Moonshine, which left them out, finds that right', () => {
    const weighed = [{ others: [0, 1], own: [0, 0], gain: -6 }] as const
    const [sphinx, moonshine] = [words('sales press one'), words('press~0.3 one~0.3')]
    expect(text(mergeWords({ sphinx, moonshine, weighed }, language))).toBe('sales press one')
  })

  it('keep what pocketsphinx alone heard, unless that is doubtful', () => {
    const sure = 'press~0.95 one~0.95 sales~0.95'
    expect(text(merged('press one or~0.98 nine~0.9 sales', sure))).toBe('press one or nine sales')
    expect(text(merged('nine~0.02 press~0.6 one~0.6 sales~0.6', sure))).toBe('press one sales')
  })

  it('take the star of the one that seldom writes it', () => {
    expect(text(merged('hit zero~0.7', 'hit star~0.95'))).toBe('hit star')
    expect(text(merged('press star~0.7 sales', 'press zero~0.99 sales'))).toBe('press star sales')
  })

  it('know a star that nobody would say otherwise', () => {
    expect(text(merged('press nine~0.9 to cancel~0.9', 'pressed dard~0.9 to cancel~0.99'))).toBe('press star to cancel')
    expect(text(merged('the start~0.3', 'the dart~0.97'))).toBe('the dart')
  })

  it('take the time of those in whose place they come', () => {
    const both = merged('sales use~0.1 the~0.1 sales', 'sales establishes~0.98 sales')

    expect(both.map(({ word, fromMs, toMs }) => [word, fromMs, toMs])).toEqual([
      ['sales', 0, 300],
      ['establishes', 300, 900],
      ['sales', 900, 1200],
    ])
  })

  it('lie between their neighbours where the other heard nothing', () => {
    const sphinx = [
      { word: 'press', confidence: 0.95, fromMs: 0, toMs: 300 },
      { word: 'sales', confidence: 0.95, fromMs: 900, toMs: 1200 },
    ]

    const both = mergeWords({ sphinx, moonshine: words('press two~0.99 forty~0.99 sales') }, language)

    for (const { fromMs, toMs } of both.slice(1, -1)) {
      expect(fromMs).toBeGreaterThanOrEqual(300)
      expect(toMs).toBeLessThanOrEqual(900)
    }
    expect(both.map(({ fromMs }) => fromMs)).toEqual([...both.map(({ fromMs }) => fromMs)].sort((a, b) => a - b))
  })

  it('are the other one’s where one heard none, unless these are doubtful', () => {
    expect(text(merged('', 'goodbye~0.99 everybody~0.99'))).toBe('goodbye everybody')
    expect(text(merged('', 'you~0.05'))).toBe('')
    expect(text(merged('sales', ''))).toBe('sales')
    expect(merged('', '')).toEqual([])
  })

  it('end before the first that pocketsphinx heard, or begin behind its last, wherever Moonshine puts them', () => {
    const at = (word: string, fromMs: number, toMs: number) => ({ word, fromMs, toMs, confidence: 0.98 })
    const sphinx = [at('sales', 100, 900)]
    const [first, last] = [at('goodbye', 600, 800), at('everybody', 700, 850)]

    const before = mergeWords({ sphinx, moonshine: [first, at('sales', 800, 900)] }, language)
    expect(before).toMatchObject([
      { word: 'goodbye', fromMs: 100, toMs: 100 },
      { word: 'sales', fromMs: 100 },
    ])
    const behind = mergeWords({ sphinx, moonshine: [at('sales', 0, 700), last] }, language)
    expect(behind).toMatchObject([
      { word: 'sales', toMs: 900 },
      { word: 'everybody', fromMs: 900, toMs: 900 },
    ])
  })

  it('come in the order they were said, whatever Moonshine estimates, and are 0 to 1 sure', () => {
    const vocabulary = ['press', 'one', 'two', 'for', 'four', 'star', 'dard', 'sales', 'xylophone', 'constructor']
    const heard = fc
      .array(
        fc.tuple(fc.constantFrom(...vocabulary), fc.nat(400), fc.nat(400), fc.double({ min: 0, max: 1, noNaN: true })),
      )
      .map((all) => {
        let at = 0
        return all.map(([word, pause, lasting, confidence]): RecognisedWord => {
          const fromMs = at + pause
          at = fromMs + lasting
          return { word, fromMs, toMs: at, confidence }
        })
      })

    fc.assert(
      fc.property(heard, heard, (sphinx, moonshine) => {
        const merged = mergeWords({ sphinx, moonshine }, language)
        const end = Math.max(0, ...[...sphinx, ...moonshine].map(({ toMs }) => toMs))
        let before = 0
        for (const { word, fromMs, toMs, confidence } of merged) {
          expect(vocabulary).toContain(word)
          expect(fromMs).toBeGreaterThanOrEqual(before)
          expect(toMs).toBeGreaterThanOrEqual(fromMs)
          expect(toMs).toBeLessThanOrEqual(end)
          expect(confidence).toBeGreaterThanOrEqual(0)
          expect(confidence).toBeLessThanOrEqual(1)
          before = toMs
        }
      }),
    )
  })
})

describe('how likely words are', () => {
  it('is read off the longest that was seen', async () => {
    const language = await languageOf(arpa)

    expect(language.of([], ['press', 'one'], [])).toBeCloseTo(-1.3)
    expect(language.of(['press'], ['sales'], [])).toBeCloseTo(-2.5)
    expect(language.of(['press'], ['sails'], [])).toBeCloseTo(-6.5)
    expect(language.of([], ['press'], ['one', '</s>', 'ignored'])).toBeCloseTo(-1.3 - 1.5)
  })
})
