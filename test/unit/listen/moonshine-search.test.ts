import tokenizer from 'llama-tokenizer-js'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Likelihood } from '../../../src/speech/recognise/model/likelihood.ts'
import { searchBeam } from '../../../src/speech/recognise/moonshine/beam.ts'
import type { Token } from '../../../src/speech/recognise/moonshine/candidates.ts'
import { writeGreedily } from '../../../src/speech/recognise/moonshine/greedy.ts'
import type { Written } from '../../../src/speech/recognise/moonshine/model.ts'
import { weighWords } from '../../../src/speech/recognise/moonshine/weigh.ts'
import { languageOf } from './language.ts'

const pieces: readonly string[] = tokenizer.vocabById
const idOf = (piece: string): number => pieces.indexOf(piece)

/** Probabilities of what comes next, by what is written; the end where nothing is told. */
type Sound = Readonly<Record<string, Readonly<Record<string, number>>>>

/** An utterance of which the model thinks this. `calls` counts the runs of the decoder. */
function heard(sound: Sound, calls = { count: 0 }): Written {
  const logitsOf = (text: string): Float32Array => {
    const logits = new Float32Array(pieces.length).fill(-30)
    for (const [piece, probability] of Object.entries(sound[text] ?? { '</s>': 1 }))
      logits[idOf(piece)] = Math.log(probability)
    return logits
  }
  const likely = (text: string, token: number): number => logitsOf(text)[token]!
  const at = (texts: readonly string[]): Written => ({
    logits: texts.map(logitsOf),
    write: async (next) => {
      calls.count++
      return at(next.map(({ text, token }) => texts[text]! + pieces[token]!))
    },
    weigh: async (tokens) =>
      tokens.map((token, i) => {
        const before = tokens.slice(0, i).map((one) => pieces[one]!)
        return likely(texts[0]! + before.join(''), token)
      }),
  })
  return at([''])
}

const textOf = (tokens: readonly Token[]): string =>
  tokens
    .map(({ id }) => pieces[id])
    .join('')
    .replaceAll('▁', ' ')
    .trim()

const arpa = String.raw`
\data\
ngram 1=10
ngram 2=4

\1-grams:
-99 <s> -1.0
-2.0 </s> 0.0
-2.0 press -1.0
-3.0 one -1.0
-3.0 want -1.0
-3.0 four -1.0
-3.0 for -1.0
-3.0 gas -1.0
-3.0 glass -1.0
-3.0 sales -1.0

\2-grams:
-0.1 press one
-0.1 for gas
-0.3 one for
-0.3 gas </s>

\end\
`

describe('what Moonshine writes', () => {
  let language: Likelihood
  beforeAll(async () => {
    language = await languageOf(arpa)
  })

  const press = { '': { '▁press': 1 } }
  const doubtful: Sound = {
    ...press,
    '▁press': { '▁want': 0.6, '▁one': 0.4 },
    '▁press▁want': { '▁for': 1 },
    '▁press▁one': { '▁for': 1 },
    '▁press▁want▁for': { '▁sales': 1 },
    '▁press▁one▁for': { '▁sales': 1 },
  }

  it('is the likeliest token each time, where nobody knows the language', async () => {
    expect(textOf(await writeGreedily(heard(doubtful), 5))).toBe('press want for sales')
  })

  it('is what is said on the telephone, where the sound leaves it open', async () => {
    expect(textOf(await searchBeam(heard(doubtful), 5, language))).toBe('press one for sales')
  })

  it('is what was said, where the sound is clear, however unlikely that is', async () => {
    const clear: Sound = { ...doubtful, '▁press': { '▁want': 0.99, '▁one': 0.01 } }
    expect(textOf(await searchBeam(heard(clear), 5, language))).toBe('press want for sales')
  })

  it('may turn out behind a word that was the less likely at first', async () => {
    const late: Sound = {
      ...press,
      '▁press': { '▁want': 0.7, '▁one': 0.3 },
      '▁press▁want': { '▁for': 0.01, '▁sales': 0.01, '▁gas': 0.01, ',': 0.01, '</s>': 0.01 },
      '▁press▁one': { '▁for': 1 },
      '▁press▁one▁for': { '▁sales': 1 },
    }
    expect(textOf(await searchBeam(heard(late), 5, language))).toBe('press one for sales')
  })

  it('does not end before the sound does, though every word costs something', async () => {
    const maybe: Sound = { ...doubtful, '▁press▁one▁for': { '▁sales': 0.75, '</s>': 0.25 } }
    expect(textOf(await searchBeam(heard(maybe), 5, language))).toBe('press one for sales')
  })

  it('goes on no longer than the sound does, though every word is welcome', async () => {
    const over: Sound = { ...doubtful, '▁press▁one▁for▁sales': { '</s>': 0.9, '▁press': 0.1 } }
    expect(textOf(await searchBeam(heard(over), 5, language))).toBe('press one for sales')
  })

  it('is likelier for each way in which it can be written', async () => {
    const ways: Sound = {
      '': { '▁want': 0.4, '▁Four': 0.31, '▁four': 0.29 },
      '▁want': { '▁sales': 1 },
      '▁Four': { '▁sales': 1 },
      '▁four': { '▁sales': 1 },
      '▁want▁sales': { '.': 1 },
      '▁Four▁sales': { '.': 1 },
      '▁four▁sales': { '.': 1 },
    }
    expect(textOf(await searchBeam(heard(ways), 5, language))).toBe('Four sales.')
  })

  it('takes one run of the decoder a token, however many texts are gone on with', async () => {
    const calls = { count: 0 }
    const tokens = await searchBeam(heard(doubtful, calls), 5, language)
    expect(calls.count).toBeLessThanOrEqual(tokens.length + 1)
  })

  it('ends where it begins to go in a circle, and where nobody could have said so much', async () => {
    const circle: Sound = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => ['▁press'.repeat(i), { '▁press': 0.9, '</s>': 0.1 }]),
    )
    expect(textOf(await searchBeam(heard(circle), 60, language))).toBe('press')
    expect(await searchBeam(heard(circle), 0.5, language)).toHaveLength(4)
  })

  it('is three tokens at least, forced where the model would end', async () => {
    const silent: Sound = {
      '': { '</s>': 0.9, '▁press': 0.1 },
      '▁press': { '</s>': 0.9, '▁one': 0.1 },
      '▁press▁one': { '</s>': 0.9, '▁for': 0.1 },
    }
    const tokens = await searchBeam(heard(silent), 5, language)
    expect(tokens.map(({ forced }) => forced)).toEqual([true, true, true])
    expect(tokens[0]!.probability).toBeCloseTo(0.1)
  })

  it('is a word alone where the model is sure that it is whole', async () => {
    const yes: Sound = { '': { '▁press': 1 }, '▁press': { '</s>': 0.999, '▁one': 0.001 } }
    expect(textOf(await searchBeam(heard(yes), 5, language))).toBe('press')
  })
})

describe('the words of another recogniser', () => {
  const written = (text: string) => {
    const tokens: number[] = []
    const places = text.split(' ').map((word, i) => {
      const from = tokens.length
      tokens.push(...tokenizer.encode(word, false, true))
      const said = word
        .toLowerCase()
        .replace(/[^a-z0-9]/g, '')
        .replace('1', 'one')
      return { from, to: tokens.length, text: word, said: i >= 0 && said !== '' ? [said] : [] }
    })
    return { tokens, places }
  }
  const sound: Sound = {
    '': { '▁For': 0.9, '▁Press': 0.1 },
    '▁For': { '▁glass': 0.6, '▁gas': 0.4 },
    '▁For▁glass': { ',': 1 },
    '▁For▁gas': { ',': 1 },
    '▁For▁glass,': { '▁press': 0.5 },
    '▁For▁gas,': { '▁press': 1 },
    '▁For▁gas,▁press': { '▁': 1 },
    '▁For▁gas,▁press▁': { '1': 0.8, '2': 0.2 },
    '▁For▁glass,▁press': { '▁': 1 },
    '▁For▁glass,▁press▁': { '2': 1 },
  }
  const weigh = (text: string, others: string) => {
    const { tokens, places } = written(text)
    return weighWords(heard(sound), tokens, places, others.split(' ').filter(Boolean))
  }

  it('are as likely as the sound makes them in place of what was written, and what comes behind them', async () => {
    const [only, ...rest] = await weigh('For glass, press', 'for gas press')

    expect(rest).toEqual([])
    expect(only).toMatchObject({ others: [1, 2], own: [1, 2] })
    // The word and its comma are two pieces.
    expect(only!.gain).toBeCloseTo((Math.log(0.4) - Math.log(0.6 * 0.5)) / 2)
  })

  it('are not weighed where they are the same', async () => {
    expect(await weigh('For glass, press', 'for glass press')).toEqual([])
  })

  it('are written as the model writes: keys as figures, with the mark and the capital of what they replace', async () => {
    const [only] = await weigh('For gas, press 2.', 'for gas press one')
    expect(only!.gain).toBeGreaterThan(-40)
    const [first] = await weigh('Press glass', 'for glass')
    expect(first).toMatchObject({ others: [0, 1], own: [0, 1] })
    expect(first!.gain).toBeGreaterThan(Math.log(0.9) - Math.log(0.1) - 1)
  })

  it('may be none, or stand where nothing was written', async () => {
    expect(await weigh('For glass,', 'for')).toMatchObject([{ others: [1, 1], own: [1, 2] }])
    expect(await weigh('For', 'for gas')).toMatchObject([{ others: [1, 2], own: [1, 1] }])
    expect(await weigh('', 'for')).toMatchObject([{ others: [0, 1], own: [0, 0] }])
  })
})
