import { expect, it } from 'vitest'
import { menuTree, shownNodes } from '../../../src/api/compat/phoneai/menu-tree.ts'
import { growAll } from '../../../src/menu/scan/grow.ts'
import type { Hearing } from '../../../src/menu/scan/hearing.ts'
import { stepsTo } from '../../../src/menu/travel.ts'
import { wordsOfText } from '../../../src/menu/understand/token.ts'

const hearing = (way: readonly string[], text: string): Hearing => ({
  id: `h${way.join('')}`,
  way,
  words: wordsOfText(text),
  tones: [],
  music: false,
  hungUp: false,
  silentMs: 4000,
})
const hearings = [
  hearing([], 'hello welcome to acme. press one for sales. press two for support.'),
  hearing(['1'], 'thanks for calling sales. press three for voice. press five for faxes.'),
  hearing(['1', '5'], 'thanks for your query about faxes. goodbye.'),
]
const tree = growAll(hearings)

it('is nested as the source nests it, field by field', () => {
  const ids = new Map(shownNodes(tree).map((id, i) => [id, 179 + i]))

  const shown = menuTree(tree, ids, new Map(hearings.map((one) => [one.id, one])))

  expect(shown).toEqual({
    id: 179,
    info: { parent_text: '', keys_to_reach: '' },
    key: '',
    audio_text: 'hello welcome to acme press one for sales press two for support',
    audio_text_debug: [
      {
        transcript: `${hearings[0]!.words.map(({ word }) => word).join(' ')} `,
        confidence: 1,
        timestamps: expect.arrayContaining([['hello', 0, 0.3]]),
      },
    ],
    children: [
      {
        id: 180,
        info: { parent_text: expect.stringContaining('press one for sales'), keys_to_reach: '1' },
        key: '1',
        audio_text: 'thanks for calling sales press three for voice press five for faxes',
        audio_text_debug: [expect.objectContaining({ confidence: 1 })],
        children: [
          {
            id: 181,
            info: { parent_text: expect.stringContaining('press five for faxes'), keys_to_reach: '1,5' },
            key: '5',
            audio_text: 'thanks for your query about faxes goodbye',
            audio_text_debug: [expect.objectContaining({ transcript: expect.stringContaining('faxes') })],
            children: [],
          },
        ],
      },
    ],
  })
})

const withStar = growAll([
  hearing([], 'welcome to acme. press one for sales. to return to the main menu press star.'),
  hearing(
    ['1'],
    'thanks for calling sales. press two for voice. press three for faxes. to return to the main menu press star.',
  ),
])

it('has a key that was not pressed, since it leads back by its own words, without children', () => {
  const ids = new Map(shownNodes(withStar).map((id, i) => [id, 1 + i]))

  const root = menuTree(withStar, ids, new Map())!

  const star = { key: '*', audio_text: '', audio_text_debug: null, children: [] }
  expect(root.children.map(({ key }) => key)).toEqual(['1', '*'])
  expect(root.children[0]!.children).toEqual([
    { ...star, id: ids.get('1,*'), info: { parent_text: expect.stringContaining('main menu'), keys_to_reach: '1,*' } },
  ])
  expect(root.children[1]).toMatchObject({ ...star, id: ids.get('*') })
})

it('tells the way to a key that leads back, though it was not pressed, and to none that is open', () => {
  expect(stepsTo(withStar, '1,*')?.map(({ key }) => key)).toEqual(['1', '*'])
  expect(stepsTo(withStar, '1,2')).toBeUndefined()
})

it('tells the way to a node, each key with what it is for', () => {
  expect(stepsTo(tree, '1,5')?.map(({ key, label }) => [key, label])).toEqual([
    ['1', 'sales'],
    ['5', 'faxes'],
  ])
  expect(stepsTo(tree, '')).toEqual([])
  expect(stepsTo(tree, '9')).toBeUndefined()
})

it('of a prompt that was heard twice has the words of the hearing in which they were said', () => {
  const first = hearing(['1'], 'for technical support press the pound key to hear this again press nine')
  const second = {
    ...hearing(
      ['1'],
      'for billing support press one for technical support press the pound key to hear this again press nine',
    ),
    id: 'again',
  }
  const behind = hearing(['1', '1'], 'our billing desk is closed. goodbye.')
  const all = [hearings[0]!, first, second, behind]
  const twice = growAll(all)
  const ids = new Map(shownNodes(twice).map((id, i) => [id, 1 + i]))

  const support = menuTree(twice, ids, new Map(all.map((one) => [one.id, one])))!.children[0]!

  expect(support.children.find(({ key }) => key === '1')!.info.parent_text).toBe('for billing support press one')
  expect(support.audio_text_debug![0]!.transcript.trim()).toBe(support.audio_text)
})
