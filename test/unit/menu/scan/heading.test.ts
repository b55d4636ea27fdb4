import { describe, expect, it } from 'vitest'
import { growAll } from '../../../../src/menu/scan/grow.ts'
import type { Hearing, Way } from '../../../../src/menu/scan/hearing.ts'
import { rootOf } from '../../../../src/menu/scan/tree.ts'
import { wordsOfText } from '../../../../src/menu/understand/token.ts'
import { hearing } from './kit.ts'

/** `clothing~0.1` is a word that the recogniser is not sure of. */
function recognised(way: Way, text: string): Hearing {
  const doubts = [...text.matchAll(/[a-z']+(?:~(\d\.\d))?/gi)].map(([, doubt]) => Number(doubt ?? 0.9))
  const words = wordsOfText(text.replaceAll(/~\d\.\d/g, '')).map((word, i) => ({
    ...word,
    confidence: doubts[i] ?? 0.9,
  }))
  return hearing(way, '', { words })
}

const labels = (...hearings: readonly Hearing[]): readonly string[] =>
  rootOf(growAll(hearings))?.options.map(({ label }) => label) ?? []

const menu = 'Press one for rooms. Press two for the bar.'

describe('what a menu that a key leads to begins with', () => {
  it.each([
    ['Parking.', 'by itself'],
    ['You have reached the parking office.', 'behind who was reached'],
    ['Thank you for calling parking.', 'behind thanks'],
  ])('chooses between what was heard of the key: %s (%s)', (heading) => {
    const heard = [
      recognised([], 'Press one for clothing~0.3. Press two for sales.'),
      recognised([], 'Press one for parking~0.2. Press two for sales.'),
      recognised([], 'Press one for clothing~0.3. Press two for sales.'),
    ]
    expect(labels(...heard)).toEqual(['clothing', 'sales'])
    expect(labels(...heard, recognised(['1'], `${heading} ${menu}`))).toEqual(['parking', 'sales'])
    // In whatever order they are heard.
    expect(labels(heard[0]!, recognised(['1'], `${heading} ${menu}`), heard[1]!, heard[2]!)).toEqual([
      'parking',
      'sales',
    ])
  })

  it('stands in for what was in doubt each time, and is like it', () => {
    const heard = recognised([], 'Press one for clothing~0.2. Press two for sales.')
    expect(labels(heard, recognised(['1'], `Parking. ${menu}`))).toEqual(['parking', 'sales'])
    expect(labels(heard, recognised(['1'], `Parking~0.3. ${menu}`))).toEqual(['clothing', 'sales'])
    expect(labels(heard, recognised(['1'], `Good choice. ${menu}`))).toEqual(['clothing', 'sales'])
  })

  it('stands in by its surest hearing, in whatever order they are heard', () => {
    const heard = recognised([], 'Press one for clothing~0.2. Press two for sales.')
    const badly = recognised(['1'], `Barring~0.6. ${menu}`)
    const well = recognised(['1'], `Parking. ${menu}`)
    expect(labels(heard, badly)).toEqual(['barring', 'sales'])
    expect(labels(heard, badly, well)).toEqual(['parking', 'sales'])
    expect(labels(heard, well, badly)).toEqual(['parking', 'sales'])
  })

  it.each([
    ['mailing', 'Main menu.'],
    ['listing', 'Please listen carefully.'],
    ['welding', 'Welcome.'],
    ['holding', 'Please hold.'],
  ])('is no label for %s~0.3 where any menu may begin so: %s', (label, heading) => {
    const heard = recognised([], `Press one for ${label}~0.3. Press two for sales.`)
    expect(labels(heard, recognised(['1'], `${heading} ${menu}`))).toEqual([label, 'sales'])
  })

  it('is no label where the key was heard well', () => {
    const heard = recognised([], 'Press one for clothing. Press two for sales.')
    expect(labels(heard, recognised(['1'], `Parking. ${menu}`))).toEqual(['clothing', 'sales'])
    expect(labels(heard, recognised(['1'], `You have reached the clothing department. ${menu}`))).toEqual([
      'clothing',
      'sales',
    ])
  })

  it('is no label that stands at another key', () => {
    const heard = recognised([], 'Press one for clothing~0.2. Press two for parking.')
    expect(labels(heard, recognised(['1'], `Parking. ${menu}`))).toEqual(['clothing', 'parking'])
  })

  it('is none of a message, which says other things first', () => {
    const heard = recognised([], 'Press one for closing~0.2. Press two for sales.')
    expect(labels(heard, { ...recognised(['1'], 'Closed. We are open from nine to five.'), hungUp: true })).toEqual([
      'closing',
      'sales',
    ])
  })
})
