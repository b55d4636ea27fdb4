import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type RegistrationEvent, type RegistrationState, transition } from '../../../src/sip/registration/machine.ts'

const asking: RegistrationState = { kind: 'registering', seconds: 600, failures: 0 }
const answered = (status: number, more: object = {}): RegistrationEvent => ({
  kind: 'answered',
  now: 1000,
  status,
  random: 0,
  ...more,
})

describe('a registration', () => {
  it('begins with a REGISTER', () => {
    expect(transition({ kind: 'idle' }, { kind: 'start', seconds: 600 })).toEqual({
      state: asking,
      effects: [{ kind: 'send', seconds: 600 }],
    })
  })

  it.each([
    [{ expires: 100 }, 100_000, 75_000],
    [{ expires: 100, random: 1 }, 100_000, 90_000],
    [{}, 600_000, 450_000],
    [{ expires: 1 }, 1_000, 1_000],
  ])('granted %j, is refreshed before its end', (more, lasts, refresh) => {
    const { state, effects } = transition(asking, answered(200, more))
    expect(state).toMatchObject({ kind: 'registered', until: 1000 + lasts })
    expect(effects[0]).toEqual({ kind: 'startTimer', ms: refresh })
    expect(transition(state, { kind: 'timer' }).effects).toEqual([{ kind: 'send', seconds: 600 }])
  })

  it('asks for as long as the registrar wants, once', () => {
    const longer = transition(asking, answered(423, { minExpires: 1800 }))
    expect(longer).toEqual({ state: { ...asking, seconds: 1800 }, effects: [{ kind: 'send', seconds: 1800 }] })
    expect(transition(longer.state, answered(423, { minExpires: 1800 })).state.kind).toBe('waiting')
    expect(transition(asking, answered(423, { minExpires: 10 ** 9 })).state.kind).toBe('waiting')
  })

  it.each([
    [0, 0, undefined, 15_000],
    [0, 1, undefined, 30_000],
    [3, 1, undefined, 240_000],
    [50, 1, undefined, 1_800_000],
    [0, 0, 120, 120_000],
  ])('after %i failures waits longer each time, or as told', (failures, random, retryAfter, ms) => {
    const more = { random, ...(retryAfter === undefined ? {} : { retryAfter }) }
    const { state, effects } = transition({ ...asking, failures }, answered(503, more))
    expect(state).toMatchObject({ kind: 'waiting', failures: failures + 1 })
    expect(effects[0]).toEqual({ kind: 'startTimer', ms })
    expect(effects[1]).toMatchObject({ report: { kind: 'failed', status: 503, retryMs: ms, registered: false } })
  })

  it('says when an earlier registration still holds', () => {
    const { effects } = transition({ ...asking, until: 5000 }, answered(500))
    expect(effects[1]).toMatchObject({ report: { registered: true } })
  })

  it.each<[string, RegistrationState, string]>([
    ['registered', { kind: 'registered', seconds: 600, failures: 0, until: 9000 }, 'unregistering'],
    ['asking', asking, 'unregistering'],
    ['waiting, with an old registration', { kind: 'waiting', seconds: 600, failures: 1, until: 9000 }, 'unregistering'],
    ['waiting, with none', { kind: 'waiting', seconds: 600, failures: 1 }, 'stopped'],
    ['idle', { kind: 'idle' }, 'stopped'],
  ])('stopped while %s', (_, state, then) => {
    expect(transition(state, { kind: 'stop', now: 1000 }).state.kind).toBe(then)
  })

  it('leaves no timer behind, whatever happens, and always has one thing under way', () => {
    const event: fc.Arbitrary<RegistrationEvent> = fc.oneof(
      fc.constant<RegistrationEvent>({ kind: 'start', seconds: 600 }),
      fc.constantFrom(100, 200, 401, 423, 500).map((status) => answered(status, { minExpires: 900 })),
      fc.constant<RegistrationEvent>({ kind: 'failed', now: 1000, sentence: 'x', random: 0 }),
      fc.constant<RegistrationEvent>({ kind: 'timer' }),
      fc.constant<RegistrationEvent>({ kind: 'stop', now: 1000 }),
    )
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        let state: RegistrationState = { kind: 'idle' }
        let timers = 0
        for (const now of events) {
          if (now.kind === 'timer') {
            if (timers === 0) continue
            timers -= 1
          }
          const step = transition(state, now)
          state = step.state
          for (const effect of step.effects) {
            if (effect.kind === 'startTimer') timers += 1
            if (effect.kind === 'stopTimer') timers = 0
          }
          expect(timers).toBe(state.kind === 'registered' || state.kind === 'waiting' ? 1 : 0)
        }
      }),
    )
  })
})
