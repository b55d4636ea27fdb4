import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildRequest, buildResponse } from '../../../src/sip/message/build.ts'
import type { SipRequest } from '../../../src/sip/message/message.ts'
import { parseUri } from '../../../src/sip/message/uri.ts'
import { takeTurn } from '../../../src/sip/reliable/client.ts'
import { readRAck, readRSeq, reliability } from '../../../src/sip/reliable/rack.ts'
import {
  type ReliableEvent,
  type ReliableState,
  type ReliableStep,
  reliable,
} from '../../../src/sip/reliable/server.ts'
import { defaultTimes } from '../../../src/sip/transaction/timers.ts'

type State = ReliableState<string>
type Event = ReliableEvent<string>

const provisional = (response: string, description = false): Event => ({
  kind: 'provisional',
  provisional: { response, description },
})
const prack = (rseq: number): Event => ({ kind: 'prack', rseq })
const timer = (name: 'again' | 'expiry'): Event => ({ kind: 'timer', timer: name })

/** Feeds events one after the other to a machine whose first RSeq is 7; each effect in a word. */
function run(...events: readonly Event[]): string[] {
  let state: State = { name: 'idle', next: 7 }
  const done: string[] = []
  for (const event of events) {
    const step: ReliableStep<string> = reliable(state, event, defaultTimes)
    state = step.state
    for (const effect of step.effects) {
      if (effect.kind === 'send') done.push(`${effect.response} ${effect.rseq}`)
      else if (effect.kind === 'startTimer') done.push(`${effect.timer} in ${effect.ms}`)
      else if (effect.kind === 'stopTimer') done.push(`no ${effect.timer}`)
      else done.push(effect.kind)
    }
  }
  return done
}

const begun = (response: string, rseq: number): string[] => [`${response} ${rseq}`, 'again in 500', 'expiry in 32000']
const stopped = ['no again', 'no expiry']

describe('provisional answers that are acknowledged, at their sender (RFC 3262 §3)', () => {
  it.each<[string, readonly Event[], readonly string[]]>([
    ['go out with a number and are repeated', [provisional('183')], begun('183', 7)],
    [
      'are repeated after twice as long each time, without a limit',
      [provisional('183'), ...Array<Event>(5).fill(timer('again'))],
      [
        ...begun('183', 7),
        ...['183 7', 'again in 1000', '183 7', 'again in 2000', '183 7', 'again in 4000'],
        ...['183 7', 'again in 8000', '183 7', 'again in 16000'],
      ],
    ],
    ['rest once acknowledged', [provisional('183'), prack(7)], [...begun('183', 7), ...stopped, 'acknowledged']],
    [
      'wait for the one before, and count up by one',
      [provisional('180'), provisional('183'), prack(7), prack(8)],
      [...begun('180', 7), ...stopped, 'acknowledged', ...begun('183', 8), ...stopped, 'acknowledged'],
    ],
    ['know no PRACK before they were sent', [prack(7)], ['unknown']],
    ['know no PRACK of another number', [provisional('183'), prack(8)], [...begun('183', 7), 'unknown']],
    [
      'know no PRACK that comes by a second request',
      [provisional('183'), prack(7), prack(7)],
      [...begun('183', 7), ...stopped, 'acknowledged', 'unknown'],
    ],
    [
      'are given up after 64*T1',
      [provisional('183'), timer('expiry'), provisional('180')],
      [...begun('183', 7), 'no again', 'expire'],
    ],
    ['hold up no 2xx when they are quiet', [{ kind: 'accept' }], ['accept']],
    [
      'hold up no 2xx without a description; a late PRACK is still right, once',
      [provisional('180'), { kind: 'accept' }, prack(7), prack(7)],
      [...begun('180', 7), ...stopped, 'accept', 'acknowledged', 'unknown'],
    ],
    [
      'hold up the 2xx with a description until its PRACK',
      [provisional('183', true), { kind: 'accept' }, prack(7)],
      [...begun('183', 7), ...stopped, 'acknowledged', 'accept'],
    ],
    [
      'hold up the 2xx also where the description waits itself; what waits without one is dropped',
      [provisional('180'), provisional('181'), provisional('183', true), { kind: 'accept' }, prack(7), prack(8)],
      [...begun('180', 7), ...stopped, 'acknowledged', ...begun('183', 8), ...stopped, 'acknowledged', 'accept'],
    ],
    ['end with a refusal', [provisional('183', true), { kind: 'end' }], [...begun('183', 7), ...stopped]],
    ['say nothing after the end', [{ kind: 'end' }, provisional('180'), { kind: 'accept' }, prack(7)], ['unknown']],
  ])('%s', (_, events, expected) => {
    expect(run(...events)).toEqual(expected)
  })

  it('leave no timer behind after an end, whatever came before', () => {
    const event = fc.oneof<fc.Arbitrary<Event>[]>(
      fc.boolean().map((description) => provisional('183', description)),
      fc.integer({ min: 6, max: 10 }).map(prack),
      fc.constantFrom<Event>(timer('again'), timer('expiry'), { kind: 'accept' }),
    )
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), (events) => {
        let state: State = { name: 'idle', next: 7 }
        const timers = new Set<string>()
        for (const next of [...events, { kind: 'end' } as const]) {
          if (next.kind === 'timer' && !timers.delete(next.timer)) continue
          const step: ReliableStep<string> = reliable(state, next, defaultTimes)
          state = step.state
          for (const effect of step.effects) {
            if (effect.kind === 'startTimer') timers.add(effect.timer)
            if (effect.kind === 'stopTimer') timers.delete(effect.timer)
          }
          expect(timers.size > 0).toBe(state.name === 'waiting')
        }
        expect(timers).toEqual(new Set())
      }),
    )
  })
})

describe('provisional answers that are acknowledged, at their receiver (RFC 3262 §4)', () => {
  it.each([
    ['the first, whatever its number', undefined, 4711, { kind: 'acknowledge', last: 4711 }],
    ['the next', 7, 8, { kind: 'acknowledge', last: 8 }],
    ['one that came again', 7, 7, { kind: 'ignore' }],
    ['one whose forerunner is missing', 7, 9, { kind: 'ignore' }],
    ['one from before', 7, 6, { kind: 'ignore' }],
  ])('%s', (_, last, rseq, expected) => {
    expect(takeTurn(last, rseq)).toEqual(expected)
  })
})

describe('the fields of RFC 3262', () => {
  const request = (headers: readonly (readonly [string, string])[], method = 'INVITE'): SipRequest => {
    const uri = parseUri('sip:bob@example.test')!
    const party = { uri, params: new Map([['tag', 'x']]) }
    return buildRequest({ method, uri, from: party, to: party, callId: 'c', cseq: 1, headers })
  }

  it.each([
    [[['Require', 'timer, 100rel']], 'required'],
    [[['Supported', '100REL']], 'supported'],
    [
      [
        ['Supported', '100rel'],
        ['Require', '100rel'],
      ],
      'required',
    ],
    [[['Supported', 'timer']], 'none'],
  ] as const)('%j means %s', (headers, expected) => {
    expect(reliability(request(headers))).toBe(expected)
  })

  it.each([
    ['7 1 INVITE', { rseq: 7, cseq: 1, method: 'INVITE' }],
    [' 7   1  INVITE ', { rseq: 7, cseq: 1, method: 'INVITE' }],
    ['7 1', undefined],
    ['7 x INVITE', undefined],
    ['7 1 INVITE 2', undefined],
    ['', undefined],
  ])('RAck: %j', (text, expected) => {
    expect(readRAck(request([['RAck', text]], 'PRACK'))).toEqual(expected)
  })

  it.each([
    [183, [['Require', '100rel'] as const, ['RSeq', '9'] as const], 9],
    [183, [['RSeq', '9'] as const], undefined],
    [183, [['Require', '100rel'] as const], undefined],
    [183, [['Require', '100rel'] as const, ['RSeq', '-1'] as const], undefined],
    [100, [['Require', '100rel'] as const, ['RSeq', '9'] as const], undefined],
    [200, [['Require', '100rel'] as const, ['RSeq', '9'] as const], undefined],
  ])('%i with %j wants a PRACK for %s', (status, headers, expected) => {
    expect(readRSeq(buildResponse(request([]), status, { toTag: 'y', headers }))).toBe(expected)
  })
})
