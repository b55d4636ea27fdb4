import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  advance,
  dialing,
  follow,
  offered,
  type SessionEvent,
  type SessionState,
} from '../../../src/apps/session/machine.ts'

const kinds = ['play', 'gather', 'record', 'monitor', 'hold', 'unhold', 'transfer', 'hangup'] as const
type Kind = (typeof kinds)[number]
const ready: SessionState = { phase: 'ready', monitored: false }
const running: SessionState = { phase: 'running', block: 'play', monitored: false }
const held: SessionState = { phase: 'held', monitored: false }
const ending: SessionState = { phase: 'ending', monitored: false }
const ended: SessionState = { phase: 'ended', monitored: false }

const outcome = (state: SessionState, kind: Kind, force = false): string => {
  const verdict = follow(state, { kind, force })
  return verdict.kind === 'refused' ? verdict.code : verdict.cut ? 'cut' : verdict.state.phase
}
const row = (state: SessionState) => Object.fromEntries(kinds.map((kind) => [kind, outcome(state, kind)]))
const all = (answer: string, over: Partial<Record<Kind, string>> = {}) => ({
  ...Object.fromEntries(kinds.map((kind) => [kind, answer])),
  ...over,
})

describe('which block may follow', () => {
  const notHeld = 'error_session_not_on_hold'
  it.each([
    ['a call that came in', offered, all('running', { unhold: notHeld, hangup: 'ending' })],
    ['a call that is being placed', dialing, all('error_session_not_ready', { unhold: notHeld, hangup: 'cut' })],
    ['a block that is over', ready, all('running', { unhold: notHeld, hangup: 'ending' })],
    ['a block that runs', running, all('error_session_not_ready', { unhold: notHeld, hangup: 'cut' })],
    ['a hold', held, all('error_session_not_ready', { unhold: 'running', hangup: 'ending' })],
    ['a hangup', ending, all('error_session_ended')],
    ['the end', ended, all('error_session_ended')],
  ])('after %s', (_, state, answers) => {
    expect(row(state)).toEqual(answers)
  })

  it('a second monitor is refused while the first one runs, and taken after it', () => {
    const monitored: SessionState = { phase: 'ready', monitored: true }

    expect(outcome(monitored, 'monitor')).toBe('error_monitor_in_progress')
    expect(outcome({ ...running, monitored: true }, 'monitor')).toBe('error_monitor_in_progress')
    expect(outcome(advance(monitored, 'monitor_ended'), 'monitor')).toBe('running')
  })

  it('a forced hangup cuts off whatever is there, a hangup under way too', () => {
    expect([offered, ready, running, held, ending].map((state) => outcome(state, 'hangup', true))).toEqual(
      Array(5).fill('cut'),
    )
    expect(outcome(ended, 'hangup', true)).toBe('error_session_ended')
  })

  it('never runs two blocks, and nothing comes after the end, in whatever order things happen', () => {
    const events: readonly SessionEvent[] = ['finished', 'held', 'monitor_ended', 'call_ended']
    fc.assert(
      fc.property(
        fc.constantFrom(offered, dialing),
        fc.array(fc.oneof(fc.constantFrom(...kinds), fc.constantFrom(...events)), { maxLength: 40 }),
        (start, steps) => {
          let state = start
          let over = false
          for (const step of steps) {
            if ((events as readonly string[]).includes(step)) {
              state = advance(state, step as SessionEvent)
              over ||= step === 'call_ended'
            } else {
              const before = state
              const verdict = follow(before, { kind: step as Kind })
              if (verdict.kind === 'run') {
                if (step !== 'hangup') expect(before.phase).not.toBe('running')
                expect(over).toBe(false)
                state = verdict.state
              }
            }
            if (over) expect(state.phase).toBe('ended')
          }
        },
      ),
    )
  })
})
