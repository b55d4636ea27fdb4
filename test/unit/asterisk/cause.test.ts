import { describe, expect, it } from 'vitest'
import { causeOf, statusOf } from '../../../src/engines/asterisk/cause.ts'
import { codeOfStatus, type EndCode } from '../../../src/phone/reason.ts'

describe('causes of Asterisk', () => {
  // Q.850 value, what the far end said by SIP, and what both mean.
  it.each<[number, number | undefined, number, EndCode]>([
    [17, undefined, 486, 'busy'],
    [17, 0, 486, 'busy'],
    [21, 603, 603, 'declined'],
    [21, undefined, 403, 'not_allowed'],
    [1, undefined, 404, 'not_found'],
    [19, undefined, 480, 'no_answer'],
    [34, undefined, 503, 'unreachable'],
    [58, 488, 488, 'incompatible_media'],
    [127, undefined, 500, 'failed'],
    [0, undefined, 500, 'failed'],
    [16, 200, 500, 'failed'],
  ])('cause %s with %s is %i', (cause, tech, status, code) => {
    expect(statusOf(cause, tech)).toBe(status)
    expect(codeOfStatus(status)).toBe(code)
  })

  it.each([403, 404, 408, 410, 480, 484, 486, 488, 501, 502, 503])('a refusal with %i comes back as that', (status) => {
    expect(statusOf(causeOf(status))).toBe(status)
  })

  it.each([
    [603, 21],
    [499, 21],
    [599, 38],
  ])('%i has no cause of its own', (status, cause) => {
    expect(causeOf(status)).toBe(cause)
  })
})
