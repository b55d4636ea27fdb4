import { expect, it } from 'vitest'
import { endStatus, hangupCause } from '../../../src/apps/document/cause.ts'
import { type EndCode, endCodes, endOf } from '../../../src/phone/reason.ts'

const end = (code: EndCode) =>
  endOf({ at: 0, by: 'service', code, q850: endCodes[code].q850, sentence: 'The end.' }, [])

it.each(Object.keys(endCodes) as EndCode[])('a call that came in is completed whatever ended it: %s', (code) => {
  expect(endStatus(end(code), false, 'inbound')).toBe('completed')
})

it.each([
  ['busy', false, 'busy'],
  ['no_answer', false, 'no-answer'],
  ['canceled', false, 'no-answer'],
  ['unreachable', false, 'failed'],
  ['failed', true, 'completed'],
] as const)('a call that was placed and ended %s, answered: %s, is %s', (code, answered, status) => {
  expect(endStatus(end(code), answered, 'outbound')).toBe(status)
})

it('names a call that came back again and again a loop', () => {
  expect(hangupCause(end('too_many_hops'), undefined)).toMatchObject({ name: 'Loop Detected', code: 2060 })
})
