import { describe, expect, it } from 'vitest'
import { readNumber, readOptions, splitArguments } from '../../../src/apps/dialplan/arguments.ts'
import { alphaPrompt, digitsPrompt, promptOf, wordsOf } from '../../../src/apps/dialplan/sounds.ts'

const none = { sound: async () => undefined }
const recorded = { sound: async (name: string) => `/sounds/${name}.wav` }

describe('arguments of applications', () => {
  it.each([
    ['', []],
    ['hello-world', ['hello-world']],
    ['PIN,enter&beep,4,,3,5', ['PIN', 'enter&beep', '4', '', '3', '5']],
    ['"a,b",c', ['a,b', 'c']],
    ['a\\,b,c', ['a,b', 'c']],
    ['PJSIP/1,30,L(60000,1)r', ['PJSIP/1', '30', 'L(60000,1)r']],
    [',', ['', '']],
    ['unclosed(a,b', ['unclosed(a,b']],
  ])('%s', (data, args) => {
    expect(splitArguments(data)).toEqual(args)
  })

  it('options are letters, some with a value', () => {
    expect([...readOptions('rL(60000:1000)m')]).toEqual([
      ['r', ''],
      ['L', '60000:1000'],
      ['m', ''],
    ])
  })

  it.each([
    ['5', 5],
    [' 1.5 ', 1.5],
    ['', undefined],
    ['-1', undefined],
    ['1e9', undefined],
    [undefined, undefined],
  ])('the number %j', (text, number) => {
    expect(readNumber(text)).toBe(number)
  })
})

describe('sounds', () => {
  it('are files where there are, and words where there are none', async () => {
    expect(await promptOf('hello-world&beep', recorded)).toEqual({
      kind: 'sequence',
      items: [
        { kind: 'file', path: '/sounds/hello-world.wav' },
        { kind: 'file', path: '/sounds/beep.wav' },
      ],
    })
    expect(await promptOf('hello-world&beep&silence/2', none)).toMatchObject({
      items: [{ text: 'hello world' }, { tone: 'beep' }, { kind: 'silence', ms: 2000 }],
    })
    expect(await promptOf('&', none)).toBeUndefined()
  })

  it.each([
    ['vm-goodbye', 'goodbye'],
    ['tt-monkeys', 'monkeys'],
    ['custom/our_greeting', 'our greeting'],
    ['/var/sounds/hello.gsm', 'hello'],
  ])('%s is said as "%s"', (name, words) => {
    expect(wordsOf(name)).toBe(words)
  })

  it('digits and letters are said one by one', async () => {
    expect(await digitsPrompt('10-x*', none)).toEqual({ kind: 'text', text: '1, 0, minus, star' })
    expect(await alphaPrompt('aB9@', none)).toEqual({ kind: 'text', text: 'A, B, 9, at' })
    expect(await alphaPrompt('a9!', recorded)).toMatchObject({
      items: [
        { path: '/sounds/letters/a.wav' },
        { path: '/sounds/digits/9.wav' },
        { path: '/sounds/letters/exclamation-point.wav' },
      ],
    })
    expect(await digitsPrompt('abc', none)).toBeUndefined()
  })
})
