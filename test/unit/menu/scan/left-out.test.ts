import { describe, expect, it } from 'vitest'
import { growAll } from '../../../../src/menu/scan/grow.ts'
import { openKeys } from '../../../../src/menu/scan/plan.ts'
import { rootOf } from '../../../../src/menu/scan/tree.ts'
import { wordsOfText } from '../../../../src/menu/understand/token.ts'
import { bounds, hearing } from './kit.ts'

describe('keys that a menu leaves out', () => {
  const says = 'For sales, press 2. For parts, press 3. For billing, press 5.'
  const heard = (doubtful: string) =>
    growAll([
      hearing([], says, {
        words: wordsOfText(says).map((word) => ({ ...word, confidence: word.word === doubtful ? 0.3 : 0.94 })),
      }),
      ...['2', '3', '5'].map((key) => hearing([key], 'Goodbye.', { hungUp: true })),
    ])
  const open = (tree: ReturnType<typeof heard>) => openKeys(tree, rootOf(tree)!, { ...bounds, probe: 'gaps' })

  it('are not pressed where those beside them were heard well', () => {
    expect(open(heard(''))).toEqual([])
  })

  it('are where one of those is in doubt', () => {
    expect(open(heard('5.'))).toEqual(['4'])
    expect(open(heard('2.'))).toEqual(['1'])
    // Of "billing or parts" the word between may have been a key.
    expect(open(heard('billing,'))).toEqual(['4'])
  })

  it.each([
    ['2 5 4 3', ['1']],
    ['6 5 4', []],
    ['2 6 5 3', []],
  ])('are where it counts up to them in an order of its own, as none leaves one out there: %s', (order, keys) => {
    const labels = ['sales', 'parts', 'billing', 'jobs']
    const says = order
      .split(' ')
      .map((key, i) => `For ${labels[i]}, press ${key}.`)
      .join(' ')
    const words = wordsOfText(says).map((word) => ({ ...word, confidence: 0.94 }))
    const pressed = order.split(' ').map((key) => hearing([key], 'Goodbye.', { hungUp: true }))

    expect(open(growAll([hearing([], says, { words }), ...pressed]))).toEqual(keys)
  })
})

it('is the other sign where one that was to lead back is refused, rather than what either was taken for', () => {
  const says = 'press 1 for roofing. press 2 for parts. press 3 for jobs. press 5 to go back to the main menu.'
  const words = wordsOfText(says).map((word) => ({ ...word, confidence: word.word === '5' ? 0.2 : 0.94 }))
  const pressed = ['1', '2', '3'].map((key) => hearing([key], 'Goodbye.', { hungUp: true }))
  const refused = hearing(['*'], `Sorry, that is not a valid option. ${says}`)

  const tree = growAll([hearing([], says, { words }), ...pressed, refused])

  expect(rootOf(tree)!.options.at(-1)).toMatchObject({ key: '*', label: 'go back to the main menu' })
  expect(openKeys(tree, rootOf(tree)!, { ...bounds, probe: 'gaps' })).toEqual(['#'])
})

describe('a key that was found and not heard', () => {
  const menu = (says: string, key: string) => {
    const words = wordsOfText(says).map((word) => ({ ...word, confidence: 0.94 }))
    const found = hearing([key], 'Please hold while we transfer your call.')
    return rootOf(growAll([hearing([], says, { words }), found]))!.options.find((option) => option.key === key)?.label
  }

  it('is for what was heard to be for none', () => {
    const four = 'Press 1 for sales. Press 2 for parts. For the front desk. Press 4 for billing.'
    const rest = 'To reach the operator. Press star to hear this again.'

    expect(menu(`${four} ${rest}`, '0')).toBe('operator')
    expect(menu(`${four} Press 5 for jobs.`, '3')).toBe('front desk')
    expect(menu(`${four} ${rest}`, '3')).toBe('')
  })

  it.each([
    ['For roofing, restaurant. For internet service, press 2. To rent a truck, press 3.', 'roofing'],
    [
      'Welcome to Acme. For roofing restaurant. For internet service, press 2. For trucks, press 3.',
      'roofing restaurant',
    ],
    ['Restaurant to pay a bill. Press 2 for internet service. Press 3 to rent a truck.', 'pay a bill'],
    ['Welcome to Acme. Press 2 for internet service. Press 3 to rent a truck.', ''],
    ['Your call may be recorded for quality purposes. Press 2 for parts. Press 3 for sales.', ''],
    ['For quality purposes, this call is recorded. For parts, press 2. For sales, press 3.', ''],
  ])('is for what stands before the others, where it is the first: %s', (says, label) => {
    expect(menu(says, '1')).toBe(label)
  })
})
