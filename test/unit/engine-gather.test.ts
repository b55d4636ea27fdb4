import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type GatherEvent,
  type GatherRules,
  type GatherState,
  gather,
  gatherStart,
} from '../../src/engines/embedded/gather.ts'
import type { Gathered } from '../../src/phone/call.ts'

const rules: GatherRules = {
  maxDigits: 4,
  finishKey: '#',
  firstDigitMs: 5000,
  interDigitMs: 3000,
  wholeMs: undefined,
  allowed: '0123456789',
  attempts: 1,
  bargeIn: true,
  hasInvalid: false,
}
const key = (k: string): GatherEvent => ({ kind: 'key', key: k })
const promptEnded: GatherEvent = { kind: 'prompt_ended' }
const timer: GatherEvent = { kind: 'timer' }
const limit: GatherEvent = { kind: 'limit' }

function run(
  events: GatherEvent[],
  by: GatherRules = rules,
): { results: Gathered[]; timers: number[]; limits: number[]; stops: number; plays: string[] } {
  let state: GatherState = gatherStart.state
  const seen = {
    results: [] as Gathered[],
    timers: [] as number[],
    limits: [] as number[],
    stops: 0,
    plays: ['prompt'],
  }
  for (const event of events) {
    const step = gather(by, state, event)
    state = step.state
    for (const effect of step.effects) {
      if (effect.kind === 'done') seen.results.push(effect.gathered)
      if (effect.kind === 'start_timer') seen.timers.push(effect.ms)
      if (effect.kind === 'start_limit') seen.limits.push(effect.ms)
      if (effect.kind === 'stop_prompt') seen.stops++
      if (effect.kind === 'play') seen.plays.push(effect.what)
    }
  }
  return seen
}

describe('gathering digits', () => {
  it.each<[string, GatherEvent[], Gathered]>([
    [
      'ends on the finish key, which is not part of it',
      [promptEnded, key('1'), key('2'), key('#')],
      { digits: '12', end: 'finish_key' },
    ],
    ['ends when full', [key('1'), key('2'), key('3'), key('4')], { digits: '1234', end: 'max_digits' }],
    ['gives nothing when no key comes', [promptEnded, timer], { digits: '', end: 'timeout' }],
    ['gives what came before the pause', [promptEnded, key('7'), timer], { digits: '7', end: 'timeout' }],
    ['ignores keys that are not allowed', [key('*'), key('A'), key('5'), timer], { digits: '5', end: 'timeout' }],
    ['takes the finish key alone', [key('#')], { digits: '', end: 'finish_key' }],
  ])('%s', (_, events, gathered) => {
    expect(run(events).results).toEqual([gathered])
  })

  it('stops the prompt at the first key and waits the time between keys', () => {
    const seen = run([key('1')])

    expect(seen.stops).toBe(1)
    expect(seen.timers).toEqual([3000])
  })

  it.each<[string, GatherEvent[], Gathered]>([
    ['gives what came until the whole time was over', [promptEnded, key('1'), limit], { digits: '1', end: 'timeout' }],
    ['gives nothing where nothing came in all that time', [promptEnded, limit], { digits: '', end: 'timeout' }],
    ['counts it from the key that cut the prompt short', [key('1'), limit], { digits: '1', end: 'timeout' }],
  ])('%s', (_, events, gathered) => {
    const seen = run(events, { ...rules, wholeMs: 15_000 })

    expect(seen.results).toEqual([gathered])
    expect(seen.limits).toEqual([15_000])
  })

  it('has no limit of the whole unless it is given one', () => {
    expect(run([promptEnded, key('1')]).limits).toEqual([])
  })

  it('without a finish key takes # as any other', () => {
    expect(run([key('#'), timer], { ...rules, finishKey: '', allowed: '#' }).results).toEqual([
      { digits: '#', end: 'timeout' },
    ])
  })

  it('plays the prompt as often as there are attempts, while nothing is pressed', () => {
    const seen = run([promptEnded, timer, promptEnded, timer, promptEnded, timer], { ...rules, attempts: 3 })

    expect(seen.plays).toEqual(['prompt', 'prompt', 'prompt'])
    expect(seen.results).toEqual([{ digits: '', end: 'timeout' }])
  })

  it('makes no further attempt once a key was pressed', () => {
    const seen = run([promptEnded, timer, promptEnded, key('7'), timer], { ...rules, attempts: 3 })

    expect(seen.plays).toEqual(['prompt', 'prompt'])
    expect(seen.results).toEqual([{ digits: '7', end: 'timeout' }])
  })

  it('without barge-in does not hear keys of the prompt', () => {
    const seen = run([key('1'), promptEnded, key('2'), timer], { ...rules, bargeIn: false })

    expect(seen.results).toEqual([{ digits: '2', end: 'timeout' }])
  })

  it('says that a key is not allowed and begins anew, until the attempts are used up', () => {
    const by = { ...rules, attempts: 2, hasInvalid: true }
    const seen = run([key('1'), key('*'), promptEnded, promptEnded, key('*'), promptEnded], by)

    expect(seen.plays).toEqual(['prompt', 'invalid', 'prompt', 'invalid'])
    expect(seen.results).toEqual([{ digits: '', end: 'timeout' }])
  })

  it('takes a key pressed into the words about the wrong one as the first of the next attempt', () => {
    const by = { ...rules, attempts: 2, hasInvalid: true }

    expect(run([key('*'), key('3'), timer], by).results).toEqual([{ digits: '3', end: 'timeout' }])
  })

  it('gives what was pressed so far when it is stopped', () => {
    expect(run([key('1'), key('2'), { kind: 'stop' }]).results).toEqual([{ digits: '12', end: 'stopped' }])
  })

  it('ends at most once, whatever comes', () => {
    const event = fc.oneof(
      fc.constantFrom(...'0123456789*#ABCD').map(key),
      fc.constant(promptEnded),
      fc.constant(timer),
      fc.constant(limit),
      fc.constant<GatherEvent>({ kind: 'stop' }),
    )
    const rulesOf = fc.record({
      attempts: fc.integer({ min: 1, max: 3 }),
      bargeIn: fc.boolean(),
      hasInvalid: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), rulesOf, (events, over) => {
        const { results, plays } = run(events, { ...rules, ...over })
        expect(plays.filter((what) => what === 'prompt').length).toBeLessThanOrEqual(over.attempts)
        expect(results.length).toBeLessThanOrEqual(1)
        expect(results[0]?.digits.length ?? 0).toBeLessThanOrEqual(rules.maxDigits)
      }),
    )
  })
})
