import { describe, expect, it } from 'vitest'
import { growAll } from '../../../../src/menu/scan/grow.ts'
import type { Hearing } from '../../../../src/menu/scan/hearing.ts'
import { nextMove, openKeys, progressOf } from '../../../../src/menu/scan/plan.ts'
import { readHearing } from '../../../../src/menu/scan/read.ts'
import { recognises } from '../../../../src/menu/scan/recognise.ts'
import { emptyTree, rootOf, stateOf } from '../../../../src/menu/scan/tree.ts'
import { type NodeView, viewOf } from '../../../../src/menu/scan/view.ts'
import { wordsOfText } from '../../../../src/menu/understand/token.ts'
import { bounds, hearing, type Lines, scan } from './kit.ts'

const acme: Lines = {
  main: {
    says: 'Welcome to Acme Industries. For sales, press 1. For technical support, press 2. For opening hours, press 3.',
    keys: { 1: 'sales', 2: 'support', 3: 'hours' },
  },
  sales: {
    says: 'You have reached the sales team. For new orders, press 1. For existing orders, press 2. To return to the main menu, press star.',
    keys: { 1: 'orders', 2: 'agent', '*': 'main' },
  },
  support: { says: 'All of our agents are busy. Your call will be answered in the order it was received.' },
  hours: { says: 'We are open from nine to five on weekdays.', goesTo: 'main' },
  orders: { says: 'Please leave a message after the tone.' },
  agent: { says: 'Hello, this is Brian speaking, how can I help you?' },
}

const lineOf = (view: NodeView): unknown => ({
  end: view.end,
  options: Object.fromEntries(
    view.options.map(({ key, state, to, node }) => [key, node === undefined ? (to ?? state) : lineOf(node)]),
  ),
})
const leaf = (end: string) => ({ end, options: {} })

const misheard: Lines = {
  main: {
    // What star was taken for.
    says: 'Welcome to Acme Industries. For sales, press 1. For opening hours, press 2. To hear about our songs, press 6.',
    keys: { 1: 'sales', 2: 'hours', '*': 'main' },
  },
  sales: { says: 'Please leave a message after the tone.' },
  hours: { says: 'We are open from nine to five on weekdays.', goesTo: 'main' },
}

describe('a key that was taken for another', () => {
  it('is refused, and the one that was meant is found in its place', () => {
    const { tree } = scan(misheard, { probe: 'gaps' })

    expect(viewOf(tree)!.options.map(({ key, state, to, from }) => [key, from, to ?? state])).toEqual([
      ['1', 'heard', 'explored'],
      ['2', 'heard', 'explored'],
      ['*', 'probed', ''],
    ])
    // What was said of the one is what the other is for.
    expect(viewOf(tree)!.options.at(-1)!.label).toBe('hear about our songs')
  })

  it('of two digits is looked for among those that sound like it', () => {
    const says = 'For sales, press 9 6. For parts, press 2 3. For billing, press 7 7.'
    const tree = growAll([
      hearing([], says),
      hearing(['96'], `Sorry, that is not a valid option. ${says}`),
      hearing(['23'], 'Goodbye.', { hungUp: true }),
      hearing(['77'], 'Goodbye.', { hungUp: true }),
    ])
    const next = openKeys(tree, rootOf(tree)!, { ...bounds, probe: 'gaps' })
    const after = growAll([
      hearing([], says),
      hearing(['96'], `Sorry, that is not a valid option. ${says}`),
      hearing(['16'], 'Please leave a message after the tone.'),
    ])

    expect(next).toEqual(['16'])
    expect(rootOf(after)!.options.find(({ key }) => key === '16')).toMatchObject({ label: 'sales', from: 'probed' })
  })

  it('that was taken for a word beside another is for the same', () => {
    const says = 'Press lot or 2 to leave feedback. Press 3 for billing. Press 4 if you are a parent.'
    const found = rootOf(
      growAll([hearing([], says), hearing(['1'], 'Please leave a message after the tone.')]),
    )!.options

    expect(found.find(({ key }) => key === '1')).toMatchObject({ label: expect.stringMatching(/leave feedback$/) })
  })

  it('of one digit among those of two is looked for among those that begin with it', () => {
    const says = 'For sales, press 9 6. For parts, press 2. For billing, press 7 7.'
    const tree = growAll([
      hearing([], says),
      hearing(['96'], 'Thank you for calling. Goodbye.', { hungUp: true }),
      hearing(['77'], 'Thank you for calling. Goodbye.', { hungUp: true }),
      hearing(['2'], `Sorry, that is not a valid option. ${says}`),
    ])

    expect(openKeys(tree, rootOf(tree)!, { ...bounds, probe: 'gaps' })).toEqual(['22'])
  })

  it('is tried as it was heard first, where the order of the keys had spoken for the one that is refused', () => {
    const says = 'For sales, press nine. For parts, press two. For billing, press three.'
    const heard = wordsOfText(says).map((word) => ({ ...word, confidence: 0.94 }))
    const tree = growAll([
      hearing([], says, { words: heard }),
      hearing(['1'], `Sorry, that is not a valid option. ${says}`),
      hearing(['2'], 'Goodbye.', { hungUp: true }),
      hearing(['3'], 'Goodbye.', { hungUp: true }),
    ])

    expect(rootOf(tree)!.options.map(({ key }) => key)).toEqual(['1', '2', '3'])
    expect(openKeys(tree, rootOf(tree)!, { ...bounds, probe: 'gaps' })).toEqual(['9'])
  })

  it('is only left out where nothing may be tried', () => {
    const { tree } = scan(misheard, { probe: 'none' })

    expect(viewOf(tree)!.options.map(({ key }) => key)).toEqual(['1', '2'])
  })

  it('costs no more than three tries', () => {
    const { '*': _, ...keys } = misheard.main!.keys!
    const { tree } = scan({ ...misheard, main: { ...misheard.main!, keys } }, { probe: 'gaps' })

    expect([...tree.nodes.keys()].filter((id) => id !== '' && !['1', '2', '6'].includes(id))).toHaveLength(3)
  })
})

describe('a scan', () => {
  it('finds every branch, and stops where a menu was heard before', () => {
    const { tree } = scan(acme)

    expect(lineOf(viewOf(tree)!)).toEqual({
      end: 'menu',
      options: {
        1: { end: 'menu', options: { 1: leaf('voicemail'), 2: leaf('person'), '*': '' } },
        2: leaf('hold'),
        3: leaf('said'),
      },
    })
    expect(tree.nodes.get('3')!.returns).toBe('')
    expect(progressOf(tree, bounds)).toMatchObject({ open: 0, percent: 100 })
  })

  it('goes down on one call while it lasts, and calls again only for what it could not go back to', () => {
    const { calls, ways } = scan(acme)

    // Voicemail, person and queue each end a call; the hours come back to the menu.
    expect(calls).toBe(3)
    expect(ways.slice(0, 3)).toEqual(['', '1', '1,1'])
    expect(new Set(ways).size).toBe(ways.length)
  })

  it('goes on with what was heard before a crash, and hears nothing of it again', () => {
    const whole = scan(acme)
    const heard = [hearing([], acme.main!.says), hearing(['1'], acme.sales!.says)]

    const rest = scan(acme, {}, growAll(heard))

    expect(lineOf(viewOf(rest.tree)!)).toEqual(lineOf(viewOf(whole.tree)!))
    expect(rest.ways).not.toContain('')
    expect(rest.ways).not.toContain('1')
  })

  it('ends where menus lead into each other', () => {
    const { tree } = scan({
      main: {
        says: 'Main desk of the hotel. For rooms, press 1. For dining, press 2.',
        keys: { 1: 'rooms', 2: 'dining' },
      },
      rooms: {
        says: 'Room reservations. For dining, press 1. For the front desk, press 2.',
        keys: { 1: 'dining', 2: 'main' },
      },
      dining: {
        says: 'Dining and restaurants. For breakfast, press 1. For rooms, press 2.',
        keys: { 1: 'closed', 2: 'rooms' },
      },
      closed: { says: 'Our office is closed now. Please call back during business hours.' },
    })

    expect(tree.nodes.size).toBeLessThan(9)
    expect(progressOf(tree, bounds).open).toBe(0)
  })

  it('does not go deeper than it may', () => {
    const { tree } = scan(acme, { depth: 1 })

    expect([...tree.nodes.keys()].sort()).toEqual(['', '1', '2', '3'])
  })

  it('leaves out a key that the far end refuses, and finds one that nobody said where it may probe', () => {
    const lines: Lines = {
      main: { says: 'City museum. For tickets, press 1. For guided tours, press 3.', keys: { 1: 'end', 2: 'end' } },
      end: { says: 'Please leave a message after the tone.' },
    }

    const { tree } = scan(lines, { probe: 'gaps' })
    const root = rootOf(tree)!

    expect(viewOf(tree)!.options.map(({ key, from }) => [key, from])).toEqual([
      ['1', 'heard'],
      ['2', 'probed'],
    ])
    expect(stateOf(tree, root, root.options.find(({ key }) => key === '3')!).kind).toBe('refused')
    expect(scan(lines).tree.nodes.has('2')).toBe(false)
  })
})

describe('a menu that was not understood in two hearings', () => {
  const says = 'For sales, press 1. For parts, press 2. For billing, press 3.'
  const doubtful = (text: string) => ({
    words: wordsOfText(text).map((word) => ({ ...word, confidence: /^(?:parts|cars)/.test(word.word) ? 0.1 : 0.94 })),
  })
  const start = [hearing([], 'Welcome. For support, press 1. For hours, press 2.')]
  const other = says.replace('parts', 'cars')
  const next = (second: string, at: string | undefined, taken: readonly string[] = []) => {
    const heard = [...start, hearing(['1'], says, doubtful(says)), hearing(['1'], second, doubtful(second))]
    return nextMove(
      growAll([...heard, hearing(['2'], 'Goodbye.', { hungUp: true })]),
      at,
      { ...bounds, hearings: 3 },
      new Set(taken),
    )
  }

  it('is heard again by a call that comes there anyway, and not at once', () => {
    expect(next(other, undefined)).toEqual({ kind: 'press', presses: [{ from: '', key: '1' }] })
    expect(next(other, '1')).toEqual({ kind: 'press', presses: [{ from: '1', key: '1' }] })
  })

  it('is not where both were the same word for word, or where another call does it', () => {
    const on = {
      kind: 'press',
      presses: [
        { from: '', key: '1', to: '1' },
        { from: '1', key: '1' },
      ],
    }

    expect(next(says, undefined)).toEqual(on)
    expect(next(other, undefined, ['1'])).toEqual(on)
  })
})

it('a menu in which a key of one digit stands beside one of two is heard again: a digit was swallowed', () => {
  const move = (text: string) => nextMove(growAll([hearing([], text)]), '', bounds, new Set(['58'])).kind

  expect(move('For sales, press five eight. For parts, press one.')).toBe('hear')
  expect(move('For sales, press five eight. For parts, press one nine.')).toBe('press')
  expect(move('For sales, press five eight. For the operator, press zero.')).toBe('press')
})

it('a sign that leads back is pressed where it is in doubt, and a digit is heard again first', () => {
  const move = (last: string) => nextMove(growAll([hearing([], `For sales, press one. ${last}`)]), '', bounds).kind

  expect(move('To repeat these options, press stop.')).toBe('press')
  expect(move('For billing, press stop.')).toBe('hear')
})

describe('a menu that is in doubt', () => {
  const sure = ['For sales, press 1. For parts, press 2.', 'For billing, press 3.'] as const
  const unsure = (text: string) => wordsOfText(text).map((word) => ({ ...word, confidence: 0.2 }))
  const heard = ([well, badly]: readonly [string, string], byMs = 0) => {
    const words = [...wordsOfText(well).map((word) => ({ ...word, confidence: 0.95 })), ...unsure(badly)]
    return words.map((word, i) => ({ ...word, fromMs: 300 * i + byMs, toMs: 300 * i + 300 + byMs }))
  }
  const start = hearing([], 'Welcome. For support, press 1. For hours, press 2.')
  const at = (byMs: number, ...others: readonly Hearing[]) =>
    growAll([start, hearing(['1'], '', { words: heard(sure, byMs) }), ...others])
  const press = (key: string) => ({ kind: 'press', presses: [{ from: '1', key }] })

  it('is heard again by the call that comes there next, where two keys of it are sure', () => {
    expect(nextMove(at(200), '1', bounds)).toEqual(press('1'))
    const goodbye = hearing(['1', '1'], 'Goodbye.', { hungUp: true })
    const elsewhere = hearing(['2'], 'Goodbye.', { hungUp: true })

    expect(nextMove(at(200, goodbye, elsewhere), undefined, bounds)).toEqual({
      ...{ kind: 'press', presses: [{ from: '', key: '1' }] },
    })
  })

  it('is heard again at once where one key alone is sure, and where its beginning was perhaps lost', () => {
    const words = heard(['For sales, press 1.', 'For parts, press 2.'], 200)

    expect(nextMove(growAll([start, hearing(['1'], '', { words })]), '1', bounds).kind).toBe('hear')
    expect(nextMove(at(1400), '1', bounds).kind).toBe('hear')
    expect(nextMove(at(200), '1', bounds, new Set(['1,1']))).toEqual({ kind: 'hear', node: '1' })
  })
})

it('what leads back is pressed before the last key that does not, by a call that is there anyway', () => {
  const says = 'For sales, press 1. For parts, press 2. To hear this menu again, press 3.'
  const goodbye = hearing(['1'], 'Goodbye.', { hungUp: true })
  const keys = (...heard: readonly Hearing[]) => {
    const tree = growAll(heard)
    return openKeys(tree, rootOf(tree)!, bounds)
  }

  expect(keys(hearing([], says))).toEqual(['1', '2', '3'])
  expect(keys(hearing([], says), goodbye)).toEqual(['3', '2'])
})

it('a menu of which nothing was understood is what it is heard for next', () => {
  const tree = growAll([
    hearing([], 'Ninth you for calling. For golden hand five employment, press 1.'),
    hearing([], 'Thank you for calling. For home insurance, press 1. To verify a job, press 2.'),
  ])

  expect(rootOf(tree)!.options.map(({ key }) => key)).toEqual(['1', '2'])
})

describe('a start that rings', () => {
  const rings = { tones: ['ringback'] } as const
  const end = (text: string, silentMs: number) =>
    readHearing(emptyTree, hearing([], text, { ...rings, silentMs })).end.kind

  it('is what is said behind that, and ringing where nothing is', () => {
    expect(end('Welcome. For sales, press 1. For support, press 2.', 3000)).toBe('menu')
    expect([end('', 3000), end('', 8000)]).toEqual(['undecided', 'ringing'])
    expect(readHearing(emptyTree, hearing(['1'], '', { ...rings, silentMs: 0 })).end.kind).toBe('ringing')
  })
})

describe('the next move', () => {
  const tree = growAll([hearing([], acme.main!.says), hearing(['1'], acme.sales!.says)])

  it.each([
    ['hears the start first', emptyTree, undefined, [], { kind: 'hear', node: '' }],
    ['leaves the start to the call that hears it', emptyTree, undefined, [''], { kind: 'done' }],
    ['goes down from where it is', tree, '1', [], { kind: 'press', presses: [{ from: '1', key: '1' }] }],
    [
      'leaves branches to those on the way there',
      tree,
      '',
      ['2'],
      { kind: 'press', presses: [{ from: '', key: '3' }] },
    ],
    [
      'goes back by a key that goes back',
      tree,
      '1',
      ['1,1', '1,2'],
      {
        kind: 'press',
        presses: [
          { from: '1', key: '*', to: '' },
          { from: '', key: '2' },
        ],
      },
    ],
    [
      'travels on a new call',
      tree,
      undefined,
      ['2', '3'],
      {
        kind: 'press',
        presses: [
          { from: '', key: '1', to: '1' },
          { from: '1', key: '1' },
        ],
      },
    ],
  ] as const)('%s', (_, of, at, taken, move) => {
    expect(nextMove(of, at, bounds, new Set(taken))).toEqual(move)
  })

  it('waits for a prompt to be said again where a key between others is missing, so often as it may', () => {
    const unsure = (text: string, confidence = 0.6) =>
      hearing([], text, { words: wordsOfText(text).map((word) => ({ ...word, confidence })) })
    const once = growAll([unsure('For sales, press 1. For billing, press 3.')])
    const twice = growAll([
      unsure('For sales, press 1. For billing, press 3.'),
      unsure('For sales, press 1. For support, press 2. For billing, press 3.'),
    ])
    const certain = growAll([unsure('For sales, press 1. For parts, press 2. For billing, press 4.', 0.99)])
    const few = growAll([unsure('For sales, press 1. For billing, press 3.', 0.99)])

    expect(nextMove(once, '', bounds)).toEqual({ kind: 'hear', node: '' })
    expect(nextMove(once, '', { ...bounds, hearings: 1 })).toMatchObject({ kind: 'press' })
    expect(rootOf(twice)!.options.map(({ key }) => key)).toEqual(['1', '2', '3'])
    expect(nextMove(twice, '', bounds)).toMatchObject({ kind: 'press' })
    // Some menus leave keys out; of two alone it cannot be told whether there was time for another.
    expect(nextMove(certain, '', bounds)).toMatchObject({ kind: 'press' })
    expect(nextMove(few, '', bounds, new Set(['1']))).toEqual({ kind: 'hear', node: '' })
  })
})

describe('a tree that is told', () => {
  const told = (text: string) => viewOf(growAll([hearing([], text)]))

  it('says what staying on the line is for, in menus', () => {
    expect(told('For English, stay on the line. Para español, oprima el dos.')?.stay).toBe('english')
    expect(told('Press 1 for sales, press 2 for support, or stay on the line.')?.stay).toBe('')
    expect(told('For sales, press 1. For support, press 2.')).not.toHaveProperty('stay')
    expect(told('All our agents are busy. Please stay on the line.')).not.toHaveProperty('stay')
  })
})

describe('a hearing', () => {
  const tree = growAll([hearing([], acme.main!.says)])

  it('is over once its prompt begins again', () => {
    const twice = hearing([], `${acme.main!.says} ${acme.main!.says}`, { silentMs: 0 })

    const reading = readHearing(emptyTree, twice)

    expect(reading).toMatchObject({ repeats: true, end: { kind: 'menu' } })
    expect(reading.said.options).toHaveLength(3)
  })

  it('is known for a menu that was heard before, words misheard', () => {
    const heard =
      'welcome to acne industries. for sails, press 1. for technical support, press 2. for open hours, press 3.'

    expect(readHearing(tree, hearing(['2', '1'], heard))).toMatchObject({ same: '', end: { kind: 'same' } })
  })

  it('is another menu where the same keys lead elsewhere', () => {
    const other = 'Welcome to Acme Industries. For parking, press 1. For jobs, press 2. For directions, press 3.'

    expect(readHearing(tree, hearing(['2'], other)).same).toBeUndefined()
  })

  it('is not over while the silence is short', () => {
    expect(readHearing(emptyTree, hearing([], acme.main!.says, { silentMs: 1200 })).end.kind).toBe('undecided')
  })

  it.each([
    ['the beginning of its prompt', 'Welcome to Acme industries.', true],
    ['a misheard beginning', 'welcome to acme in the streets for sales press one', true],
    ['another greeting', 'Thank you for calling the city library.', false],
    ['too little', 'Welcome to.', false],
  ])('tells a travelling call: %s', (_, text, known) => {
    expect(recognises(rootOf(tree)!, wordsOfText(text))).toBe(known)
  })
})
