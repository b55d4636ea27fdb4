import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ForksEffect, type ForksEvent, forks, newForks, requestFor } from '../../../src/sip/user-agent/forks.ts'

const heard = (tag: string, usable = true): ForksEvent => ({ kind: 'provisional', tag, usable })
const success = (tag: string, usable = true): ForksEvent => ({ kind: 'success', tag, usable })
const forgotten: ForksEvent = { kind: 'forgotten' }
const givenUp: ForksEvent = { kind: 'given_up' }

function run(...events: readonly ForksEvent[]) {
  let state = newForks
  const effects: ForksEffect[] = []
  for (const event of events) {
    const step = forks(state, event)
    state = step.state
    effects.push(...step.effects)
  }
  return { state, effects: effects.map((effect) => ('tag' in effect ? `${effect.kind} ${effect.tag}` : effect.kind)) }
}

describe('answers of a forked INVITE (RFC 3261 §13.2.2.4)', () => {
  it.each<[string, ForksEvent[], string[]]>([
    ['a branch has an early dialog of its own, once', [heard('a'), heard('a')], ['open a', 'hear a', 'hear a']],
    ['each branch has one', [heard('a'), heard('b')], ['open a', 'hear a', 'open b', 'hear b']],
    ['an answer that makes no dialog is told all the same', [heard('', false)], ['hear ']],
    ['a 2xx at once wins', [success('a')], ['acknowledge a', 'win a']],
    ['who rang before wins with its 2xx', [heard('a'), success('a')], ['open a', 'hear a', 'acknowledge a', 'win a']],
    [
      'the other early dialogs end where one wins',
      [heard('a'), heard('b'), success('b')],
      ['open a', 'hear a', 'open b', 'hear b', 'acknowledge b', 'close a', 'win b'],
    ],
    [
      'a second 2xx is acknowledged and ended',
      [success('a'), success('b')],
      ['acknowledge a', 'win a', 'acknowledge b', 'dismiss b'],
    ],
    [
      'a 2xx that comes again is acknowledged again, of the one and of the other',
      [success('a'), success('b'), success('a'), success('b')],
      ['acknowledge a', 'win a', 'acknowledge b', 'dismiss b', 'acknowledge_again a', 'acknowledge_again b'],
    ],
    ['a 2xx that crosses our CANCEL is ended (§9.1)', [givenUp, success('a')], ['acknowledge a', 'dismiss a']],
    ['nothing is told after the end', [givenUp, heard('a')], []],
    ['nothing is told of who rings on after another answered', [success('a'), heard('b')], ['acknowledge a', 'win a']],
    ['a 2xx without a dialog ends the call', [success('a', false)], ['broken']],
    ['a second one without a dialog changes nothing', [success('a'), success('b', false)], ['acknowledge a', 'win a']],
    [
      'where the INVITE is sent anew its branches are gone, and the same tag is a new one',
      [heard('a'), forgotten, heard('a')],
      ['open a', 'hear a', 'close a', 'open a', 'hear a'],
    ],
    [
      'who answered is not forgotten',
      [success('a'), forgotten, success('a')],
      ['acknowledge a', 'win a', 'acknowledge_again a'],
    ],
  ])('%s', (_, events, effects) => {
    expect(run(...events).effects).toEqual(effects)
  })

  it.each<[string, ForksEvent[], 'session' | 'early' | 'gone']>([
    ['its early dialog', [heard('a')], 'early'],
    ['the session, once it won', [heard('a'), success('a')], 'session'],
    ['nobody, once it lost', [success('b'), success('a')], 'gone'],
    ['nobody after the end', [heard('a'), givenUp], 'gone'],
    ['the session where it was never heard of', [], 'session'],
  ])('a request of a branch is for %s', (_, events, place) => {
    expect(requestFor(run(...events).state, 'a')).toBe(place)
  })

  it('in any order: each 2xx is acknowledged, one wins at most, the others are ended, and no early dialog is left', () => {
    const tag = fc.constantFrom('a', 'b', 'c')
    const event = fc.oneof<fc.Arbitrary<ForksEvent>[]>(
      fc.tuple(tag, fc.boolean()).map(([t, usable]) => heard(t, usable)),
      tag.map((t) => success(t)),
      fc.constantFrom(forgotten, givenUp),
    )
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), (events) => {
        const { effects } = run(...events, forgotten)
        const open = new Set<string>()
        const acknowledged = new Set<string>()
        const ended = new Map<string, string>()
        for (const effect of effects) {
          const [kind = '', of = ''] = effect.split(' ')
          if (kind === 'open') {
            expect(open.has(of)).toBe(false)
            open.add(of)
          }
          if (kind === 'close' || kind === 'win') open.delete(of)
          if (kind === 'acknowledge') {
            expect(acknowledged.has(of)).toBe(false)
            acknowledged.add(of)
          }
          if (kind === 'acknowledge_again') expect(acknowledged.has(of)).toBe(true)
          if (kind === 'win' || kind === 'dismiss') ended.set(of, kind)
        }
        const answered = events.flatMap((one) => (one.kind === 'success' ? [one.tag] : []))
        expect(acknowledged).toEqual(new Set(answered))
        expect(new Set(ended.keys())).toEqual(acknowledged)
        expect([...ended.values()].filter((kind) => kind === 'win').length).toBeLessThanOrEqual(1)
        expect([...open].filter((of) => !ended.has(of))).toEqual([])
      }),
    )
  })
})
