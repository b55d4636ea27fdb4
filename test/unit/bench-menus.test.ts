import { describe, expect, it } from 'vitest'
import { compareTree } from '../../bench/menus/compare-tree.ts'
import { costOfSource } from '../../bench/menus/cost.ts'
import { placeDialled, placeOf } from '../../bench/menus/place.ts'
import { plannedTrees } from '../../bench/menus/plan.ts'
import { describeTrees, generateTree, type Tree } from '../../bench/menus/trees.ts'
import { checkMenu } from '../../src/menu/check.ts'
import { type Menu, type MenuAction, optionsOf } from '../../src/menu/model.ts'
import type { NodeView, OptionView } from '../../src/menu/scan/view.ts'
import { sameLabel } from '../../src/menu/understand/likeness.ts'
import { wordsOfText } from '../../src/menu/understand/token.ts'
import { understand } from '../../src/menu/understand/understand.ts'
import { spoken } from './menu/understand/kit.ts'

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
const leads = (key: string, label: string, to: NodeView | string): OptionView => ({
  ...{ key, label, role: 'branch', confidence: 1, from: 'heard' },
  ...(typeof to === 'string' ? { state: 'loop', to } : { state: 'explored', node: to }),
})
const sales = node('1', 'menu', [leads('1', 'orders', node('1,1', 'person')), leads('9', 'main menu', '')])
const hours = node('2', 'hung_up')
const found = node('', 'menu', [leads('1', 'sales', sales), leads('2', 'hours', hours), leads('*', 'again', '')])

describe('a scanned tree against the one that was served', () => {
  it('is exact where every key is there and leads where it should', () => {
    expect(compareTree(menu, found)).toMatchObject({
      found: { offered: 5, found: 5, invented: 0, exactMenus: 2, exactTrees: 1 },
      ...{ labels: 5, labelsRight: 5, ends: 2, endsRight: 2, faults: [] },
    })
  })

  it('is not where a key is missing, which leaves the menu behind it unheard', () => {
    const score = compareTree(menu, { ...found, options: found.options.slice(1) })

    expect(score.found).toMatchObject({ offered: 5, found: 2, menus: 2, exactMenus: 0, exactTrees: 0 })
    expect(score.faults).toEqual(['start: key 1 (sales) was missed', 'the menu sales was not found'])
  })

  it('is not where all keys are right and one leads elsewhere', () => {
    const wrong = { ...sales, options: [sales.options[0]!, leads('9', 'main menu', '1')] }
    const score = compareTree(menu, { ...found, options: [leads('1', 'sales', wrong), ...found.options.slice(1)] })

    expect(score).toMatchObject({ found: { found: 5, exactMenus: 2, exactTrees: 0 }, exactBarLabels: 0 })
    expect(score.faults).toEqual(['1: key 9 (main menu) leads to the menu main, not to the menu of 1'])
  })

  it('is not where the end of a branch is called by another name', () => {
    const mailbox = leads('2', 'hours', node('2', 'voicemail'))
    const score = compareTree(menu, { ...found, options: [found.options[0]!, mailbox, found.options[2]!] })

    expect(score).toMatchObject({
      found: { found: 5, exactMenus: 2, exactTrees: 0 },
      exactBarLabels: 0,
      ends: 2,
      endsRight: 1,
    })
    expect(score.faults).toEqual(['2: ends as voicemail in place of hangup: "voicemail"'])
  })

  it('is not where a label is of something else, and is where one was misheard by a letter', () => {
    const named = (label: string) => ({ ...found, options: [leads('1', label, sales), ...found.options.slice(1)] })

    expect(compareTree(menu, named('sails')).found.exactTrees).toBe(1)
    expect(compareTree(menu, named('parking'))).toMatchObject({
      labelsRight: 4,
      found: { exactMenus: 2, exactTrees: 0 },
      exactBarLabels: 1,
    })
    expect(compareTree(menu, named(''))).toMatchObject({ labelsRight: 4, found: { exactTrees: 0 } })
  })

  it('counts what was invented, also behind the end of a branch', () => {
    const more = node('2', 'menu', [leads('7', 'more', node('2,7', 'dead'))])
    const score = compareTree(menu, {
      ...found,
      options: [found.options[0]!, leads('2', 'hours', more), found.options[2]!],
    })

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

it("a prompt that hears no key while it speaks is paid whole on each path, in the source's way as in ours", () => {
  const main = { ...menu.menus.main!, bargeIn: false }
  const durations = { menu: () => 10_000, end: (action: MenuAction) => (action.kind === 'hangup' ? 2000 : 3000) }
  const whole = costOfSource({ ...menu, menus: { ...menu.menus, main } }, durations)

  // 1,9, 2 and * wait for the end of main.
  expect((whole - costOfSource(menu, durations)) / 1000).toBeCloseTo(6667 / 1000 + 3333 / 1000, 1)
})

it('keys of several digits are told apart one digit after another', () => {
  const options = [
    { key: '14', label: 'parts', action: { kind: 'menu', menu: 'sales' } },
    { key: '15', label: 'hours', action: bye },
  ] as const
  const codes: Menu = { ...menu, menus: { ...menu.menus, main: { prompt: 'Main.', options: [...options] } } }

  expect(placeDialled(codes, '14')).toBe('sales')
  expect(placeDialled(codes, '149')).toBe('main')
  expect(placeDialled(codes, '1')).toBeUndefined()
  expect(placeDialled(menu, '*719')).toBe('main')
})

describe('a plan of trees', () => {
  const voices = { names: ['rms', 'kal16', 'slt', 'awb', 'kal', 'kal_diphone'], apart: [] }
  const halfOf = (trees: number, names = voices.names) =>
    plannedTrees({ seed: 7, trees, voices: names, noise: 'half', apart: 0 }, voices).filter(({ noisy }) => noisy)

  it.each([12, 24, 30])('has noise on half of %i', (trees) => {
    expect(halfOf(trees)).toHaveLength(trees / 2)
  })

  it('has noise on each voice as often as without, or once more or less', () => {
    const counts = voices.names.map((name) => halfOf(30).filter(({ voice }) => voice === name).length)
    expect(counts.every((count) => count === 2 || count === 3)).toBe(true)
  })

  it('gives a single voice noise each second time', () => {
    expect(halfOf(4, ['slt']).map(({ seed }) => seed)).toEqual([8, 10])
  })
})

describe('generated trees', () => {
  const tree = (seed: number): Tree => generateTree({ seed, mostMenus: 6, person: '1', mailbox: 'm' })
  const many = Array.from({ length: 200 }, (_, seed) => tree(seed))

  it('are the same for one seed, and not for another', () => {
    expect(tree(4)).toEqual(tree(4))
    expect(tree(4)).not.toEqual(tree(5))
  })

  it('say how deep they are and what they ask for', () => {
    const trees = [
      { ...tree(1), depth: 2, forms: ['gaps', 'counting'] as const },
      { ...tree(2), depth: 2, forms: ['gaps', 'press or say'] as const },
    ]

    expect(describeTrees(trees)).toBe(
      'Menus after one another in a tree: 2 (2). Menus: counting (1), gaps (2), press or say (1).',
    )
  })

  it('are menus that may be saved', () => {
    expect(many.flatMap(({ menu }) => checkMenu(menu))).toEqual([])
  })

  it('have keys with holes, in other orders, of two digits, two for one label, and some are four menus deep', () => {
    const forms = new Set(many.flatMap(({ forms }) => forms))

    expect([...forms].sort()).toEqual(
      ['codes', 'counting', 'doubled', 'gaps', 'no barge-in', 'press or say', 'shuffled'].sort(),
    )
    expect(new Set(many.map(({ depth }) => depth))).toEqual(new Set([1, 2, 3, 4]))
    expect(many.filter(({ depth }) => depth === 4).length).toBeGreaterThan(20)
  })

  it('are understood where every word is', () => {
    for (const { menu } of many)
      for (const [name, { prompt }] of Object.entries(menu.menus)) {
        const heard = understand(wordsOfText(String(prompt))).options
        const offered = optionsOf(menu, name)
        expect(
          heard.map(({ key }) => key),
          String(prompt),
        ).toEqual(offered.map(({ key }) => key))
        const other = offered.filter(({ label }, i) => !sameLabel(label, heard[i]!.label))
        expect(other, String(prompt)).toEqual([])
      }
  })

  it.each([
    [0.95, 1],
    [0.7, 0.99],
  ])('are understood of a recogniser that is right, %s sure of each word', (confidence, least) => {
    const exact = many.slice(0, 60).flatMap(({ menu }) =>
      Object.entries(menu.menus).map(([name, { prompt }]) => {
        const words = spoken(String(prompt), { comma: 250, sentence: 600 }).map((word) => ({ ...word, confidence }))
        const heard = understand(words).options.map(({ key }) => key)
        return (
          heard.join() ===
          optionsOf(menu, name)
            .map(({ key }) => key)
            .join()
        )
      }),
    )

    expect(exact.filter((right) => right).length / exact.length).toBeGreaterThanOrEqual(least)
  })
})
