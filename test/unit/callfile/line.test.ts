import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ValidationError } from '../../../src/callfile/errors.ts'
import { readLines, writeLine } from '../../../src/callfile/line.ts'

const read = (text: string) => [...readLines(text)]

describe('a line that is read', () => {
  it.each([
    ['Channel: PJSIP/1', 'Channel', 'PJSIP/1'],
    ['Channel:PJSIP/1', 'Channel', 'PJSIP/1'],
    ['Channel: \t PJSIP/1 \t', 'Channel', 'PJSIP/1'],
    ['Channel: PJSIP/1\r', 'Channel', 'PJSIP/1'],
    ['Channel : PJSIP/1', 'Channel ', 'PJSIP/1'],
    ['Data: a#b', 'Data', 'a#b'],
    ['Data: a #b', 'Data', 'a'],
    ['Data: a\t#b', 'Data', 'a'],
    ['Data: a;b', 'Data', 'a'],
    ['Data: a\\;b', 'Data', 'a;b'],
    ['Data: a\\\\;b', 'Data', 'a\\;b'],
    ['Data: a\\;b;c', 'Data', 'a;b'],
    ['Set: a=b:c=d', 'Set', 'a=b:c=d'],
    ['Data:', 'Data', ''],
  ])('%j', (line, key, value) => {
    expect(read(`${line}\n`)).toEqual([{ kind: 'entry', number: 1, key, value }])
  })

  it.each(['# whole', '; whole', '   ', '', '\t# x'])('%j says nothing', (line) => {
    expect(read(line)).toEqual([])
  })

  it('without a colon is a fault of its own, and the next is read', () => {
    expect(read('Channel\nData: x')).toEqual([
      { kind: 'fault', number: 1, sentence: 'has no colon, and is ignored' },
      { kind: 'entry', number: 2, key: 'Data', value: 'x' },
    ])
  })

  it('ends at a zero byte, with a warning', () => {
    const fault = { kind: 'fault', number: 1, sentence: 'has a zero byte; what follows it is ignored' }

    expect(read('Data: a\0b\nSet: x=y')).toEqual([
      fault,
      { kind: 'entry', number: 1, key: 'Data', value: 'a' },
      { kind: 'entry', number: 2, key: 'Set', value: 'x=y' },
    ])
    expect(read('\0Data: a')).toEqual([fault])
  })

  it('of more than 254 bytes is read whole, with a warning', () => {
    const fits = `Data: ${'x'.repeat(248)}`
    expect(read(`${fits}\n`)).toHaveLength(1)
    expect(read(`${fits}y\nChannel: a/b`)).toMatchObject([
      { key: 'Data', value: `${'x'.repeat(248)}y` },
      { kind: 'fault', number: 1, sentence: expect.stringContaining('longer than 254 bytes') },
      { key: 'Channel', number: 2 },
    ])
  })
})

describe('a line that is written', () => {
  it.each([
    ['a;b', 'Data: a\\;b'],
    ['#hash', 'Data:#hash'],
    ['a#b', 'Data: a#b'],
    ['Zoë', 'Data: Zoë'],
  ])('%j is %j', (value, line) => {
    expect(writeLine('Data', value, 'action.data')).toBe(line)
  })

  it.each([
    ['a\nApplication: System', 'line end'],
    ['a\rb', 'line end'],
    ['a\0b', 'line end'],
    ['a #b', '# after a blank'],
    [' a', 'begins or ends with a blank'],
    ['a ', 'begins or ends with a blank'],
    ['a\x1bb', 'control character'],
    ['x'.repeat(249), '255 bytes'],
    [';'.repeat(125), '256 bytes'],
    ['é'.repeat(125), '256 bytes'],
  ])('%j is refused: %s', (value, why) => {
    const write = () => writeLine('Data', value, 'action.data')
    expect(write).toThrow(ValidationError)
    expect(write).toThrow(why)
    expect(write).toThrow(/^action\.data: /)
  })

  it('is read back as it was meant, or refused', () => {
    const awkward = fc.array(fc.constantFrom('a', ' ', '\t', '#', ';', '\\', ':', '=', '\n', '\r', 'é', '\x01'))
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          awkward.map((parts) => parts.join('')),
        ),
        (value) => {
          let line: string
          try {
            line = writeLine('Data', value, 'data')
          } catch (error) {
            expect(error).toBeInstanceOf(ValidationError)
            return
          }
          expect(read(`${line}\n`)).toEqual([{ kind: 'entry', number: 1, key: 'Data', value }])
        },
      ),
      { numRuns: 2000 },
    )
  })
})
