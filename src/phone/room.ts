import type { Prompt } from './prompt.ts'

/** Calls that join the same name hear each other. 1–128 characters; the first to join opens the room, the last to leave closes it. */
export type RoomName = string

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
  /** What happens in the room while this one is in it. */
  readonly onEvent?: (event: RoomEvent) => void
}

/** `member` is the id of the member's call. */
export type RoomEvent =
  | { readonly kind: 'started' }
  | { readonly kind: 'entered' | 'left'; readonly member: string; readonly members: number }
  | { readonly kind: 'speaking' | 'silent'; readonly member: string }
  | { readonly kind: 'keys'; readonly member: string; readonly keys: string }

export interface RoomLeave {
  readonly room: RoomName
  /**
   * `room_ended`: somebody with `endOnExit` left, or the room was closed. `full`: never was in. `stopped`: by `Call.stop`.
   */
  readonly end: 'key' | 'kicked' | 'room_ended' | 'full' | 'stopped'
  /** Whole seconds in the room, waiting included. */
  readonly seconds: number
}
