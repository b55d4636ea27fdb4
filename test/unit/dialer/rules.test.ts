import { describe, expect, it } from 'vitest'
import { afterAttempt } from '../../../src/apps/dialer/retry.ts'
import { type DialerRules, defaultRules, nextAllowed, shownCaller } from '../../../src/apps/dialer/rules.ts'
import type { Address } from '../../../src/phone/address.ts'
import { zonesOf } from '../../../src/phone/zone.ts'

const number = (e164: string): Address => ({ kind: 'number', e164, raw: e164 })
const allowed = (
  rules: Partial<DialerRules>,
  e164: string,
  at: string,
  own?: DialerRules['hours'],
): string | undefined => {
  const next = nextAllowed({ ...defaultRules, ...rules }, [{ to: number(e164), outside: true }], own, Date.parse(at))
  return next === undefined ? undefined : new Date(next).toISOString().slice(0, 16)
}
const day = { from: '09:00', to: '20:00' }

describe('calling hours', () => {
  it('are those of the country of the number', () => {
    expect(allowed({ hours: day }, '+4930123456', '2026-01-05T06:00Z')).toBe('2026-01-05T08:00')
    expect(allowed({ hours: day }, '+81312345678', '2026-01-05T06:00Z')).toBe('2026-01-05T06:00')
  })

  it('are open only where all zones of the country are: nobody knows in which one the callee is', () => {
    // 20:00 in New York is 15:00 in Honolulu; 09:00 in Honolulu is 14:00 in New York.
    expect(zonesOf('+12125550142').length).toBeGreaterThan(5)
    expect(allowed({ hours: day }, '+12125550142', '2026-01-05T14:30Z')).toBe('2026-01-05T19:00')
    expect(allowed({ hours: { ...day, zone: 'America/New_York' } }, '+12125550142', '2026-01-05T14:30Z')).toBe(
      '2026-01-05T14:30',
    )
  })

  it('are those of the rules where a number tells no country', () => {
    expect(allowed({ hours: day, zone: 'Asia/Tokyo' }, '+8835100123456', '2026-01-05T12:00Z')).toBe('2026-01-06T00:00')
  })

  it('must all be open: of the site, of the destination, of the call', () => {
    const destinations = [{ prefix: '+49', hours: { from: '10:00', to: '12:00' } }]
    const own = { from: '00:00', to: '23:59', days: [2] }
    expect(allowed({ hours: day, destinations }, '+4930123456', '2026-01-05T06:00Z', own)).toBe('2026-01-06T09:00')
    expect(allowed({ hours: day }, '+4930123456', '2026-01-05T06:00Z', { from: '21:00', to: '23:00' })).toBeUndefined()
  })

  it('go over midnight, and belong to the day on which they begin', () => {
    const night = { from: '22:00', to: '02:00', days: [5], zone: 'UTC' }
    expect(allowed({}, '+4930123456', '2026-01-10T01:00Z', night)).toBe('2026-01-10T01:00')
    expect(allowed({}, '+4930123456', '2026-01-10T03:00Z', night)).toBe('2026-01-16T22:00')
  })
})

describe('caller ids', () => {
  it('are those of the longest prefix that says one', () => {
    const destinations = [
      { prefix: '+49', callerId: '+4930555' },
      { prefix: '+4989', callerId: '+4989555' },
      { prefix: '+498912', callsPerSecond: 1 },
    ]
    const shown = (to: string) => shownCaller({ ...defaultRules, destinations }, number('+15550100'), number(to))
    expect([shown('+49891234567'), shown('+4940123456'), shown('+33123456789')]).toEqual(
      ['+4989555', '+4930555', '+15550100'].map(number),
    )
  })
})

describe('retries', () => {
  const rules = { busy: { times: 2, seconds: 60 }, failure: { times: 1, seconds: 5 } }
  it.each([
    ['busy', {}, { kind: 'again', at: 60_000, retried: { busy: 1 } }],
    ['busy', { busy: 1, failure: 1 }, { kind: 'again', at: 60_000, retried: { busy: 2, failure: 1 } }],
    ['busy', { busy: 2 }, { kind: 'over' }],
    ['no_answer', {}, { kind: 'over' }],
    ['unreachable', { busy: 2 }, { kind: 'again', at: 5000, retried: { busy: 2, failure: 1 } }],
    ['interrupted', {}, { kind: 'again', at: 5000, retried: { failure: 1 } }],
    ['declined', {}, { kind: 'over' }],
    ['not_found', {}, { kind: 'over' }],
  ] as const)('after %s, %o', (code, retried, expected) => {
    expect(afterAttempt(code, rules, retried, 0)).toEqual(expected)
  })
})
