import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ForkEffect, type ForkEvent, fork, newFork, silenceMs } from '../../src/engines/embedded/fork.ts'
import { codeOfStatus, endCodes, type ReasonLink } from '../../src/phone/reason.ts'

const link = (sip: number): ReasonLink => {
  const code = codeOfStatus(sip)
  return { at: 0, code, by: 'callee', q850: endCodes[code].q850, sip, sentence: `answered ${sip}` }
}
const rung = (place: number, at = 0): ForkEvent => ({ kind: 'rung', place, at })
const heard = (place: number): ForkEvent => ({ kind: 'heard', place })
const refused = (place: number, sip: number, at = 0): ForkEvent => ({ kind: 'refused', place, link: link(sip), at })
const timer = (at: number): ForkEvent => ({ kind: 'timer', at })

/** What came of the last event, in short: the status it failed with, or how long it waits. */
function run(...events: readonly ForkEvent[]): readonly string[] {
  let state = newFork
  let last: readonly ForkEffect[] = []
  for (const event of events) {
    const step = fork(state, event)
    state = step.state
    last = step.effects
  }
  return last.map((effect) => (effect.kind === 'failed' ? `failed ${effect.link.sip}` : `wait ${effect.ms}`))
}

describe('places of one target that ring at once (RFC 3261 §16.7)', () => {
  it.each<[string, ForkEvent[], string[]]>([
    ['one place that refuses is the end', [rung(1), refused(1, 486)], ['failed 486']],
    ['another that rings goes on', [rung(1), rung(2), heard(2), refused(1, 486)], []],
    ['a 6xx speaks for all', [rung(1), rung(2), heard(2), refused(1, 603)], ['failed 603']],
    ['busy tells more than no answer', [rung(1), rung(2), refused(1, 480), refused(2, 486)], ['failed 486']],
    [
      'busy tells more, whichever is first',
      [rung(1), rung(2), heard(2), refused(1, 486), refused(2, 408)],
      ['failed 486'],
    ],
    ['one that gave no sign is waited for', [rung(1), rung(2), refused(1, 486, 1000)], [`wait ${silenceMs - 1000}`]],
    ['and not for ever', [rung(1), rung(2), refused(1, 486, 1000), timer(silenceMs)], ['failed 486']],
    ['after a 6xx nothing more is told', [rung(1), rung(2), refused(1, 603, silenceMs), refused(2, 486)], []],
    ['one that comes later is the end at once', [rung(1), rung(2), refused(1, 486, silenceMs)], ['failed 486']],
    ['one that gave a sign meanwhile rings on', [rung(1), rung(2), refused(1, 486), heard(2), timer(silenceMs)], []],
    ['nobody said no: the silent are waited for', [rung(1), rung(2), refused(1, 480, silenceMs)], []],
    ['the last to be rung counts', [rung(1), rung(2, 500), refused(1, 486, 1000)], [`wait ${silenceMs - 500}`]],
    [
      'those it moved to are waited for in its stead',
      [rung(1), { kind: 'moved', place: 1, to: [2, 3], at: 10 }, refused(2, 404), refused(3, 480)],
      ['failed 404'],
    ],
    ['a place is refused once', [rung(1), rung(2), heard(2), refused(1, 486), refused(1, 486)], []],
  ])('%s', (_, events, effects) => {
    expect(run(...events)).toEqual(effects)
  })

  it('fails once, and always when every place refused', () => {
    const status = fc.constantFrom(404, 408, 480, 486, 488, 503, 603)
    fc.assert(
      fc.property(fc.array(fc.tuple(status, fc.boolean(), fc.nat(9000)), { minLength: 1, maxLength: 8 }), (places) => {
        let state = newFork
        const failed: ReasonLink[] = []
        const feed = (event: ForkEvent): void => {
          const step = fork(state, event)
          state = step.state
          for (const effect of step.effects) if (effect.kind === 'failed') failed.push(effect.link)
        }
        for (const i of places.keys()) feed(rung(i))
        for (const [i, [, sign]] of places.entries()) if (sign) feed(heard(i))
        for (const [i, [sip, , at]] of places.entries()) feed(refused(i, sip, at))

        expect(failed).toHaveLength(1)
        if (places.some(([sip]) => sip === 603)) return
        if (places.some(([sip]) => sip === 486)) expect(failed[0]?.sip).toBe(486)
      }),
    )
  })
})
