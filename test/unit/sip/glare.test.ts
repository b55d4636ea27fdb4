import { expect, it } from 'vitest'
import { glareWait } from '../../../src/sip/user-agent/glare.ts'

// RFC 3261 §14.1.
it.each([
  [true, 0, 2100],
  [true, 0.5, 3050],
  [true, 0.999999, 4000],
  [false, 0, 0],
  [false, 0.5, 1000],
  [false, 0.999999, 2000],
])('an offer of whoever made the Call-ID (%s) waits, by chance %d, %d ms', (ownsCallId, chance, ms) => {
  expect(glareWait(ownsCallId, () => chance)).toBe(ms)
})
