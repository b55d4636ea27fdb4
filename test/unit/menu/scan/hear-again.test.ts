import { describe, expect, it } from 'vitest'
import { growAll } from '../../../../src/menu/scan/grow.ts'
import { mayBe, recognises } from '../../../../src/menu/scan/recognise.ts'
import { isRestOf, withoutTail } from '../../../../src/menu/scan/tail.ts'
import { wordsOfText } from '../../../../src/menu/understand/token.ts'
import type { HeardWord } from '../../../../src/phone/listen.ts'
import { hearing } from './kit.ts'

const start =
  'Welcome to Harper Furniture. For life insurance dial one. To rent a truck dial two. To speak to an operator dial zero.'
const trucks = 'For small trucks press one. For large trucks press two. For all other vehicles press three.'
const tree = growAll([hearing([], start), hearing(['2'], trucks)])
const root = tree.nodes.get('')!

/** Pieces that follow one another after pauses of 400 ms, the first at once. */
function said(...pieces: readonly string[]): readonly HeardWord[] {
  let at = 40
  return pieces.flatMap((piece) => {
    const from = at
    const words = wordsOfText(piece).map(({ word }, i) => ({
      word,
      fromMs: from + i * 250,
      toMs: from + i * 250 + 240,
    }))
    at = from + words.length * 250 + 400
    return words
  })
}
const text = (words: readonly HeardWord[]): string => words.map(({ word }) => word).join(' ')

describe('what is still said of a prompt when its key was pressed', () => {
  it('is no part of what the key leads to, also where a word of it was misheard', () => {
    const words = said('to rent a track dial two', 'thank you your request has been received')

    expect(text(withoutTail(words, root, '2'))).toBe('thank you your request has been received')
  })

  it('is nothing once the prompt was over', () => {
    const words = said('to rent a truck dial two', 'for the front desk dial two')

    expect(withoutTail(words, undefined, '2')).toBe(words)
  })

  it('is kept where it is none of the prompt, or comes later', () => {
    const own = said('our office is closed', 'please call again')
    const late = said('to rent a truck dial two', 'goodbye').map((word) => ({ ...word, fromMs: word.fromMs + 600 }))

    expect(withoutTail(own, root, '2')).toBe(own)
    expect(withoutTail(late, root, '2')).toBe(late)
    expect(text(withoutTail(said('dial two', 'for billing'), root, '2'))).toBe('for billing')
  })

  it.each([
    ['insurance dial one', '1'],
    ['to rent a truck dial two to speak to an', '2'],
    ['dial zero', '1'],
    ['a truck', '1'],
    ['furniture for life insurance', '1'],
  ])('is any stretch of it: %s', (rest, key) => {
    expect(text(withoutTail(said(rest, 'please hold'), root, key))).toBe('please hold')
  })

  it('is one of its options where what follows has that key itself', () => {
    const words = said('for life insurance dial one', 'for tickets dial one for refunds dial two')

    expect(text(withoutTail(words, root, '2'))).toBe('for tickets dial one for refunds dial two')
  })

  const billing = 'thank you for calling acme for sales press one for support press two for billing press three'
  it.each([
    [billing, '2', 'for billing support press one', 'for technical support press two'],
    [billing, '2', 'you have reached support', 'press one for hardware'],
    ['press one for new orders press two for existing orders', '2', 'existing orders are handled online', 'goodbye'],
    [
      'for opening hours press one for support press two',
      '1',
      'our opening hours are nine to five',
      'please call back',
    ],
    [
      'for store hours press one for directions press two',
      '1',
      'for store hours in london press one',
      'for store hours in leeds press two',
    ],
    ['for accounts press one for sales press two', '2', 'sales', 'please hold'],
    ['for accounts press one for sales press two', '2', 'for sales in europe press one', 'for sales in asia press two'],
    ['for loans press one for mortgages press two', '2', 'our mortgage desk is closed', 'please call again tomorrow'],
    ['for sales press one for support press two', '1', 'for sales press two', 'for leasing press three'],
    ['for sales press one for support press two', '1', 'for parts press one', 'for support press two'],
    [
      'if you know your party to see a nurse press one for records press two',
      '2',
      'to see a nurse press one',
      'for delivery press two for jobs press four',
    ],
  ])('is not what the key leads to, though it is said in the same words: %s / %s: %s', (prompt, key, ...pieces) => {
    const menu = growAll([hearing([], prompt)]).nodes.get('')!
    const words = said(...pieces)

    expect(text(withoutTail(words, menu, key))).toBe(pieces.join(' '))
  })
})

describe('a prompt that was misheard', () => {
  it('is known sooner or later by a beginning that is half right', () => {
    const words = wordsOfText('Welcome to harbor furniture for live insurance dial one')

    expect(recognises(root, words)).toBe(true)
    expect(recognises(root, wordsOfText('Please enter your account number followed by pound now'))).toBe(false)
  })

  it('is taken for the start where it offers keys and nothing else that is known is nearer', () => {
    const words = wordsOfText(
      'Welcome to horizon transit thousand purposes the nineteen. Medicine, dial two. For visas, dial zero.',
    )

    expect(recognises(root, words)).toBe(false)
    expect(mayBe(tree, root, words)).toBe(true)
    expect(mayBe(tree, root, wordsOfText(trucks))).toBe(false)
    expect(mayBe(tree, root, wordsOfText('Our office is closed. Please call again tomorrow.'))).toBe(false)
  })
})

describe('a prompt that only goes on behind a key', () => {
  it.each([
    ['its end', 'to rent a truck dial two', 'to speak to an operator dial zero'],
    ['a word of it', 'truck'],
    ['its end, of which a key and what it is for were misheard', 'sense dial two', 'to speak to an operator dial zero'],
  ])('is known by %s', (_, ...pieces) => {
    expect(isRestOf(said(...pieces), root)).toBe(true)
  })

  const later = (...pieces: readonly string[]): readonly HeardWord[] =>
    said(...pieces).map((word) => ({ ...word, fromMs: word.fromMs + 400, toMs: word.toMs + 400 }))

  const parts = growAll([hearing([], 'Press one for parts. Press two for sales. Press star to hear this menu again.')])
  it.each([
    ['a key of it and what for', 'press two for sales'],
    ['its end behind a word that was cut', 'our to hear this menu again'],
  ])('is known by %s, also where what was being said as the key was pressed was not understood', (_, piece) => {
    expect(isRestOf(later(piece), parts.nodes.get('')!)).toBe(true)
  })

  it('is known by its end, in which a key by itself has the label of the next', () => {
    expect(isRestOf(later('dial two to speak to an operator dial zero'), root)).toBe(true)
  })

  const many =
    'For parts press one. For sales press two. For jobs press three. For hours press four. To hear this again press star.'
  it.each([
    ['from its middle on', 'one for sales press two for jobs press three for hours press four', false, true],
    ['with a key missed', 'one for sales press two for hours press four to hear this again press star', false, true],
    ['from its beginning', many.toLowerCase().replaceAll('.', ''), false, false],
    ['where the key is there to hear it again', 'one for sales press two for jobs press three for hours', true, false],
    ['or another menu', 'for shirts press one for shoes press two for hats press three', false, false],
  ])('is a long stretch of it that begins later, %s', (_, piece, mayRepeat, is) => {
    expect(isRestOf(later(piece), growAll([hearing([], many)]).nodes.get('')!, mayRepeat)).toBe(is)
  })

  it.each(['dial zero', 'to speak to an operator dial one', 'to speak to an operator', 'goodbye'])(
    'is not what is said later: %s',
    (piece) => {
      expect(isRestOf(later(piece), root)).toBe(false)
    },
  )

  it.each([
    ['another one with such keys', 'for small trucks dial one', 'for large trucks dial two'],
    ['a message', 'thank you your request has been received'],
    ['the end of it and a message', 'to rent a truck dial two', 'our offices are closed please call again tomorrow'],
  ])('is not %s', (_, ...pieces) => {
    expect(isRestOf(said(...pieces), root)).toBe(false)
  })
})

it('another hearing is of the same prompt where its first label was lost, and all others were taken for those of the keys before', () => {
  const rest = 'one for test results select three for the nurse select five for delivery select six to pay select star'
  const tree = growAll([
    hearing(['4'], `select ${rest}`),
    hearing(['4'], `to change your address select ${rest}`),
    hearing(['4'], `to change your address select ${rest}`),
  ])

  expect(tree.nodes.get('4')?.options.map(({ key, label }) => `${key} ${label}`)).toEqual([
    '1 change your address',
    '3 test results',
    '5 nurse',
    '6 delivery',
    '* pay',
  ])
})
