import { expect, it } from 'vitest'
import { prefixesTwice } from '../../../src/api/v1/dialer.ts'

it('two rules of one prefix, whose calls would be counted together, are told by their places', () => {
  const told = prefixesTwice([{ prefix: '+49' }, { prefix: '+4930' }, { prefix: '+49' }])

  expect(told).toEqual([
    { field: '/destinations/2/prefix', sentence: 'has +49 a second time; one rule says all of it' },
  ])
  expect(prefixesTwice([{ prefix: '+49' }, { prefix: '+4930' }])).toEqual([])
})
