import { describe, expect, it } from 'vitest'
import { growAll } from '../../../../src/menu/scan/grow.ts'
import { mayBe, recognises } from '../../../../src/menu/scan/recognise.ts'
import { withoutTail } from '../../../../src/menu/scan/tail.ts'
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

    expect(text(withoutTail(words, root, true))).toBe('thank you your request has been received')
  })

  it('is not what only sounds like it, once the prompt was over', () => {
    const rooms = said('for renting trucks dial one', 'for the front desk dial two')

    expect(withoutTail(rooms, root, false)).toBe(rooms)
  })

  it('is kept where it is none of the prompt, or comes later', () => {
    const own = said('our office is closed', 'please call again')
    const late = said('to rent a truck dial two', 'goodbye').map((word) => ({ ...word, fromMs: word.fromMs + 600 }))

    expect(withoutTail(own, root, true)).toBe(own)
    expect(withoutTail(late, root, true)).toBe(late)
    expect(withoutTail(said('dial two', 'for billing'), root, false)).toHaveLength(4)
    expect(text(withoutTail(said('dial two', 'for billing'), root, true))).toBe('for billing')
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
