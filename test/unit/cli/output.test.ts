import { describe, expect, test } from 'vitest'
import { readTarget } from '../../../src/cli/commands/forward.ts'
import { plain, table, writeJson } from '../../../src/cli/output.ts'

test.each([
  ['Ann \u001b[2J', 'Ann \\x1b[2J'],
  ['a\r\nFAULT', 'a\\x0d\\x0aFAULT'],
  ['\u009b31m', '\\x9b31m'],
  ['\u202eevil', '\\u202eevil'],
  ['Zoë 日本', 'Zoë 日本'],
])('plain(%j)', (text, shown) => {
  expect(plain(text)).toBe(shown)
})

test('JSON keeps the value and shows no control character', () => {
  const value = { name: 'a\u001b\u007f\u009b', list: [1, null] }
  const written: string[] = []
  writeJson({ write: (part: string) => written.push(part) > 0 }, value, 'lines')
  const text = written.join('')
  expect(JSON.parse(text)).toEqual(value)
  expect(text.trimEnd()).not.toMatch(/\p{Cc}/u)
})

test('a table lines its columns up and ends no line with blanks', () => {
  expect(
    table([
      ['1001', 'ok', ''],
      ['+15550100', 'busy', 'because'],
    ]),
  ).toBe('1001       ok\n+15550100  busy  because')
})

describe('readTarget', () => {
  test.each([
    ['1001', { to: '1001' }],
    ['1001/99999', { to: '1001', seconds: 99999 }],
    ['sip:ann@192.0.2.4;x=a/b', { to: 'sip:ann@192.0.2.4;x=a/b' }],
    ['1001/10', { to: '1001', seconds: 10 }],
    ['sip:ann@192.0.2.4:5062/15', { to: 'sip:ann@192.0.2.4:5062', seconds: 15 }],
    ['+1 555 0142/5', { to: '+1 555 0142', seconds: 5 }],
  ])('%s', (text, target) => {
    const before = { to: 'before', seconds: 1, typed: 'before/1' }
    expect(readTarget(text, [before])).toEqual([before, { ...target, typed: text }])
  })

  test.each(['1001/abc', '1001/', '1001/1e2'])('%s: the seconds are to blame', (text) => {
    expect(() => readTarget(text)).toThrow('The seconds are a whole number from 1 to 120.')
  })

  test('nothing is no target', () => {
    expect(() => readTarget(' ')).toThrow(/extension, a number or a SIP URI/)
  })
})
