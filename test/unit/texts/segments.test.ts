import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { isGsm, segmentsOf } from '../../../src/phone/segments.ts'

const count = (text: string) => {
  const { encoding, units, parts } = segmentsOf(text)
  return [encoding, units, parts.length]
}

test.each<[string, string, ReturnType<typeof count>]>([
  ['nothing', '', ['gsm7', 0, 1]],
  ['160 of the basic alphabet', 'a'.repeat(160), ['gsm7', 160, 1]],
  ['161', 'a'.repeat(161), ['gsm7', 161, 2]],
  ['two whole parts', 'a'.repeat(306), ['gsm7', 306, 2]],
  ['one more', 'a'.repeat(307), ['gsm7', 307, 3]],
  ['every character of the alphabet', '@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà\r\n', ['gsm7', 44, 1]],
  ['characters of the extension take two', '€[]{}\\^~|', ['gsm7', 18, 1]],
  ['80 euros', '€'.repeat(80), ['gsm7', 160, 1]],
  ['81 euros: no part ends within one', '€'.repeat(81), ['gsm7', 162, 2]],
  ['a small cedilla is not of it', 'ça', ['ucs2', 2, 1]],
  ['70 others', 'я'.repeat(70), ['ucs2', 70, 1]],
  ['71', 'я'.repeat(71), ['ucs2', 71, 2]],
  ['an emoji takes two', '😀'.repeat(35), ['ucs2', 70, 1]],
  ['36 of them: none is cut', '😀'.repeat(36), ['ucs2', 72, 2]],
  ['a backtick is not of it', '`', ['ucs2', 1, 1]],
])('%s', (_name, text, counted) => {
  expect(count(text)).toEqual(counted)
})

describe('parts', () => {
  it('leave a septet over where the next character takes two', () => {
    const { parts } = segmentsOf(`${'a'.repeat(152)}€${'a'.repeat(20)}`)
    expect(parts.map((part) => part.length)).toEqual([152, 21])
  })

  it('are the text, each within what a message holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 500 }), (text) => {
        const { encoding, parts } = segmentsOf(text)
        expect(parts.join('')).toBe(text)
        for (const part of parts) {
          const alone = segmentsOf(part)
          const most = parts.length === 1 ? [160, 70] : [153, 67]
          expect(encoding === 'gsm7' ? alone.units : part.length).toBeLessThanOrEqual(
            most[encoding === 'gsm7' ? 0 : 1]!,
          )
        }
      }),
    )
  })
})

describe('national tables', () => {
  it.each([
    ['turkish', "Şişli'de değil"],
    ['spanish', '¿Qué? Sí, mañana está allí'],
    ['portuguese', 'Não há informação à mão, só amanhã'],
  ] as const)('of %s hold what the basic alphabet does not', (language, text) => {
    expect(isGsm(text)).toBe(false)
    expect(segmentsOf(text, [language]).encoding).toBe('gsm7')
  })

  it('take room in the header: 155 septets with one, 152 with both', () => {
    expect(segmentsOf('á'.repeat(77), ['spanish']).parts).toHaveLength(1)
    expect(segmentsOf('á'.repeat(78), ['spanish']).parts).toHaveLength(2)
    // By the locking table each of these takes one septet.
    expect(segmentsOf('ğ'.repeat(155), ['turkish'])).toMatchObject({ locking: 'turkish', units: 155 })
    expect(segmentsOf('ğ'.repeat(156), ['turkish']).parts).toHaveLength(2)
  })

  it('are not used where the basic alphabet will do', () => {
    expect(segmentsOf('hello', ['turkish', 'spanish'])).toEqual({ encoding: 'gsm7', units: 5, parts: ['hello'] })
  })
})
