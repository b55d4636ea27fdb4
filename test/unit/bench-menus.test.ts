import { describe, expect, it } from 'vitest'
import { compareTree } from '../../bench/menus/compare-tree.ts'
import { costOfSource } from '../../bench/menus/cost.ts'
import { placeOf } from '../../bench/menus/place.ts'
import { generateTree } from '../../bench/menus/trees.ts'
import type { Menu, MenuAction } from '../../src/menu/model.ts'
import type { NodeView, OptionView } from '../../src/menu/scan/view.ts'

const bye: MenuAction = { kind: 'hangup', say: 'Goodbye.' }
const menu: Menu = {
  name: 'Company',
  start: 'main',
  menus: {
    main: {
      prompt: 'Main.',
      options: [
        { key: '1', label: 'sales', action: { kind: 'menu', menu: 'sales' } },
        { key: '2', label: 'hours', action: bye },
        { key: '*', label: 'again', action: { kind: 'repeat' } },
      ],
    },
    sales: {
      prompt: 'Sales.',
      options: [
        { key: '1', label: 'orders', action: { kind: 'dial', to: ['1001'] } },
        { key: '9', label: 'main menu', action: { kind: 'menu', menu: 'main' } },
      ],
    },
  },
}

const node = (id: string, end: NodeView['end'], options: readonly OptionView[] = []): NodeView => ({
  ...{ id, way: id === '' ? [] : id.split(','), end, options },
  ...{ confidence: 1, text: end, hearings: [] },
})
const leads = (key: string, to: NodeView | string): OptionView => ({
  ...{ key, label: key, role: 'branch', confidence: 1, from: 'heard' },
  ...(typeof to === 'string' ? { state: 'loop', to } : { state: 'explored', node: to }),
})
const sales = node('1', 'menu', [leads('1', node('1,1', 'person')), leads('9', '')])
const found = node('', 'menu', [leads('1', sales), leads('2', node('2', 'hung_up')), leads('*', '')])

describe('a scanned tree against the one that was served', () => {
  it('is exact where every key is there and leads where it should', () => {
    expect(compareTree(menu, found)).toMatchObject({
      found: { offered: 5, found: 5, invented: 0, exactMenus: 2, exactTrees: 1 },
      ...{ ends: 2, endsRight: 2, faults: [] },
    })
  })

  it('is not where a key is missing, which leaves the menu behind it unheard', () => {
    const score = compareTree(menu, { ...found, options: found.options.slice(1) })

    expect(score.found).toMatchObject({ offered: 5, found: 2, menus: 2, exactMenus: 0, exactTrees: 0 })
    expect(score.faults).toEqual(['start: key 1 (sales) was missed', 'the menu sales was not found'])
  })

  it('is not where all keys are right and one leads elsewhere', () => {
    const wrong = { ...sales, options: [sales.options[0]!, leads('9', '1')] }
    const score = compareTree(menu, { ...found, options: [leads('1', wrong), ...found.options.slice(1)] })

    expect(score.found).toMatchObject({ found: 5, exactMenus: 2, exactTrees: 0 })
    expect(score.faults).toEqual(['1: key 9 (main menu) leads to the menu main, not to the menu of 1'])
  })

  it('counts what was invented, also behind the end of a branch', () => {
    const more = node('2', 'menu', [leads('7', node('2,7', 'dead'))])
    const score = compareTree(menu, { ...found, options: [found.options[0]!, leads('2', more), found.options[2]!] })

    expect(score.found).toMatchObject({ invented: 1, exactTrees: 0 })
  })

  it('is all missed where nothing was heard', () => {
    expect(compareTree(menu, undefined).found).toMatchObject({
      offered: 5,
      found: 0,
      menus: 2,
      trees: 1,
      exactTrees: 0,
    })
  })
})

it('keys lead through a menu until a branch ends', () => {
  expect(placeOf(menu, '1')).toBe('sales')
  expect(placeOf(menu, '*719')).toBe('main')
  expect(placeOf(menu, '2')).toBeUndefined()
})

it("the source's way pays each path, a whole menu and five seconds once", () => {
  const durations = { menu: () => 10_000, end: (action: MenuAction) => (action.kind === 'hangup' ? 2000 : 3000) }

  // 1,1: both menus whole, then who answers. 1,9: keys after 1/3 and all of it, then main. 2 and *: after 2/3 and all.
  const paths = [15_000 + 15_000 + 8000, 3333 + 10_000 + 15_000, 6667 + 2000, 10_000 + 15_000]
  expect(costOfSource(menu, durations) / 1000).toBeCloseTo(paths.reduce((a, b) => a + b) / 1000, 1)
})

it('trees of one seed are the same, of another not', () => {
  const tree = (seed: number) => JSON.stringify(generateTree({ seed, mostMenus: 5, person: '1', mailbox: 'm' }))

  expect(tree(4)).toBe(tree(4))
  expect(tree(4)).not.toBe(tree(5))
})
