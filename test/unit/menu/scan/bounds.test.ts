import { describe, expect, it } from 'vitest'
import { forbidsScan } from '../../../../src/apps/scan/allowed.ts'
import { backOffMs, type CallingHours, nextAllowed } from '../../../../src/apps/scan/bounds.ts'
import { nothing, withEvent } from '../../../../src/apps/scan/heard.ts'
import { differenceOf } from '../../../../src/menu/scan/difference.ts'
import { growAll } from '../../../../src/menu/scan/grow.ts'
import { viewOf } from '../../../../src/menu/scan/view.ts'
import { readAddress } from '../../../../src/phone/address.ts'
import { hearing } from './kit.ts'

describe('calling hours', () => {
  const office: CallingHours = { zone: 'America/New_York', from: '09:00', to: '17:00', days: [1, 2, 3, 4, 5] }
  const night: CallingHours = { zone: 'Europe/Berlin', from: '22:00', to: '06:00', days: [5] }

  it.each([
    ['within', office, '2026-01-05T15:00:00Z', '2026-01-05T15:00:00Z'],
    ['before they open', office, '2026-01-05T12:10:30Z', '2026-01-05T14:00:00Z'],
    ['after the last of them', office, '2026-01-05T22:00:00Z', '2026-01-06T14:00:00Z'],
    ['over a weekend', office, '2026-01-09T22:30:00Z', '2026-01-12T14:00:00Z'],
    ['in summer, an hour earlier by UTC', office, '2026-07-06T12:00:00Z', '2026-07-06T13:00:00Z'],
    ['over the change to summer time', office, '2026-03-07T12:00:00Z', '2026-03-09T13:00:00Z'],
    ['after midnight, of the day before', night, '2026-01-10T03:00:00Z', '2026-01-10T03:00:00Z'],
    ['after midnight, of another day', night, '2026-01-11T03:00:00Z', '2026-01-16T21:00:00Z'],
    ['of one minute', { ...office, from: '03:00', to: '03:01' }, '2026-01-05T15:17:00Z', '2026-01-06T08:00:00Z'],
    [
      'of one minute, seconds before',
      { ...office, from: '03:00', to: '03:01' },
      '2026-01-06T07:59:30Z',
      '2026-01-06T08:00:00Z',
    ],
    [
      'of some minutes in a zone of quarters',
      { zone: 'Asia/Kathmandu', from: '10:07', to: '10:09' },
      '2026-01-05T15:17:00Z',
      '2026-01-06T04:22:00Z',
    ],
    [
      'of one minute that a night in spring leaves out',
      { zone: 'America/New_York', from: '02:30', to: '02:31', days: [7] },
      '2026-03-02T12:00:00Z',
      '2026-03-15T06:30:00Z',
    ],
    ['none are set', undefined, '2026-01-05T03:00:00Z', '2026-01-05T03:00:00Z'],
  ] as const)('%s', (_, hours, now, next) => {
    expect(new Date(nextAllowed(hours, Date.parse(now))).toISOString()).toBe(new Date(next).toISOString())
  })

  it('are tried again later each time, at last once an hour', () => {
    expect([1, 2, 3, 20].map(backOffMs)).toEqual([30_000, 60_000, 120_000, 3_600_000])
  })
})

describe('numbers that may be scanned', () => {
  const to = (text: string) => readAddress(text)!
  const place = { country: 'US', isTrunk: (host: string) => host === 'trunk.example' }

  it.each([
    ['all, where nothing is said', [], [], '+15550100', true],
    ['but those that are denied', [], ['+15550'], '+15550100', false],
    ['those that are allowed', ['+1555'], [], '+15550100', true],
    ['and no others', ['+1555'], [], '+4930123456', false],
    ['a number out of a range that is denied', ['+15550100'], ['+1555'], '+15550100', true],
    ['a number of a range that is allowed', ['+1555'], ['+15550100'], '+15550100', false],
    ['the denial where both are as long', ['+1555'], ['+1555'], '+15550100', false],
  ] as const)('%s', (_, allow, deny, number, may) => {
    expect(forbidsScan({ allow, deny }, to(number), place) === undefined).toBe(may)
  })

  it.each([
    ['sip:+15550101@192.0.2.1'],
    ['sip:15550101@192.0.2.1'],
    ['sip:0015550101@192.0.2.1'],
    ['sip:+1-555-0101@192.0.2.1;user=phone'],
    ['sips:%2B15550101@example.com:5061'],
    ['sip:+15550101;npdi:pass@192.0.2.1'],
    ['sip:101;phone-context=+1555%30@192.0.2.1'],
    ['sip:anything@trunk.example'],
  ])('are not reached by %s where one is denied', (uri) => {
    expect(forbidsScan({ allow: [], deny: ['+1555010'] }, to(uri), place)).toMatch(/must not|may not/)
  })

  it.each([['sip:+15560101@192.0.2.1'], ['sip:reception@192.0.2.1'], ['sip:+15560101@other.example']])(
    'are those of %s, where another is denied',
    (uri) => {
      expect(forbidsScan({ allow: [], deny: ['+1555010'] }, to(uri), place)).toBeUndefined()
    },
  )

  it('are reached through a trunk where none is denied', () => {
    expect(forbidsScan({ allow: [], deny: [] }, to('sip:anything@trunk.example'), place)).toBeUndefined()
  })
})

describe('what is heard', () => {
  const transcript = { kind: 'transcript', utterance: 1, final: true, fromMs: 1000, toMs: 2000 } as const

  it('has words with times, also of a recogniser that tells none', () => {
    const { words } = withEvent(nothing, { ...transcript, text: 'press one', words: [] })

    expect(words).toEqual([
      { word: 'press', fromMs: 1000, toMs: 1500 },
      { word: 'one', fromMs: 1500, toMs: 2000 },
    ])
  })

  it('leaves out the tail of a prompt that a key has cut off', () => {
    expect(withEvent(nothing, { ...transcript, fromMs: 0, toMs: 200, text: 'press', words: [] }).words).toEqual([])
  })

  it('is silent until somebody speaks', () => {
    const silent = withEvent(nothing, { kind: 'silence', fromMs: 0, ms: 3000 })

    expect(silent.silentMs).toBe(3000)
    expect(withEvent(silent, { kind: 'speech', fromMs: 3500 }).silentMs).toBe(0)
  })

  it('goes on where something was begun before the words of what was said come', () => {
    const said = { ...transcript, text: 'press one', words: [] }
    const begun = withEvent(nothing, { kind: 'speech', fromMs: 1000 })

    expect(withEvent(begun, said).speaking).toBe(false)
    for (const fromMs of [2000, 2300]) {
      const again = withEvent(withEvent(begun, { kind: 'speech', fromMs }), said)
      expect(again.speaking).toBe(true)
      expect(withEvent(again, { kind: 'silence', fromMs: 2000, ms: 1200 }).speaking).toBe(true)
      expect(withEvent(again, { kind: 'silence', fromMs: 4000, ms: 1200 }).speaking).toBe(false)
    }
  })
})

describe('the difference of two scans', () => {
  const main = 'Welcome to Acme Industries. For sales, press 1. For support, press 2. For billing, press 3.'
  const closed = hearing(['1'], 'Our office is closed now. Please call back during business hours.')
  const view = (...hearings: Parameters<typeof growAll>[0]) => viewOf(growAll(hearings))

  it('is none where the same was heard', () => {
    expect(differenceOf(view(hearing([], main), closed), view(hearing([], main), closed))).toEqual([])
  })

  it('tells what came, went, is named anew and leads elsewhere', () => {
    const after = 'Welcome to Acme Industries. For sales, press 1. For parking, press 2. For jobs, press 4.'
    const message = hearing(['1'], 'Please leave a message after the tone.')

    expect(differenceOf(view(hearing([], main), closed), view(hearing([], after), message))).toEqual([
      { kind: 'ends', way: ['1'], from: 'closed', to: 'voicemail' },
      { kind: 'renamed', way: ['2'], from: 'support', to: 'parking' },
      { kind: 'added', way: ['4'], label: 'jobs' },
      { kind: 'removed', way: ['3'], label: 'billing' },
    ])
  })
})
