import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type GatherEvent, type GatherRules, type GatherState, gather } from '../../src/engines/embedded/gather.ts'
import type { Gathered } from '../../src/phone/call.ts'

const rules: GatherRules = {
  maxDigits: 4,
  finishKey: '#',
  firstDigitMs: 5000,
  interDigitMs: 3000,
  allowed: '0123456789',
}
const key = (k: string): GatherEvent => ({ kind: 'key', key: k })
const promptEnded: GatherEvent = { kind: 'prompt_ended' }
const timer: GatherEvent = { kind: 'timer' }

function run(events: GatherEvent[], by: GatherRules = rules): { results: Gathered[]; timers: number[]; stops: number } {
  let state: GatherState = { phase: 'prompt' }
  const seen = { results: [] as Gathered[], timers: [] as number[], stops: 0 }
  for (const event of events) {
    const step = gather(by, state, event)
    state = step.state
    for (const effect of step.effects) {
      if (effect.kind === 'done') seen.results.push(effect.gathered)
      if (effect.kind === 'start_timer') seen.timers.push(effect.ms)
      if (effect.kind === 'stop_prompt') seen.stops++
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

  it('without a finish key takes # as any other', () => {
    expect(run([key('#'), timer], { ...rules, finishKey: '', allowed: '#' }).results).toEqual([
      { digits: '#', end: 'timeout' },
    ])
  })

  it('ends at most once, whatever comes', () => {
    const event = fc.oneof(
      fc.constantFrom(...'0123456789*#ABCD').map(key),
      fc.constant(promptEnded),
      fc.constant(timer),
    )
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const { results } = run(events)
        expect(results.length).toBeLessThanOrEqual(1)
        expect(results[0]?.digits.length ?? 0).toBeLessThanOrEqual(rules.maxDigits)
      }),
    )
  })
})
