import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { espeakText, readEspeakVoices } from '../../src/speech/espeak-ng.ts'
import { fliteText, readFliteVoices } from '../../src/speech/flite.ts'
import { SpeechError } from '../../src/speech/synthesizer.ts'
import { asciiText, cleanText, cutText } from '../../src/speech/text.ts'

describe('cleanText', () => {
  test.each([
    ['white space', '  Hello\r\n\tAnn \u00a0 you  ', 'Hello Ann you'],
    ['control characters', 'Hel\u0001lo 50S\u0000 \u001b[31mAnn', 'Hel lo 50S [31mAnn'],
    ['direction marks and zero widths', 'A\u200bn\u202en\ufeff', 'Ann'],
    ['half of a pair', 'Ann\ud800 calls', 'Ann calls'],
    ['decomposed letters', 'Zoe\u0308', 'Zoë'],
    ['markup stays text', '<break time="9s"/> hi', '<break time="9s"/> hi'],
  ])('%s', (_, text, clean) => {
    expect(cleanText(text)).toBe(clean)
  })

  test.each([[''], ['   '], ['?!… –'], ['\u0000\u0001']])('%j has nothing to say', (text) => {
    expect(() => cleanText(text)).toThrow(expect.objectContaining({ code: 'text_empty' }))
  })

  test('counts characters as people do, and says how many there are', () => {
    expect(cleanText(`a${'𝒳'.repeat(4999)}`)).toHaveLength(9999)
    expect(() => cleanText('x'.repeat(5001))).toThrow(/5001 characters; at most 5000/)
  })
})

describe('asciiText', () => {
  test.each([
    ['Zoë’s café – naïve', "Zoe's cafe , naive"],
    ['That is €5.50', 'That is 5.50 euros'],
    ['Straße', 'Strasse'],
    ['日本 123', '123'],
  ])('%s', (text, ascii) => {
    expect(asciiText(text)).toBe(ascii)
  })

  test('a text without anything English is refused with the way out', () => {
    expect(() => fliteText('你好')).toThrow(SpeechError)
    expect(() => fliteText('你好')).toThrow(/espeak-ng/)
  })
})

describe('cutText', () => {
  test.each([
    ['fits', 'One. Two.', 20, ['One. Two.']],
    ['after sentences', 'One two. Three four. Five.', 21, ['One two. Three four.', 'Five.']],
    ['after a clause', 'One two, three four five', 15, ['One two,', 'three four five']],
    ['between words', 'one two three', 8, ['one two', 'three']],
    ['inside a word when there is no other way', 'abcdefgh', 3, ['abc', 'def', 'gh']],
    ['a number is no sentence end', 'Pay 3.50 now please', 9, ['Pay 3.50', 'now', 'please']],
  ])('%s', (_, text, most, pieces) => {
    expect(cutText(text, most)).toEqual(pieces)
  })

  test('loses nothing, cuts no pair in half, and every piece fits', () => {
    const word = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.constantFrom('.', 'One.', 'two,', '!"', ' '),
    )
    fc.assert(
      fc.property(fc.array(word), fc.integer({ min: 4, max: 40 }), (words, most) => {
        const text = words.join(' ')
        const pieces = cutText(text, most)
        const bare = (s: string) => s.replace(/\s+/g, '')
        expect(bare(pieces.join(''))).toBe(bare(text))
        for (const piece of pieces) {
          expect(piece.length).toBeLessThanOrEqual(most)
          expect(/\p{Cs}/u.test(piece)).toBe(false)
        }
      }),
    )
  })
})

test('eSpeak is never given the brackets that switch to phonemes', () => {
  expect(espeakText('say [[h@loU]] [[[x')).not.toMatch(/\[\[/)
  expect(espeakText('press [1]')).toBe('press [1]\n')
})

test('the voices that flite lists, best understood first, without the one that only tells the time', () => {
  const voices = readFliteVoices('Voices available: kal awb_time kal16 awb rms slt \n')
  expect(voices.map((voice) => voice.name)).toEqual(['rms', 'kal16', 'slt', 'awb', 'kal'])
})

test('the voices that eSpeak lists go by their language, each once', () => {
  const listing = [
    'Pty Language       Age/Gender VoiceName          File                 Other Languages',
    ' 5  de              --/M      German             gmw/de               ',
    ' 2  en-gb           --/M      English_(Great_Britain) gmw/en            (en 2)',
    ' 5  en-us           --/M      English_(America)  gmw/en-US            (en 3)',
    ' 5  en-us           --/M      Another            gmw/en-US-nyc        ',
  ].join('\n')
  expect(readEspeakVoices(listing).map((voice) => voice.name)).toEqual(['de', 'en-gb', 'en-us'])
})
