import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alignWords } from '../../../src/speech/recognise/offline/align.ts'

const shown = (first: string, second: string): string[] => {
  const [a, b] = [first.split(' ').filter(Boolean), second.split(' ').filter(Boolean)]
  return alignWords(a, b).map(({ same, first: one, second: other }) =>
    same ? a.slice(...one).join(' ') : `${a.slice(...one).join(' ')} | ${b.slice(...other).join(' ')}`,
  )
}

describe('two transcripts side by side', () => {
  it.each([
    ['press one', 'press one', ['press one']],
    ['press one for sales', 'press one for sails', ['press one for', 'sales | sails']],
    [
      'for the sales partner ship press one',
      'for sales partnership press one',
      ['for', 'the | ', 'sales', 'partner ship | partnership', 'press one'],
    ],
    ['', 'hello', [' | hello']],
    ['hello', '', ['hello | ']],
    ['', '', []],
    ['use the to sales', 'establish a sales', ['use the to | establish a', 'sales']],
  ])('%s / %s', (first, second, expected) => {
    expect(shown(first, second)).toEqual(expected)
  })

  it.each([
    [
      'company dot website dial seven',
      'company directory nigel seven',
      ['company', 'dot website | directory', 'dial | nigel', 'seven'],
    ],
    [
      'the hometown inn press two',
      'hudson valley bank fifth two',
      ['the hometown inn | hudson valley bank', 'press | fifth', 'two'],
    ],
    ['dial on the left', 'dialogue the left', ['dial on | dialogue', 'the left']],
    ['for skiing press', 'four king dress', ['for | four', 'skiing | king', 'press | dress']],
    ['news press sales', 'who said sales', ['news press | who said', 'sales']],
  ])('keeps the verb before a key apart: %s / %s', (first, second, expected) => {
    expect(shown(first, second)).toEqual(expected)
  })

  it('prefers the word that is spelt alike', () => {
    expect(shown('an awful sales', 'sails')).toEqual(['an awful sales | sails'])
    expect(shown('for resellers press four', 'for repairs rest four')).toEqual([
      'for',
      'resellers | repairs',
      'press | rest',
      'four',
    ])
    expect(shown('press four now', 'press for now')).toEqual(['press', 'four | for', 'now'])
  })

  it('leaves out no word of either, in order', () => {
    const words = fc.array(fc.constantFrom('press', 'one', 'for', 'four', 'sales', 'sails'), { maxLength: 12 })
    fc.assert(
      fc.property(words, words, (first, second) => {
        const stretches = alignWords(first, second)
        expect(stretches.flatMap((s) => first.slice(...s.first))).toEqual(first)
        expect(stretches.flatMap((s) => second.slice(...s.second))).toEqual(second)
        for (const s of stretches.filter(({ same }) => same))
          expect(first.slice(...s.first)).toEqual(second.slice(...s.second))
      }),
    )
  })
})
