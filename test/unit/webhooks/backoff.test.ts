import { describe, expect, it } from 'vitest'
import { backoffMs, mostAttempts, retryAfterMs } from '../../../src/webhooks/backoff.ts'

describe('the time until the next try', () => {
  it.each([
    [1, 5],
    [2, 20],
    [3, 80],
    [4, 320],
    [5, 1280],
    [7, 20_480],
    [8, 21_600],
    [30, 21_600],
  ])('after %i attempts is %i s, a quarter more or less', (attempts, seconds) => {
    expect(backoffMs(attempts, 0.5)).toBe(seconds * 1000)
    expect(backoffMs(attempts, 0)).toBe(seconds * 750)
    expect(backoffMs(attempts, 1)).toBe(seconds * 1250)
  })

  it('is about a day in all', () => {
    let all = 0
    for (let n = 1; n < mostAttempts; n++) all += backoffMs(n, 0.5)
    expect(all / 3600_000).toBeGreaterThan(18)
    expect(all / 3600_000).toBeLessThan(30)
  })

  it('is what the receiver asks for where that is longer, up to an hour', () => {
    expect(backoffMs(1, 0.5, 60_000)).toBe(60_000)
    expect(backoffMs(3, 0.5, 1000)).toBe(80_000)
    expect(backoffMs(1, 0.5, 86_400_000)).toBe(3600_000)
  })

  it.each([
    [undefined, 0],
    ['120', 120_000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Thu, 01 Jan 2025 00:00:00 GMT', 0],
    ['soon', 0],
  ])('read from Retry-After %j is %i ms', (header, ms) => {
    expect(retryAfterMs(header, Date.UTC(2026, 0, 1))).toBe(ms)
  })
})
