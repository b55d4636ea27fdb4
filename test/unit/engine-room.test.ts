import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchKeys } from '../../src/engines/embedded/key-match.ts'
import {
  type Guest,
  type RoomEffect,
  type RoomInput,
  type RoomState,
  room,
  roomStart,
} from '../../src/engines/embedded/room-machine.ts'
import type { CallId } from '../../src/phone/id.ts'

const guest = (name: string, more: Partial<Guest> = {}): Guest => ({
  id: `call_${name}`,
  rights: { muted: false, deaf: false, held: false },
  startOnEnter: true,
  endOnExit: false,
  stayAlone: true,
  ...more,
})
const enter = (one: Guest, maxMembers = 200): RoomInput => ({ kind: 'enter', guest: one, maxMembers })
const leave = (name: string): RoomInput => ({ kind: 'leave', member: `call_${name}` })
const kick = (name: string): RoomInput => ({ kind: 'kick', member: `call_${name}` })

/** Each effect as a word or two. */
function told(effect: RoomEffect): string {
  switch (effect.kind) {
    case 'place': {
      const { place } = effect
      const rights = place.kind === 'talk' ? `${place.muted ? ' muted' : ''}${place.deaf ? ' deaf' : ''}` : ''
      return `${effect.member.slice(5)} ${place.kind}${rights}`
    }
    case 'sound':
      return `${effect.sound} sound of ${effect.member.slice(5)}`
    case 'release':
      return `${effect.member.slice(5)} out: ${effect.end}`
    case 'tell': {
      const { event } = effect
      if ('members' in event) return `${event.member.slice(5)} ${event.kind}, ${event.members}`
      return 'member' in event ? `${event.member.slice(5)} ${event.kind}` : event.kind
    }
    case 'start_timer':
    case 'close':
      return effect.kind
  }
}

function run(...inputs: RoomInput[]): { readonly state: RoomState; readonly last: readonly string[] } {
  let state = roomStart
  let last: readonly RoomEffect[] = []
  for (const input of inputs) ({ state, effects: last } = room(state, input))
  return { state, last: last.map(told) }
}

const a = guest('a')
const b = guest('b')
const waiter = guest('w', { startOnEnter: false })
const host = guest('h', { endOnExit: true })
const shy = guest('s', { stayAlone: false })

describe('the room machine', () => {
  it.each<[string, RoomInput[], string[]]>([
    ['the first starts it', [enter(a)], ['a entered, 1', 'started', 'start_timer', 'a talk', 'enter sound of a']],
    ['one without the right waits', [enter(waiter)], ['w entered, 1', 'w wait']],
    [
      'who waits comes in with the start',
      [enter(waiter), enter(a)],
      ['a entered, 2', 'started', 'start_timer', 'w talk', 'a talk', 'enter sound of a'],
    ],
    [
      'one without the right comes into what runs',
      [enter(a), enter(waiter)],
      ['w entered, 2', 'w talk', 'enter sound of w'],
    ],
    ['a room is full', [enter(a), enter(b, 1)], ['b out: full']],
    ['one leaves', [enter(a), enter(b), leave('b')], ['b left, 1', 'exit sound of b']],
    ['the last leaves', [enter(a), leave('a')], ['a left, 0', 'ended', 'close']],
    [
      'one who waits leaves without a sound',
      [enter(waiter), enter(guest('x', { startOnEnter: false })), leave('w')],
      ['w left, 1'],
    ],
    [
      'the host leaves',
      [enter(a), enter(host), enter(b), leave('h')],
      ['h left, 2', 'a out: room_ended', 'a left, 1', 'b out: room_ended', 'b left, 0', 'ended', 'close'],
    ],
    ['the host is kicked', [enter(host), kick('h')], ['h out: kicked', 'h left, 0', 'ended', 'close']],
    ['one is kicked', [enter(a), enter(b), kick('a')], ['a out: kicked', 'a left, 1', 'exit sound of a']],
    [
      'one does not stay alone',
      [enter(shy), enter(a), leave('a')],
      ['a left, 1', 's out: alone', 's left, 0', 'ended', 'close'],
    ],
    [
      'one who comes first is not alone yet',
      [enter(shy)],
      ['s entered, 1', 'started', 'start_timer', 's talk', 'enter sound of s'],
    ],
    [
      'rights change',
      [enter(a), { kind: 'set', member: a.id, rights: { muted: true } }],
      ['a talk muted', 'a changed'],
    ],
    [
      'rights are kept while one is held',
      [
        enter(a),
        { kind: 'set', member: a.id, rights: { deaf: true } },
        { kind: 'set', member: a.id, rights: { held: true } },
        { kind: 'set', member: a.id, rights: { held: false } },
      ],
      ['a talk deaf', 'a changed'],
    ],
    [
      'one is held while it waits, and the start leaves it so',
      [enter(waiter), { kind: 'set', member: waiter.id, rights: { held: true } }, enter(a)],
      ['a entered, 2', 'started', 'start_timer', 'w hold', 'a talk', 'enter sound of a'],
    ],
    ['rights that are so already are nothing', [enter(a), { kind: 'set', member: a.id, rights: { muted: false } }], []],
    ['a stranger is nothing', [enter(a), kick('b')], []],
    ['it is ended', [enter(waiter), { kind: 'end' }], ['w out: room_ended', 'w left, 0', 'ended', 'close']],
    ['it is ended twice', [enter(a), { kind: 'end' }, { kind: 'end' }], []],
    ['nobody comes into what has ended', [enter(a), { kind: 'end' }, enter(b)], []],
  ])('%s', (_, inputs, expected) => {
    expect(run(...inputs).last).toEqual(expected)
  })

  it('lets nobody stay behind and tells each entry and exit once, whatever comes in what order', () => {
    const names = ['a', 'b', 'c', 'd'] as const
    const name = fc.constantFrom(...names)
    const input: fc.Arbitrary<RoomInput> = fc.oneof(
      fc
        .record({ name, startOnEnter: fc.boolean(), endOnExit: fc.boolean(), stayAlone: fc.boolean() })
        .map(({ name: who, ...more }) => enter(guest(who, more), 3)),
      name.map(leave),
      name.map(kick),
      fc
        .record({ name, muted: fc.boolean(), held: fc.boolean() })
        .map(({ name: who, ...rights }): RoomInput => ({ kind: 'set', member: `call_${who}`, rights })),
    )
    fc.assert(
      fc.property(fc.array(input, { maxLength: 40 }), (inputs) => {
        let state = roomStart
        const inside = new Set<CallId>()
        const kinds: string[] = []
        for (const one of [...inputs, { kind: 'end' } as const]) {
          // A call is in one room at a time: it comes in only while it is out.
          if (one.kind === 'enter' && inside.has(one.guest.id)) continue
          const step = room(state, one)
          state = step.state
          for (const effect of step.effects) {
            kinds.push(effect.kind === 'tell' ? effect.event.kind : effect.kind)
            if (effect.kind === 'place') expect(inside).toContain(effect.member)
            if (effect.kind !== 'tell') continue
            const { event } = effect
            if (event.kind === 'entered') {
              expect(inside).not.toContain(event.member)
              inside.add(event.member)
            }
            if (event.kind === 'left') expect(inside.delete(event.member)).toBe(true)
            if ('members' in event) expect(event.members).toBe(inside.size)
          }
          expect(new Set(state.guests.map(({ id }) => id))).toEqual(inside)
          if (state.phase === 'ended') break
        }
        expect(inside.size).toBe(0)
        for (const once of ['ended', 'close', 'started', 'start_timer'])
          expect(kinds.filter((kind) => kind === once).length).toBeLessThanOrEqual(1)
        expect(kinds.at(-1)).toBe('close')
      }),
      { numRuns: 500 },
    )
  })
})

describe('keys of a room', () => {
  it.each<[string, string[], string, string[]]>([
    ['one key', ['1'], '121', ['1', '1']],
    ['a sequence', ['#9'], '1#9', ['#9']],
    ['the longer one of two', ['9', '#9'], '#9', ['#9']],
    ['one that begins another', ['1', '12'], '12', ['1', '12']],
    ['one that was told is forgotten', ['11'], '111', ['11']],
    ['nothing where none is asked for', [], '123', []],
    ['an empty sequence is none', [''], '1', []],
  ])('%s', (_, sequences, keys, expected) => {
    const matched: string[] = []
    let pressed = ''
    for (const key of keys) {
      const match = matchKeys(sequences, pressed, key)
      pressed = match.pressed
      if (match.matched !== undefined) matched.push(match.matched)
    }
    expect(matched).toEqual(expected)
  })

  it('keeps no more keys than the longest sequence has', () => {
    let pressed = ''
    for (let i = 0; i < 1000; i++) pressed = matchKeys(['123', '99'], pressed, '5').pressed
    expect(pressed.length).toBeLessThanOrEqual(3)
  })
})
