import type { Clock, Timer } from '../../base/clock.ts'
import { type Deferred, deferred } from '../../base/deferred.ts'
import type { Logger } from '../../base/log.ts'
import type {
  MediaPlane,
  MediaRoom,
  RoomEvent as MediaRoomEvent,
  MediaStream,
  PlayItem,
  Playing,
} from '../../media/plane.ts'
import type { Address } from '../../phone/address.ts'
import type { PlayEnd, Recording } from '../../phone/call.ts'
import { type CallId, type Id, newId } from '../../phone/id.ts'
import type { Monitor } from '../../phone/monitor.ts'
import { Problem } from '../../phone/problem.ts'
import type { Prompt } from '../../phone/prompt.ts'
import type {
  JoinOptions,
  MemberRights,
  Room,
  RoomEvent,
  RoomLeave,
  RoomMember,
  RoomName,
  RoomPlayOptions,
  RoomRecordOptions,
} from '../../phone/room.ts'
import { type Place, type RoomInput, type RoomState, room, roomStart } from './room-machine.ts'

export interface RoomParts {
  readonly clock: Clock
  readonly log: Logger
  readonly plane: MediaPlane
  prepare(prompt: Prompt): Promise<readonly PlayItem[]>
  /** Everything that happens in every room. */
  tell(room: Room, event: RoomEvent): void
  /** Nothing is found under its name any more. */
  closed(room: EmbeddedRoom): void
}

/** Who comes in, with all sounds at hand. */
export interface Visitor {
  readonly call: CallId
  readonly party: Address
  readonly stream: MediaStream
  readonly options: JoinOptions
  readonly enterSound: readonly PlayItem[]
  readonly exitSound: readonly PlayItem[]
  readonly waitMusic: readonly PlayItem[]
  readonly holdMusic: readonly PlayItem[]
}

interface Seat {
  readonly visitor: Visitor
  readonly joinedAt: number
  readonly left: Deferred<RoomLeave['end']>
  place: Place
  /** Of one who waits or is held. */
  music: Playing | undefined
  /** For this one alone. */
  prompt: Playing | undefined
  /** How often what is played to it was stopped. */
  stops: number
  speaking: boolean
}

export const defaultMembers = 200

/** Interprets the room machine: audio in a room of the media plane, music on the streams, one timer. */
export class EmbeddedRoom implements Room {
  readonly id: Id<'room'>
  readonly name: RoomName
  readonly openedAt: number
  startedAt: number | undefined
  readonly #parts: RoomParts
  readonly #media: MediaRoom
  readonly #seats = new Map<CallId, Seat>()
  readonly #maxSeconds: number | undefined
  #state: RoomState = roomStart
  #timer: Timer | undefined
  /** What somebody plays to all; sounds of those who come and go give way to it. */
  #announcement: Playing | undefined
  /** How often what is played to all was stopped. */
  #stops = 0

  constructor(name: RoomName, first: Visitor, parts: RoomParts) {
    const wall = parts.clock.wall()
    this.id = newId('room', wall)
    this.name = name
    this.openedAt = wall
    this.#parts = parts
    this.#maxSeconds = first.options.maxSeconds
    this.#media = parts.plane.openRoom({ near: first.stream })
    this.#media.onEvent = (event) => this.#heard(event)
  }

  get members(): readonly RoomMember[] {
    return this.#state.guests.flatMap(({ id, rights, endOnExit }) => {
      const seat = this.#seats.get(id)
      if (seat === undefined) return []
      const { visitor, joinedAt, speaking } = seat
      return [{ call: id, party: visitor.party, joinedAt, speaking, endOnExit, ...rights }]
    })
  }

  /** Resolves with why it is out again; `leave` follows where it goes by itself. */
  enter(visitor: Visitor): Promise<RoomLeave['end']> {
    const { call, options } = visitor
    const left = deferred<RoomLeave['end']>()
    const joinedAt = this.#parts.clock.wall()
    this.#seats.set(call, {
      visitor,
      joinedAt,
      left,
      place: { kind: 'wait' },
      music: undefined,
      prompt: undefined,
      stops: 0,
      speaking: false,
    })
    this.#apply({
      kind: 'enter',
      maxMembers: options.maxMembers ?? defaultMembers,
      guest: {
        id: call,
        rights: { muted: options.muted ?? false, deaf: options.deaf ?? false, held: false },
        startOnEnter: options.startOnEnter ?? true,
        endOnExit: options.endOnExit ?? false,
        stayAlone: options.stayAlone ?? true,
      },
    })
    return left.promise
  }

  leave(member: CallId): void {
    this.#apply({ kind: 'leave', member })
  }

  /** Keys that a member was to be heard with. */
  keys(member: CallId, keys: string): void {
    this.#tell({ kind: 'keys', member, keys })
  }

  /** One key of somebody who is heard, to all who hear others. */
  relay(member: CallId, key: string): void {
    const from = this.#seats.get(member)?.place
    if (from?.kind !== 'talk' || from.muted) return
    for (const { visitor, place } of this.#seats.values()) {
      // A stream takes every key that there is.
      if (visitor.call !== member && place.kind === 'talk' && !place.deaf) void visitor.stream.send(key)
    }
  }

  async set(member: CallId, rights: MemberRights): Promise<void> {
    this.#seat(member)
    this.#apply({ kind: 'set', member, rights })
  }

  async kick(member: CallId): Promise<void> {
    this.#seat(member)
    this.#apply({ kind: 'kick', member })
  }

  async play(prompt: Prompt, options: RoomPlayOptions = {}): Promise<PlayEnd> {
    const { member, times = 1, onBegin } = options
    this.#refuseAfterEnd()
    const asked = member === undefined ? undefined : this.#seat(member)
    const stops = asked?.stops ?? this.#stops
    const items = await this.#parts.prepare(prompt)
    // It may be stopped before it is at hand.
    if (stops !== (asked?.stops ?? this.#stops)) return { kind: 'stopped' }
    const seat = member === undefined ? undefined : this.#seat(member)
    this.#refuseAfterEnd()
    onBegin?.()
    if (seat !== undefined) return this.#playTo(seat, items, times)
    const playing = this.#media.play(items, { times })
    this.#announcement = playing
    const end = await playing.done.finally(() => {
      if (this.#announcement === playing) this.#announcement = undefined
    })
    return { kind: end === 'finished' ? 'finished' : 'stopped' }
  }

  async #playTo(seat: Seat, items: readonly PlayItem[], times: number): Promise<PlayEnd> {
    const playing = seat.visitor.stream.play(items, { times })
    seat.music = undefined
    seat.prompt = playing
    const end = await playing.done
    if (seat.prompt === playing) {
      seat.prompt = undefined
      if (seat.place.kind !== 'talk' && this.#seats.get(seat.visitor.call) === seat) this.#place(seat)
    }
    return { kind: end === 'finished' ? 'finished' : 'stopped' }
  }

  async stopPlaying(member?: CallId): Promise<void> {
    if (member === undefined) {
      this.#refuseAfterEnd()
      this.#stops++
      this.#announcement?.stop()
      return
    }
    const seat = this.#seat(member)
    seat.stops++
    seat.prompt?.stop()
  }

  async record({ id, path, maxSeconds }: RoomRecordOptions): Promise<Monitor> {
    this.#refuseAfterEnd()
    const run = this.#media.record({ path, ...(maxSeconds === undefined ? {} : { maxSeconds }) })
    const finish = async (): Promise<Recording> => {
      const { end, ms, speechMs } = await run.done
      return { id, path, ms, speechMs, end: end === 'closed' ? 'hangup' : end }
    }
    const done = finish()
    // Whoever does not wait for the end finds a failure in the log of the media plane.
    done.catch(() => {})
    await run.begun
    return { id, done, stop: () => run.stop() }
  }

  async end(): Promise<void> {
    this.#apply({ kind: 'end' })
  }

  #apply(input: RoomInput): void {
    const { state, effects } = room(this.#state, input)
    // Who leaves by this hears of it, too.
    const listeners = [...this.#seats.values()]
    this.#state = state
    for (const effect of effects) {
      switch (effect.kind) {
        case 'place': {
          const seat = this.#seats.get(effect.member)
          if (seat === undefined) break
          seat.place = effect.place
          this.#place(seat)
          break
        }
        case 'sound':
          this.#sound(listeners.find(({ visitor }) => visitor.call === effect.member)?.visitor, effect.sound)
          break
        case 'release':
          this.#release(effect.member, effect.end)
          break
        case 'tell':
          if (effect.event.kind === 'started') this.startedAt = this.#parts.clock.wall()
          // One that left by itself is waited for by nobody.
          if (effect.event.kind === 'left') this.#release(effect.event.member, 'stopped')
          this.#tell(effect.event, listeners)
          break
        case 'start_timer':
          if (this.#maxSeconds !== undefined)
            this.#timer = this.#parts.clock.after(this.#maxSeconds * 1000, () => this.#apply({ kind: 'end' }))
          break
        case 'close':
          this.#close()
      }
    }
  }

  #place(seat: Seat): void {
    const { place, visitor } = seat
    seat.music?.stop()
    seat.music = undefined
    if (place.kind === 'talk') {
      this.#media.join(visitor.stream, { muted: place.muted, deaf: place.deaf })
      return
    }
    // Nothing where it is not in yet. One that is held keeps its seat, so that it is back at once.
    this.#media.set(visitor.stream, { muted: true, deaf: true })
    const music = place.kind === 'hold' ? visitor.holdMusic : visitor.waitMusic
    if (music.length > 0) seat.music = visitor.stream.play(music, { times: 0 })
  }

  #release(member: CallId, end: RoomLeave['end']): void {
    const seat = this.#seats.get(member)
    if (seat === undefined) return
    this.#seats.delete(member)
    seat.music?.stop()
    seat.prompt?.stop()
    this.#media.leave(seat.visitor.stream)
    seat.left.resolve(end)
  }

  #sound(visitor: Visitor | undefined, which: 'enter' | 'exit'): void {
    const items = which === 'enter' ? visitor?.enterSound : visitor?.exitSound
    if (items === undefined || items.length === 0 || this.#announcement !== undefined) return
    this.#media.play(items)
  }

  #heard(event: MediaRoomEvent): void {
    switch (event.kind) {
      case 'talking':
      case 'quiet': {
        const seat = [...this.#seats.values()].find(({ visitor }) => visitor.stream === event.stream)
        if (seat === undefined) return
        seat.speaking = event.kind === 'talking'
        this.#tell({ kind: seat.speaking ? 'speaking' : 'silent', member: seat.visitor.call })
        return
      }
      case 'left':
        // Its call has ended, or it is bridged: whoever did that has its block leave.
        return
      case 'closed':
        this.#parts.log.error({ room: this.name, reason: event.reason }, 'A room ended with the thread of its audio')
        this.#apply({ kind: 'end' })
    }
  }

  #tell(event: RoomEvent, listeners: Iterable<Seat> = this.#seats.values()): void {
    for (const { visitor } of [...listeners]) {
      try {
        visitor.options.onEvent?.(event, this)
      } catch (error) {
        this.#parts.log.error({ err: error, room: this.name }, 'A listener to a room failed')
      }
    }
    this.#parts.tell(this, event)
  }

  #close(): void {
    this.#timer?.stop()
    this.#parts.closed(this)
    this.#media.close().catch((error: unknown) => {
      this.#parts.log.error({ err: error, room: this.name }, 'A room of the media plane did not close')
    })
  }

  #seat(member: CallId): Seat {
    this.#refuseAfterEnd()
    const seat = this.#seats.get(member)
    if (seat === undefined) throw new Problem('not_found', `${member} is not in the room ${this.name}.`)
    return seat
  }

  #refuseAfterEnd(): void {
    if (this.#state.phase === 'ended') throw new Problem('not_found', `The room ${this.name} has ended.`)
  }
}
