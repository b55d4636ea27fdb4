import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import {
  nextText,
  outcomeOfParts,
  type TextNews,
  type TextStanding,
  type TextState,
} from '../../../src/phone/text-status.ts'

const at = (state: TextState, silent = false): TextStanding => ({ state, silent })
const report = (outcome: 'delivered' | 'undelivered' | 'rejected' | 'expired' | 'failed', held = true): TextNews => ({
  ...{ kind: 'report', outcome, held },
})
const taken: TextNews = { kind: 'taken' }
const silence: TextNews = { kind: 'silence' }

/** Where these news, one after the other, lead a text that is queued. */
const after = (...news: TextNews[]): TextState =>
  news.reduce<TextStanding>((standing, told) => nextText(standing, told) ?? standing, at('queued')).state

test.each<[string, TextNews[], TextState]>([
  ['in order', [taken, report('delivered')], 'delivered'],
  ['a report before the answer of the carrier', [report('delivered'), taken], 'delivered'],
  ['a report twice', [taken, report('undelivered'), report('undelivered')], 'undelivered'],
  ['two ends: the first counts', [taken, report('delivered'), report('expired')], 'delivered'],
  ['two ends the other way round', [taken, report('rejected'), report('delivered')], 'rejected'],
  ['no report', [taken, silence], 'undelivered'],
  ['a late report that it arrived', [taken, silence, report('delivered')], 'delivered'],
  ['a late report that it did not', [taken, silence, report('expired')], 'expired'],
  ['silence after the end', [taken, report('delivered'), silence], 'delivered'],
  ['silence before it was sent', [silence], 'queued'],
  ['the carrier before could not', [report('undelivered', false), taken], 'sent'],
  ['the carrier before could', [taken, report('delivered', false)], 'delivered'],
  ['nobody there, then somebody', [{ kind: 'away' }, { kind: 'back' }, taken], 'sent'],
  ['given up', [{ kind: 'given_up', as: 'failed' }, taken], 'failed'],
  ['given up after it was taken', [taken, { kind: 'given_up', as: 'failed' }], 'sent'],
])('%s', (_name, news, state) => {
  expect(after(...news)).toBe(state)
})

describe('whatever comes in whatever order', () => {
  const outcomes = ['delivered', 'undelivered', 'rejected', 'expired', 'failed'] as const
  const anyNews: fc.Arbitrary<TextNews> = fc.oneof(
    fc.constantFrom<TextNews>(taken, silence, { kind: 'away' }, { kind: 'back' }, { kind: 'given_up', as: 'rejected' }),
    fc.record({ kind: fc.constant('report' as const), outcome: fc.constantFrom(...outcomes), held: fc.boolean() }),
  )

  it('an end that was told stays', () => {
    fc.assert(
      fc.property(fc.array(anyNews, { maxLength: 12 }), (news) => {
        let standing = at('queued')
        for (const told of news) {
          const next = nextText(standing, told)
          const open = ['queued', 'waiting', 'sent'].includes(standing.state) || standing.silent
          if (!open) expect(next).toBeUndefined()
          standing = next ?? standing
        }
      }),
    )
  })

  it('what came once more changes nothing', () => {
    fc.assert(
      fc.property(fc.array(anyNews, { maxLength: 12 }), anyNews, (news, last) => {
        const standing = [...news, last].reduce((now, told) => nextText(now, told) ?? now, at('queued'))
        expect(nextText(standing, last)).toBeUndefined()
      }),
    )
  })
})

test.each([
  [['delivered', undefined], undefined],
  [['delivered', 'delivered'], 'delivered'],
  [['delivered', 'expired'], 'expired'],
  [[undefined, 'rejected'], 'rejected'],
  [[], undefined],
] as const)('parts %j come to %s', (parts, outcome) => {
  expect(outcomeOfParts(parts)).toBe(outcome)
})
