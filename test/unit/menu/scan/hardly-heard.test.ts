import { describe, expect, it } from 'vitest'
import { growAll } from '../../../../src/menu/scan/grow.ts'
import { nextMove } from '../../../../src/menu/scan/plan.ts'
import { wordsOfText } from '../../../../src/menu/understand/token.ts'
import type { HeardWord } from '../../../../src/phone/listen.ts'
import { bounds, hearing } from './kit.ts'

/** A word with `~` before it was hardly heard. */
const words = (text: string): readonly HeardWord[] =>
  wordsOfText(text).map((word) => ({
    ...word,
    word: word.word.replace('~', ''),
    confidence: word.word.startsWith('~') ? 0.4 : 0.9,
  }))
const optionsAfter = (...texts: readonly string[]): readonly string[] =>
  growAll(texts.map((text) => hearing(['6'], '', { words: words(text) })))
    .nodes.get('6')!
    .options.map(({ key, label }) => `${key} ${label}`.trim())

const noisy =
  'select one ~for ~f ~one ~select ~two ~four ~f ~one ~select ~two ~four ~f ~one ~select ~two, select four for ~appliances, select five to return to the main menu'
const menu =
  'select one to order checks, select two for athletics, select three to make a reservation, select four for admissions, select star to return to the main menu'
const known = ['1 order checks', '2 athletics', '3 make a reservation', '4 admissions', '* return to the main menu']

it.each([
  [0.55, { kind: 'hear', node: '' }],
  [0.65, { kind: 'press', presses: [{ from: '', key: '1' }] }],
])('a label of which the recogniser is sure by %f is heard again, or is not', (confidence, move) => {
  const heard = wordsOfText('For repairs, press one.').map((word, i) => ({
    ...word,
    confidence: i === 1 ? confidence : 0.9,
  }))

  expect(nextMove(growAll([hearing([], '', { words: heard })]), '', bounds)).toEqual(move)
})

describe('a prompt that is unlike what was heard at its place before', () => {
  it('is heard where most labels were in doubt', () => {
    expect(optionsAfter(noisy, menu, menu)).toEqual(known)
  })

  it('is heard where most that lead nowhere back were in doubt, though what leads back was heard', () => {
    const back =
      'select one for ~appliances, select two for ~carpets, select three for kitchens, select four to hear this menu again, select five to go back, select star to return to the main menu'

    expect(optionsAfter(back, menu, menu).slice(0, 2)).toEqual(known.slice(0, 2))
  })

  it('is heard where most had no label', () => {
    expect(optionsAfter('select one, select two, select three for kitchens', menu, menu)).toEqual(known)
  })

  it('is another where half were not', () => {
    const half = 'select one for ~appliances, select two for carpets, select three for ~kitchens, select four for baths'

    expect(optionsAfter(half, menu, menu)).toHaveLength(4)
    expect(optionsAfter(half, menu, menu)).toContain('2 carpets')
  })

  it('is another where they were not', () => {
    expect(optionsAfter(menu, 'press one for sales, press two for billing, press three for parts')).toEqual(known)
    expect(optionsAfter(menu, noisy)).toEqual(known)
  })
})
