import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HeaderList } from '../../../src/sip/message/headers.ts'
import { readMinSe, readSessionExpires } from '../../../src/sip/session-timer/header.ts'
import {
  type SessionTimerEffect,
  type SessionTimerEvent,
  type SessionTimerState,
  sessionTimer,
} from '../../../src/sip/session-timer/machine.ts'
import { SessionTimer } from '../../../src/sip/session-timer/session-timer.ts'
import {
  answerTimer,
  defaultTimerPolicy,
  proposeTimer,
  settleTimer,
  type TimerTerms,
} from '../../../src/sip/session-timer/terms.ts'
import { FakeClock } from '../../kit/fake-clock.ts'

const headers = (entries: Record<string, string>) => HeaderList.from(Object.entries(entries))

describe('Session-Expires', () => {
  it.each([
    ['1800', { seconds: 1800 }],
    ['4000;refresher=uac', { seconds: 4000, refresher: 'uac' }],
    ['90 ; Refresher=UAS;x=1', { seconds: 90, refresher: 'uas' }],
    ['90;refresher=me', { seconds: 90 }],
    ['99999999999', undefined],
    ['4294967295', { seconds: 2_000_000 }],
    ['soon', undefined],
    ['-5', undefined],
  ])('%s', (value, expected) => {
    expect(readSessionExpires(headers({ 'Session-Expires': value }))).toEqual(expected)
  })

  it('has a compact form', () => {
    expect(readSessionExpires(headers({ x: '100' }))).toEqual({ seconds: 100 })
    expect(readMinSe(headers({ 'Min-SE': '120;a=b' }))).toBe(120)
  })
})

describe('the answer to a request (RFC 4028 §9, table 2)', () => {
  const timer = { Supported: '100rel, timer' }
  it.each<[string, Record<string, string>, string | undefined, boolean, TimerTerms | undefined]>([
    ['able, nothing asked', timer, '1800;refresher=uas', false, { interval: 1800, refresher: 'local' }],
    ['unable, nothing asked', {}, undefined, false, undefined],
    [
      'unable, a proxy asked',
      { 'Session-Expires': '600' },
      '600;refresher=uas',
      false,
      { interval: 600, refresher: 'local' },
    ],
    [
      'able, it will refresh',
      { ...timer, 'Session-Expires': '600;refresher=uac' },
      '600;refresher=uac',
      true,
      { interval: 600, refresher: 'remote' },
    ],
    [
      'able, we shall refresh',
      { ...timer, 'Session-Expires': '600;refresher=uas' },
      '600;refresher=uas',
      false,
      { interval: 600, refresher: 'local' },
    ],
    [
      'longer than we want: shorter',
      { ...timer, 'Session-Expires': '9000' },
      '1800;refresher=uas',
      false,
      { interval: 1800, refresher: 'local' },
    ],
    [
      'but never under its Min-SE',
      { ...timer, 'Session-Expires': '9000', 'Min-SE': '3600' },
      '3600;refresher=uas',
      false,
      { interval: 3600, refresher: 'local' },
    ],
    [
      'too short from one that cannot: taken as it is (§8.1)',
      { 'Session-Expires': '60' },
      '60;refresher=uas',
      false,
      { interval: 60, refresher: 'local' },
    ],
  ])('%s', (_, request, value, required, terms) => {
    const answer = answerTimer(defaultTimerPolicy, headers(request))

    expect(answer.kind).toBe('ok')
    expect(new Map(answer.headers).get('Session-Expires')).toBe(value)
    expect(new Map(answer.headers).get('Require')).toBe(required ? 'timer' : undefined)
    expect(answer.kind === 'ok' ? answer.terms : 'none').toEqual(terms)
  })

  it('refuses what is too short with the least that is taken', () => {
    expect(answerTimer(defaultTimerPolicy, headers({ Supported: 'timer', 'Session-Expires': '89' }))).toEqual({
      kind: 'too_small',
      headers: [['Min-SE', '90']],
    })
  })
})

describe('a request of ours', () => {
  it.each<[number | undefined, TimerTerms | undefined, string, string]>([
    [undefined, undefined, '1800', '90'],
    [3600, undefined, '3600', '3600'],
    [undefined, { interval: 600, refresher: 'local' }, '600;refresher=uac', '90'],
    [120, { interval: 600, refresher: 'remote' }, '600;refresher=uas', '120'],
  ])('with Min-SE %s and terms %j', (minSe, terms, expires, min) => {
    expect(proposeTimer(defaultTimerPolicy, minSe, terms)).toEqual([
      ['Session-Expires', expires],
      ['Min-SE', min],
    ])
  })

  it.each([
    ['600;refresher=uac', { interval: 600, refresher: 'local' }],
    ['600;refresher=uas', { interval: 600, refresher: 'remote' }],
    ['600', { interval: 600, refresher: 'local' }],
    ['1;refresher=uas', { interval: 30, refresher: 'remote' }],
  ])('answered with %s', (value, terms) => {
    expect(settleTimer(headers({ 'Session-Expires': value }))).toEqual(terms)
  })

  it('answered without: no expiry', () => {
    expect(settleTimer(headers({}))).toBeUndefined()
  })
})

describe('the machine (§10)', () => {
  const ours: TimerTerms = { interval: 1800, refresher: 'local' }
  const theirs: TimerTerms = { interval: 90, refresher: 'remote' }
  const event = (word: string): SessionTimerEvent => {
    switch (word) {
      case 'ours':
        return { kind: 'agreed', terms: ours }
      case 'theirs':
        return { kind: 'agreed', terms: theirs }
      case 'none':
        return { kind: 'agreed', terms: undefined }
      case 'refresh':
      case 'expiry':
        return { kind: 'timer', timer: word }
      default:
        return { kind: word as 'refused' | 'ended' }
    }
  }
  const word = (effect: SessionTimerEffect): string =>
    effect.kind === 'startTimer'
      ? `${effect.timer}=${effect.ms / 1000}`
      : effect.kind === 'stopTimer'
        ? `-${effect.timer}`
        : effect.kind

  it.each([
    ['', 'ours', 'waiting', '-refresh, -expiry, expiry=1768, refresh=900'],
    ['', 'theirs', 'waiting', '-refresh, -expiry, expiry=60'],
    ['', 'none', 'off', '-refresh, -expiry'],
    ['', 'refresh', 'off', ''],
    ['', 'refused', 'off', ''],
    ['ours', 'refresh', 'refreshing', 'refresh'],
    ['ours refresh', 'ours', 'waiting', '-refresh, -expiry, expiry=1768, refresh=900'],
    ['ours refresh', 'refused', 'waiting', 'refresh=225'],
    ['ours refresh', 'refresh', 'refreshing', ''],
    ['ours refresh', 'expiry', 'over', '-refresh, expire'],
    ['ours refresh refused', 'refresh', 'refreshing', 'refresh'],
    ['ours', 'none', 'off', '-refresh, -expiry'],
    ['theirs', 'expiry', 'over', '-refresh, expire'],
    ['theirs', 'ended', 'over', '-refresh, -expiry'],
    ['theirs ended', 'ours', 'over', ''],
    ['theirs expiry', 'expiry', 'over', ''],
  ])('after "%s", %s -> %s: %s', (path, last, name, effects) => {
    let state: SessionTimerState = { name: 'off' }
    for (const step of path.split(' ').filter(Boolean)) state = sessionTimer(state, event(step)).state

    const step = sessionTimer(state, event(last))

    expect(step.state.name).toBe(name)
    expect(step.effects.map(word).join(', ')).toBe(effects)
  })

  it('leaves no timer behind, whatever happens before the end', () => {
    const words = fc.constantFrom('agree', 'none', 'refused', 'pass')
    fc.assert(
      fc.property(fc.array(words, { maxLength: 20 }), (steps) => {
        const clock = new FakeClock()
        const timer = new SessionTimer({ clock, policy: defaultTimerPolicy, refresh() {}, expire() {} })
        for (const step of steps) {
          if (step === 'agree') timer.answered(headers({ 'Session-Expires': '90;refresher=uac' }))
          if (step === 'none') timer.answered(headers({}))
          if (step === 'refused') timer.refused()
          if (step === 'pass') clock.advance(40_000)
        }
        timer.close()
        expect(clock.waiting).toBe(0)
      }),
    )
  })
})

it('a 422 is worth another try only where it asks for more than was offered', () => {
  const timer = new SessionTimer({ clock: new FakeClock(), policy: defaultTimerPolicy, refresh() {}, expire() {} })

  expect(timer.tooSmall(headers({}))).toBe(false)
  expect(timer.tooSmall(headers({ 'Min-SE': '3600' }))).toBe(true)
  expect(timer.tooSmall(headers({ 'Min-SE': '3600' }))).toBe(false)
  expect(timer.proposal()).toEqual([
    ['Session-Expires', '3600'],
    ['Min-SE', '3600'],
  ])
})
