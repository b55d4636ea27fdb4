import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvLine, readCsv } from '../../../src/api/csv.ts'

const fields = (text: string) => readCsv(text).records.map((record) => record.fields)

describe('a CSV file', () => {
  it.each([
    [
      'a,b\nc,d\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'a,b\r\nc,d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['\uFEFFphone\r\n1\r\n', [['phone'], ['1']]],
    ['"a,b","c ""d""",""\n', [['a,b', 'c "d"', '']]],
    ['"two\nlines",x\n', [['two\nlines', 'x']]],
    [',\n', [['', '']]],
    ['a\n\n\nb\n', [['a'], ['b']]],
    ['', []],
  ])('%j is read', (text, wanted) => {
    expect(fields(text)).toEqual(wanted)
  })

  it('tells lines that are none by their number, also behind fields of several lines', () => {
    const { records, faults } = readCsv('a\n"x\ny",1\nb"c,1\n"d"e,1\nf,1\n"g,1\nh\n')

    expect(records.map(({ line, fields: [first] }) => [line, first])).toEqual([
      [1, 'a'],
      [2, 'x\ny'],
      [6, 'f'],
    ])
    expect(faults).toEqual([
      { line: 4, sentence: 'has a quote in a field that does not begin with one' },
      { line: 5, sentence: 'has something behind the quote that ends a field' },
      { line: 7, sentence: 'has a quote that is never closed' },
    ])
  })

  it('reads back what was written', () => {
    const field = fc.string({ unit: 'binary' }).filter((text) => !/^[=+\-@\t\r]/.test(text))
    fc.assert(
      fc.property(fc.array(fc.array(field, { minLength: 2, maxLength: 5 }), { maxLength: 8 }), (rows) => {
        expect(fields(rows.map(csvLine).join(''))).toEqual(rows)
      }),
    )
  })

  it('never throws, and ends', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('"', ',', '\n', '\r', 'a')), (parts) => void readCsv(parts.join(''))),
    )
  })

  it('holds no formulas, and leaves numbers as they are', () => {
    expect(csvLine(['=1+1', '@x', '+254722000001', '+1-1', 7, null])).toBe(
      `"'=1+1","'@x","+254722000001","'+1-1",7,\r\n`,
    )
  })
})
