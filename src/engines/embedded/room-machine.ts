import type { CallId } from '../../phone/id.ts'
import type { MemberRights, RoomEvent, RoomLeave } from '../../phone/room.ts'

export type Rights = Required<MemberRights>

/** One who is in the room or waits for its start. */
export interface Guest {
  readonly id: CallId
  readonly rights: Rights
  readonly startOnEnter: boolean
  readonly endOnExit: boolean
  readonly stayAlone: boolean
}

export interface RoomState {
  readonly phase: 'waiting' | 'started' | 'ended'
  /** In the order in which they came. */
  readonly guests: readonly Guest[]
}

export type RoomInput =
  | { readonly kind: 'enter'; readonly guest: Guest; readonly maxMembers: number }
  /** By itself: it pressed `*`, was stopped or hung up. */
  | { readonly kind: 'leave'; readonly member: CallId }
  | { readonly kind: 'kick'; readonly member: CallId }
  | { readonly kind: 'set'; readonly member: CallId; readonly rights: MemberRights }
  /** By somebody outside, or because its time is over. */
  | { readonly kind: 'end' }

/** What a guest hears, and whether it is heard. */
export type Place =
  | { readonly kind: 'wait' | 'hold' }
  | { readonly kind: 'talk'; readonly muted: boolean; readonly deaf: boolean }

export type RoomEffect =
  | { readonly kind: 'place'; readonly member: CallId; readonly place: Place }
  | { readonly kind: 'sound'; readonly sound: 'enter' | 'exit'; readonly member: CallId }
  /** Out of the room, by somebody else's doing. */
  | { readonly kind: 'release'; readonly member: CallId; readonly end: RoomLeave['end'] }
  | { readonly kind: 'tell'; readonly event: RoomEvent }
  /** Its time runs from here. */
  | { readonly kind: 'start_timer' }
  | { readonly kind: 'close' }

export interface RoomStep {
  readonly state: RoomState
  readonly effects: readonly RoomEffect[]
}

export const roomStart: RoomState = { phase: 'waiting', guests: [] }

/** Who comes, waits, talks and goes. An ended room takes nothing any more; a member that is not there changes nothing. */
export function room(state: RoomState, input: RoomInput): RoomStep {
  if (state.phase === 'ended') return { state, effects: [] }
  switch (input.kind) {
    case 'enter':
      return enter(state, input.guest, input.maxMembers)
    case 'leave':
      return leave(state, input.member)
    case 'kick':
      return leave(state, input.member, 'kicked')
    case 'set':
      return set(state, input.member, input.rights)
    case 'end':
      return end(state)
  }
}

function enter(state: RoomState, guest: Guest, maxMembers: number): RoomStep {
  const { id } = guest
  if (state.guests.length >= maxMembers) return { state, effects: [{ kind: 'release', member: id, end: 'full' }] }
  const guests = [...state.guests, guest]
  const entered: RoomEffect = { kind: 'tell', event: { kind: 'entered', member: id, members: guests.length } }
  const sound: RoomEffect = { kind: 'sound', sound: 'enter', member: id }
  if (state.phase === 'started') return { state: { ...state, guests }, effects: [entered, placed(guest, true), sound] }
  if (!guest.startOnEnter) return { state: { ...state, guests }, effects: [entered, placed(guest, false)] }
  return {
    state: { phase: 'started', guests },
    effects: [
      entered,
      { kind: 'tell', event: { kind: 'started' } },
      { kind: 'start_timer' },
      ...guests.map((one) => placed(one, true)),
      sound,
    ],
  }
}

/** @param why where it is put out, and does not go by itself */
function leave(state: RoomState, member: CallId, why?: RoomLeave['end']): RoomStep {
  const gone = state.guests.find(({ id }) => id === member)
  if (gone === undefined) return { state, effects: [] }
  const guests = state.guests.filter((guest) => guest !== gone)
  const left: RoomEffect[] = [
    ...(why === undefined ? [] : [{ kind: 'release', member, end: why } as const]),
    { kind: 'tell', event: { kind: 'left', member, members: guests.length } },
  ]
  const rest: RoomState = { ...state, guests }
  if (gone.endOnExit || guests.length === 0) return after(left, end(rest))
  const [first, second] = guests
  const alone = state.phase === 'started' && second === undefined
  if (alone && first?.stayAlone === false) return after(left, leave(rest, first.id, 'alone'))
  if (state.phase === 'started') left.push({ kind: 'sound', sound: 'exit', member })
  return { state: rest, effects: left }
}

function end(state: RoomState): RoomStep {
  const effects: RoomEffect[] = state.guests.flatMap(({ id: member }, i) => [
    { kind: 'release', member, end: 'room_ended' },
    { kind: 'tell', event: { kind: 'left', member, members: state.guests.length - i - 1 } },
  ])
  return {
    state: { phase: 'ended', guests: [] },
    effects: [...effects, { kind: 'tell', event: { kind: 'ended' } }, { kind: 'close' }],
  }
}

function set(state: RoomState, member: CallId, rights: MemberRights): RoomStep {
  const found = state.guests.find(({ id }) => id === member)
  if (found === undefined) return { state, effects: [] }
  const { muted, deaf, held } = found.rights
  const changed: Rights = {
    muted: rights.muted ?? muted,
    deaf: rights.deaf ?? deaf,
    held: rights.held ?? held,
  }
  if (changed.muted === muted && changed.deaf === deaf && changed.held === held) return { state, effects: [] }
  const guest = { ...found, rights: changed }
  return {
    state: { ...state, guests: state.guests.map((one) => (one === found ? guest : one)) },
    effects: [
      placed(guest, state.phase === 'started'),
      { kind: 'tell', event: { kind: 'changed', member, ...changed } },
    ],
  }
}

function placed({ id, rights: { muted, deaf, held } }: Guest, started: boolean): RoomEffect {
  if (held) return { kind: 'place', member: id, place: { kind: 'hold' } }
  return { kind: 'place', member: id, place: started ? { kind: 'talk', muted, deaf } : { kind: 'wait' } }
}

const after = (first: readonly RoomEffect[], { state, effects }: RoomStep): RoomStep => ({
  state,
  effects: [...first, ...effects],
})
