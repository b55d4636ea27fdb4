import { describe, expect, it } from 'vitest'
import { nextOf, parseCron } from '../../../src/apps/dialer/cron.ts'

const times = (text: string, zone: string, after: string, count: number): string[] => {
  const cron = parseCron(text)
  if (typeof cron === 'string') throw new Error(cron)
  const found: string[] = []
  let at = Date.parse(after)
  for (let i = 0; i < count; i++) {
    const next = nextOf(cron, zone, at)
    if (next === undefined) break
    found.push(new Date(next).toISOString().slice(0, 16))
    at = next
  }
  return found
}

describe('cron', () => {
  it.each([
    ['0 9 * * 1-5', 'UTC', '2026-01-02T09:00Z', ['2026-01-05T09:00', '2026-01-06T09:00']],
    ['*/20 8-9 * * *', 'UTC', '2026-01-02T09:30Z', ['2026-01-02T09:40', '2026-01-03T08:00']],
    ['30 8 1,15 * *', 'Europe/Berlin', '2026-01-02T00:00Z', ['2026-01-15T07:30', '2026-02-01T07:30']],
    ['0 12 13 * fri', 'UTC', '2026-02-01T00:00Z', ['2026-02-06T12:00', '2026-02-13T12:00', '2026-02-20T12:00']],
    ['0 0 29 2 *', 'UTC', '2026-01-01T00:00Z', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['0 0 * * 7', 'UTC', '2026-01-01T00:00Z', ['2026-01-04T00:00', '2026-01-11T00:00']],
    ['5/25 * * * *', 'UTC', '2026-01-01T00:00Z', ['2026-01-01T00:05', '2026-01-01T00:30', '2026-01-01T00:55']],
    ['@daily', 'America/New_York', '2026-01-01T12:00Z', ['2026-01-02T05:00', '2026-01-03T05:00']],
    ['0 6 * JAN-MAR Mon', 'UTC', '2026-03-29T00:00Z', ['2026-03-30T06:00', '2027-01-04T06:00']],
  ])('%s in %s after %s', (text, zone, after, expected) => {
    expect(times(text, zone, after, expected.length)).toEqual(expected)
  })

  it('takes a time that clocks jump over for the moment in which they do', () => {
    expect(times('30 2 * * *', 'America/New_York', '2026-03-07T12:00Z', 3)).toEqual([
      ...['2026-03-08T07:00', '2026-03-09T06:30', '2026-03-10T06:30'],
    ])
  })

  it('takes a time that comes twice once, and both where every hour is meant', () => {
    expect(times('30 1 * * *', 'America/New_York', '2026-11-01T00:00Z', 2)).toEqual([
      ...['2026-11-01T05:30', '2026-11-02T06:30'],
    ])
    expect(times('30 * * * *', 'America/New_York', '2026-11-01T05:00Z', 3)).toEqual([
      ...['2026-11-01T05:30', '2026-11-01T06:30', '2026-11-01T07:30'],
    ])
  })

  it.each([
    ['0 9 * *', 'takes five fields'],
    ['60 9 * * *', 'takes for the minute numbers from 0 to 59'],
    ['0 9 * foo *', 'takes for the month numbers from 1 to 12 or names such as feb'],
    ['0 9-5 * * *', 'takes for the hour'],
    ['*/0 * * * *', 'takes for the minute'],
    ['0 0 30 2 *', 'names a day that no year has'],
    ['', 'takes five fields'],
  ])('refuses %s', (text, sentence) => {
    expect(parseCron(text)).toEqual(expect.stringContaining(sentence))
  })
})
