import { describe, expect, it } from 'vitest'
import { joinPieces } from '../../../src/speech/recognise/moonshine/pieces.ts'
import { plainWords } from '../../../src/speech/recognise/moonshine/plain.ts'
import { repeatedFrom } from '../../../src/speech/recognise/moonshine/repeat.ts'

const piece = (text: string, probability = 0.9, forced = false) => ({ text, probability, forced })

describe('the pieces that Moonshine writes', () => {
  it('are joined to words, each as likely as its least likely piece; marks have no say', () => {
    const words = joinPieces([piece('▁Press', 0.8), piece('▁op', 0.9), piece('erator', 0.4), piece('.', 0.1)])
    expect(words).toEqual([
      { text: 'Press', confidence: 0.8 },
      { text: 'operator.', confidence: 0.4 },
    ])
  })

  it('may be single bytes of a letter', () => {
    const bytes = ['▁caf', '<0xC3>', '<0xA9>'].map((text) => piece(text))
    expect(joinPieces(bytes)).toEqual([{ text: 'café', confidence: 0.9 }])
  })

  it('do not hang on to the word before where the model would have ended', () => {
    const words = joinPieces([piece('▁Yes', 0.7), piece('.', 0.9), piece('ter', 0.02, true)])
    expect(words).toEqual([
      { text: 'Yes.', confidence: 0.7 },
      { text: 'ter', confidence: 0.02 },
    ])
  })

  it('are forgotten from where they begin to go in a circle, but for the first round', () => {
    const circle = [7, 8, 9]
    expect(repeatedFrom([1, 2, ...circle, ...circle, ...circle, ...circle])).toBe(5)
    expect(repeatedFrom([1, 2, ...Array<number>(12).fill(5)])).toBe(3)
  })

  it('may be one digit many times, or a phrase three times', () => {
    expect(repeatedFrom([1, ...Array<number>(7).fill(5)])).toBeUndefined()
    expect(repeatedFrom([1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5])).toBeUndefined()
  })
})

describe('a text that Moonshine wrote', () => {
  const said = (text: string): string =>
    plainWords(text.split(' ').map((word) => ({ text: word, confidence: 1 })))
      .map(({ word }) => word)
      .join(' ')

  it.each([
    ['For sales, press 1.', 'for sales press one'],
    ['Press 24 or "0"; dial 1:', 'press two four or zero dial one'],
    ["You’re welcome, it's ’til O'Hare's", "you're welcome it's til o'hare's"],
    ['Press # or *, then 1# — A0', 'press pound or star then one pound a zero'],
    ['We are open 24 hours, 9:30 to 5:00 p.m.', 'we are open twenty four hours nine thirty to five pm'],
    [
      'At 9:05am on the 4th, the 13th and the 21st',
      'at nine oh five am on the fourth the thirteenth and the twenty first',
    ],
    ['It is $5 or $19.95, 10% off', 'it is five dollars or nineteen dollars ninety five cents ten percent off'],
    ['Call 1-800-555-0199', 'call one eight zero zero five five five zero one nine nine'],
    ['Re-record at 1,000 AT&T', 're record at one zero zero zero at and t'],
    ['Open 24/7, your 10-digit or 4 digit number', 'open twenty four seven your ten digit or four digit number'],
    ['Above $1,000 or $5.00', 'above one zero zero zero dollars or five dollars'],
    ['Dial 9-1-1, Dr. Who; 3rd floor, 9 A.M.', 'dial nine one one doctor who third floor nine am'],
    ['Naïve 😀 ½ — “Zoë”', 'naive one two zoe'],
    ['The constructor valueOf', 'the constructor valueof'],
    ['... ? 你 !', ''],
  ])('%j is said as %j', (text, words) => {
    expect(said(text)).toBe(words)
  })

  it('tells by its marks where a pause may be', () => {
    const words = ['Sales,', '1', '-', 'Mr.', 'Smith.', 'Yes?"'].map((text) => ({ text, confidence: 0.5 }))
    expect(plainWords(words)).toEqual([
      { word: 'sales', confidence: 0.5, mark: 1 },
      { word: 'one', confidence: 0.5, mark: 1 },
      { word: 'mr', confidence: 0.5, mark: 0 },
      { word: 'smith', confidence: 0.5, mark: 2 },
      { word: 'yes', confidence: 0.5, mark: 2 },
    ])
  })
})
