import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { announce } from '../../../src/menu/announce.ts'
import { checkMenu } from '../../../src/menu/check.ts'
import { type Menu, menuShape } from '../../../src/menu/model.ts'
import { MenuTextError, readMenuText, writeMenuJson, writeMenuYaml } from '../../../src/menu/text.ts'
import { acme } from './kit.ts'

const main = acme.menus.main!
const withMain = (over: Partial<Menu['menus'][string]>, rest: Partial<Menu> = {}): Menu => ({
  ...acme,
  ...rest,
  menus: { ...acme.menus, main: { ...main, ...over } },
})
const say = { kind: 'say', say: 'Hello.' } as const

describe('the check of a menu', () => {
  it('finds nothing in one that is right', () => {
    expect(menuShape.safeParse(acme).success).toBe(true)
    expect(checkMenu(acme)).toEqual([])
  })

  it.each<[string, Menu, { field: string; sentence: string }]>([
    [
      'a key that stands twice',
      withMain({ options: [...main.options, { key: '1', label: 'support', action: say }] }),
      { field: '/menus/main/options/3/key', sentence: 'is 1, which leads to "sales" already, not "support"' },
    ],
    [
      'a menu that is not there',
      withMain({ options: [{ key: '1', label: 'sales', action: { kind: 'menu', menu: 'sale' } }] }),
      {
        field: '/menus/main/options/0/action/menu',
        sentence: 'names no menu: there is no sale; there are main, sales',
      },
    ],
    [
      'a first menu that is not there',
      { ...acme, start: 'mian' },
      { field: '/start', sentence: 'names no menu: there is no mian; there are main, sales' },
    ],
    [
      'a menu that nobody leads to',
      withMain({ options: [{ key: '1', label: 'hello', action: say }] }),
      { field: '/menus/sales', sentence: 'is never heard: no key on the way from main leads to it' },
    ],
    [
      'a menu that says nothing',
      { ...acme, menus: { ...acme.menus, main: { options: main.options } } },
      {
        field: '/menus/main/prompt',
        sentence: 'is missing: the menu would be silent; give it a prompt, or let `announce` say its options',
      },
    ],
    [
      'menus that lead a silent caller round',
      withMain({ otherwise: { kind: 'menu', menu: 'sales' } }),
      {
        field: '/menus/main/otherwise',
        sentence: 'keeps a caller who presses nothing for ever: main → sales → main',
      },
    ],
    [
      'one that is said without an end',
      withMain({ otherwise: { kind: 'repeat' } }),
      {
        field: '/menus/main/otherwise',
        sentence: 'keeps a caller who presses nothing for ever: main is said again and again',
      },
    ],
    [
      'a way round by going back',
      {
        ...withMain({ otherwise: { kind: 'menu', menu: 'sales' } }),
        menus: {
          main: { ...main, otherwise: { kind: 'menu', menu: 'sales' } },
          sales: { ...acme.menus.sales!, otherwise: { kind: 'say', say: 'Hm.', next: 'back' } },
        },
      },
      {
        field: '/menus/main/otherwise',
        sentence: 'keeps a caller who presses nothing for ever: main → sales → main',
      },
    ],
  ])('finds %s', (_, menu, fault) => {
    expect(checkMenu(menu)).toEqual([fault])
  })

  it('takes a loop that a key leads round', () => {
    const menu = withMain({
      options: [...main.options, { key: '7', label: 'this again', action: { kind: 'menu', menu: 'main' } }],
    })
    expect(checkMenu(menu)).toEqual([])
  })
})

describe('a menu as text', () => {
  it('reads YAML as a person writes it, keys as numbers too', () => {
    const text = `
name: Acme
start: main
menus:
  main:
    prompt: Press 1 for sales, or star to hear this again.
    options:
      - { key: 1, label: sales, action: { kind: hangup, say: Bye. } }
      - { key: 01, label: old sales, action: { kind: hangup } }
      - { key: "*", label: again, action: { kind: repeat } }
`
    const menu = menuShape.parse(readMenuText(text))
    expect(menu.menus.main?.options.map(({ key }) => key)).toEqual(['1', '01', '*'])
  })

  it('takes numbers for text where text belongs, and as numbers where these do', () => {
    const text = `
name: 2026
start: 1
menus:
  1:
    prompt: [24, Press 5.]
    seconds: 7
    options:
      - { key: 5, label: 0800, action: { kind: dial, to: [1001, 2002], seconds: 20, next: hangup } }
      - { key: 6, label: again, action: { kind: menu, menu: 1 } }
`
    const menu = menuShape.parse(readMenuText(text))

    expect(menu).toMatchObject({ name: '2026', start: '1', menus: { 1: { prompt: ['24', 'Press 5.'], seconds: 7 } } })
    expect(menu.menus['1']?.options).toMatchObject([
      { label: '0800', action: { to: ['1001', '2002'], seconds: 20 } },
      { action: { menu: '1' } },
    ])
  })

  it.each([
    ['of another encoding', new TextDecoder().decode(Buffer.from('name: Caf\xe9', 'latin1')), /not UTF-8/],
    ['of two documents', 'name: a\n---\nname: b', /^it holds several documents, and a menu is one, at line 2/],
    ['with a comment for a key', 'options:\n  - { key: #, label: a }\n', /The key # is written '#'/],
  ])('says of one %s what to do', (_, text, sentence) => {
    expect(() => readMenuText(text)).toThrow(sentence)
  })

  it.each([
    ['name: [', /at line 1, column/],
    ['a: 1\na: 2', /unique.*line 2/],
    ['key: *', /with quotes/],
    ['a: *b', /alias/i],
  ])('says of %j where it is wrong', (text, sentence) => {
    expect(() => readMenuText(text)).toThrow(MenuTextError)
    expect(() => readMenuText(text)).toThrow(sentence)
  })

  it.each([
    ['brackets', `a: ${'['.repeat(70)}${']'.repeat(70)}`, 'line 1, column 67'],
    ['brackets that stay open', '['.repeat(20_000), 'line 1, column 65'],
    ['braces', `${'{"a":'.repeat(70)}1${'}'.repeat(70)}`, 'line 1, column 321'],
    ['indentation', Array.from({ length: 70 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), 'line 65, column 65'],
    ['dashes', `${'- '.repeat(70)}a`, 'line 1, column 129'],
    ['keys of a line', 'a: '.repeat(70), 'line 1'],
    ['question marks', `${'? '.repeat(70)}a`, 'line 1, column 129'],
    ['colons of a line that are one too many', 'a: : \n'.repeat(1000), 'line'],
    ['commas where none stand', 'a: ,,,\n  '.repeat(1000), 'line'],
  ])('refuses a text that %s nest too deeply', (_, text, where) => {
    expect(() => readMenuText(text)).toThrow(`it nests deeper than 64 levels at ${where}`)
  })

  it('does not take for nesting what is quoted, a comment, a text of several lines, or beside one another', () => {
    const open = '['.repeat(100)
    const text = [
      `quoted: "${open}"`,
      `commented: 1 # ${open}`,
      'text: |',
      `  ${'- '.repeat(100)}${open}`,
      `many: [${'[1], '.repeat(99)}[1]]`,
      ...Array.from({ length: 100 }, (_, i) => `k${i}:\n- { a: [1] }`),
    ].join('\n')
    expect(readMenuText(text)).toMatchObject({ quoted: open, commented: '1', k99: [{ a: ['1'] }] })
  })

  it('is written as a person would, however the store has it', () => {
    const option = (key: string, menu: string) => ({ action: { menu, kind: 'menu' }, key, label: menu })
    const node = (...options: object[]) => ({ options, prompt: 'Hello.' })
    const main = node(option('1', 'later'), option('2', 'b'))
    const menus = { b: node(option('1', 'main')), main, later: node(option('1', 'b')) }
    const menu = { menus, start: 'main', name: 'Acme' }

    expect(writeMenuYaml(menu).match(/^(?: {2})?\w+:|^ {4}\w+:|kind:/gm)).toEqual([
      ...['name:', 'start:', 'menus:'],
      ...['  main:', '    prompt:', '    options:', 'kind:', 'kind:'],
      ...['  later:', '    prompt:', '    options:', 'kind:'],
      ...['  b:', '    prompt:', '    options:', 'kind:'],
    ])
    expect(writeMenuJson(menu)).toMatch(/^\{\n {2}"name": "Acme",\n {2}"start": "main",/)
    expect(readMenuText(writeMenuYaml(menu))).toEqual(menu)
  })

  it('does not blow up by aliases', () => {
    const lines = ['a0: &a0 [x, x]', ...Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`)]
    expect(() => readMenuText(lines.join('\n'))).toThrow(MenuTextError)
  })

  it('tells of a key that is a comment in YAML', () => {
    const read = menuShape.safeParse({ ...acme, everywhere: [{ key: null, label: 'x', action: say }] })
    expect(read.error?.issues[0]?.message).toBe("takes 1 to 8 of the keys 0-9, * and #, as text: '1', '*'")
  })

  it.each([
    ['a prompt', withMain({ prompt: '   ' })],
    ['a text of several', withMain({ prompt: ['Welcome.', ' '] })],
    ['a label', { ...acme, everywhere: [{ key: '0', label: ' ', action: say }] }],
    ['what is said', { ...acme, everywhere: [{ key: '0', label: 'x', action: { ...say, say: ' ' } }] }],
  ])('does not take blanks for %s: callers would hear nothing', (_, menu) => {
    const told = JSON.stringify(menuShape.safeParse(menu).error?.issues)

    expect(told).toContain('takes more than blanks')
  })

  it('comes back the same from JSON and from YAML, whatever its words are', () => {
    const word = fc.oneof(
      fc.constantFrom('1', 'null', 'yes', '- a', '#b', '*c', 'd: e', ' f ', '"g"', 'ñ', '0x1', '1e3'),
      fc.string({ minLength: 1, maxLength: 30 }),
    )
    const option = fc.record({
      key: fc.stringMatching(/^[0-9*#]{1,4}$/),
      label: word,
      action: fc.oneof(
        fc.record({ kind: fc.constant('say'), say: word }),
        fc.record({ kind: fc.constant('dial'), to: fc.array(word, { minLength: 1, maxLength: 3 }) }),
        fc.constant({ kind: 'menu', menu: 'main' }),
      ),
    })
    const menu = fc.record({
      name: word,
      start: fc.constant('main'),
      options: fc.array(option, { minLength: 1, maxLength: 6 }),
    })
    fc.assert(
      fc.property(menu, ({ name, start, options }) => {
        const document = { name, start, menus: { main: { prompt: name, options } } }
        expect(readMenuText(writeMenuJson(document))).toEqual(document)
        expect(readMenuText(writeMenuYaml(document))).toEqual(document)
      }),
      { numRuns: 300 },
    )
  })
})

describe('options that are said by the service', () => {
  it('says them in both orders', () => {
    const options = [
      { key: '1', label: 'sales', action: say },
      { key: '44', label: 'to hear this again', action: say },
      { key: '#', label: 'the operator.', action: say },
    ]
    expect(announce(options, 'label_first')).toBe(
      'For sales, press 1. To hear this again, press 4 4. For the operator, press pound.',
    )
    expect(announce(options, 'key_first')).toBe(
      'Press 1 for sales. Press 4 4 to hear this again. Press pound for the operator.',
    )
  })
})
