import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fits, pagesOf, screenCharacters } from '../../../src/menu/ussd/screen.ts'

const keys = { back: '0', home: '00', more: '98' }
const nowhere = { back: false, home: false }
const size = (page: string): number => page.length + 'CON '.length

describe('one screen', () => {
  it.each([
    ['178 septets and the mark of the gateway', 'a'.repeat(178), true],
    ['one more', 'a'.repeat(179), false],
    ['a euro is two septets', '€'.repeat(89), true],
    ['one more of them', '€'.repeat(90), false],
    ['letters outside the alphabet take 16 bits', 'ж'.repeat(77), true],
    ['one more of those', 'ж'.repeat(78), false],
  ])('%s', (_, text, whole) => {
    expect(fits(text, screenCharacters)).toBe(whole)
  })
})

describe('pages', () => {
  it('show a short text as it is', () => {
    expect(pagesOf(['Welcome.', '1. Sales'], nowhere, keys, 182)).toEqual(['Welcome.\n1. Sales'])
  })

  it('lead on with the key for more, and back from the second on', () => {
    const lines = Array.from({ length: 15 }, (_, i) => `${i + 1}. Something to be chosen`)
    const pages = pagesOf(lines, nowhere, keys, 182)
    expect(pages.length).toBe(3)
    expect(pages.map((page) => page.split('\n').filter((line) => /^(?:98|0)\. /.test(line)))).toEqual([
      ['98. More'],
      ['98. More', '0. Back'],
      ['0. Back'],
    ])
  })

  it('cut a line that no screen holds between words', () => {
    const text = Array.from({ length: 60 }, (_, i) => `word${i}`).join(' ')
    const pages = pagesOf([text], nowhere, keys, 182)
    const told = pages.flatMap((page) => page.split('\n').filter((line) => line.startsWith('word')))
    expect(told.join(' ')).toBe(text)
  })

  it('lose nothing, repeat nothing and never grow too long, whatever is written', () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'B', ' ', 'é', '€', 'ж', '😀', '7', '.'), maxLength: 400 })
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 20 }),
        fc.boolean(),
        fc.integer({ min: 100, max: 182 }),
        (lines, deep, most) => {
          const pages = pagesOf(lines, { back: deep, home: deep }, keys, most)
          const bare = (text: string): string => text.replace(/[ \n]/g, '')
          const leads = new Set(['98. More', '0. Back', '00. Home'])
          const read = pages.flatMap((page) => page.split('\n').filter((each) => !leads.has(each)))
          expect(bare(read.join(''))).toBe(bare(lines.join('')))
          for (const page of pages) expect(fits(page, most)).toBe(true)
        },
      ),
    )
  })

  it('are counted with what the gateway writes before them', () => {
    const pages = pagesOf([`${'x'.repeat(500)}`], nowhere, keys, 182)
    expect(Math.max(...pages.map(size))).toBeLessThanOrEqual(182)
    expect(Math.max(...pages.map(size))).toBe(182)
  })
})
