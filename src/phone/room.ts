import type { Address } from './address.ts'
import type { PlayEnd } from './call.ts'
import { type CallId, type Id, isId, type RecordingId } from './id.ts'
import type { Monitor } from './monitor.ts'
import type { Prompt } from './prompt.ts'

/** Calls that join the same name hear each other. 1–128 characters; the first to join opens the room, the last to leave closes it. */
export type RoomName = string

/** A room of one application alone. */
export const ownRoom = (token: string, room: RoomName): RoomName => `${token}/${room}`

export function isOwnRoom(room: RoomName): boolean {
  const [token = '', ...rest] = room.split('/')
  return rest.length > 0 && isId('token', token)
}

export interface JoinOptions {
  /** Is not heard. */
  readonly muted?: boolean
  /** Hears nobody. */
  readonly deaf?: boolean
  /** The room starts when this one comes; those before hear `waitMusic`. True unless given. */
  readonly startOnEnter?: boolean
  /** When this one leaves, everybody does. */
  readonly endOnExit?: boolean
  /** Heard by those in the room when this one comes or leaves; nothing unless given. */
  readonly enterSound?: Prompt
  readonly exitSound?: Prompt
  /** Heard until the room starts, again and again; silence unless given. */
  readonly waitMusic?: Prompt
  /** 1–200; a room that is full refuses with `full`. 200 unless given. */
  readonly maxMembers?: number
  /** `*` leaves the room; the call goes on. */
  readonly hangupOnStar?: boolean
  /** Sequences of keys that are told as `keys`, e.g. `['1', '#9']`. */
  readonly keys?: readonly string[]
  /** The keys of this one are pressed to all others. False unless given. */
  readonly relayKeys?: boolean
  /** 1–86400 seconds from its start on; the first to join says how long the room may last, no limit unless given. */
  readonly maxSeconds?: number
  /** False: this one leaves with `alone` as soon as it is the only one left. True unless given. */
  readonly stayAlone?: boolean
  /** What happens in the room while this one is in it, its own `entered` and `left` included. */
  readonly onEvent?: (event: RoomEvent, room: Room) => void
}

/** `member` is the id of the member's call. */
export type RoomEvent =
  | { readonly kind: 'started' | 'ended' }
  | { readonly kind: 'entered' | 'left'; readonly member: CallId; readonly members: number }
  | { readonly kind: 'speaking' | 'silent'; readonly member: CallId }
  | { readonly kind: 'keys'; readonly member: CallId; readonly keys: string }
  /** Somebody set what this member may do. */
  | ({ readonly kind: 'changed'; readonly member: CallId } & Required<MemberRights>)

/** What is left out stays as it is; all false at first but for what `JoinOptions` says. */
export interface MemberRights {
  /** Is not heard. */
  readonly muted?: boolean
  /** Hears nobody, announcements included. */
  readonly deaf?: boolean
  /** Hears the wait music in place of the room, and is not heard. */
  readonly held?: boolean
}

export interface RoomMember extends Required<MemberRights> {
  readonly call: CallId
  /** Who it is: the remote party of the call. */
  readonly party: Address
  /** Milliseconds since 1970. */
  readonly joinedAt: number
  readonly speaking: boolean
  /** The room ends when this one leaves. */
  readonly endOnExit: boolean
}

export interface RoomPlayOptions {
  /** Heard by this one alone. */
  readonly member?: CallId
  /** 1 unless given; 0 repeats until stopped. */
  readonly times?: number
  /** The prompt is at hand and played from now on. */
  readonly onBegin?: () => void
}

export interface RoomRecordOptions {
  /** Where the WAV is written (mono, all that is said and announced); the folder exists. Valid at every moment. */
  readonly path: string
  readonly id: RecordingId
  /** 1–7200; 7200 unless given. */
  readonly maxSeconds?: number
}

/**
 * A conference that is open. Methods that name a member reject with the `Problem` `not_found` where that call is not in the room;
 * after the end of the room every method rejects so.
 */
export interface Room {
  /** Another one each time that the name is opened. */
  readonly id: Id<'room'>
  readonly name: RoomName
  /** Milliseconds since 1970; `startedAt` is undefined while all wait for one with `startOnEnter`. */
  readonly openedAt: number
  readonly startedAt: number | undefined
  /** In the order in which they came. */
  readonly members: readonly RoomMember[]
  set(member: CallId, rights: MemberRights): Promise<void>
  /** Its `join` resolves with `kicked`. */
  kick(member: CallId): Promise<void>
  /** Heard by all, or by one member in place of the room; takes the place of what is played there. Resolves when it is over. */
  play(prompt: Prompt, options?: RoomPlayOptions): Promise<PlayEnd>
  /** Nothing where nothing is played. */
  stopPlaying(member?: CallId): Promise<void>
  /** One at a time: a second one stops the first. Resolves when it has begun. */
  record(options: RoomRecordOptions): Promise<Monitor>
  /** Every `join` resolves with `room_ended`. Idempotent. */
  end(): Promise<void>
}

export interface RoomLeave {
  readonly room: RoomName
  /**
   * `key`: `*`. `room_ended`: somebody with `endOnExit` left, its time was over, or the room was ended. `alone`: the last one
   * left, with `stayAlone` false. `full`: never was in. `stopped`: by `Call.stop`.
   */
  readonly end: 'key' | 'kicked' | 'room_ended' | 'alone' | 'full' | 'stopped'
  /** Whole seconds in the room, waiting included. */
  readonly seconds: number
}
