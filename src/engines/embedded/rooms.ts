import type { CallId } from '../../phone/id.ts'
import type { Room, RoomLeave, RoomName } from '../../phone/room.ts'
import { EmbeddedRoom, type RoomParts, type Visitor } from './room.ts'

/** Where one is that came in. */
export interface Stay {
  readonly room: EmbeddedRoom
  /** Why it is out again, where that was not its own doing. */
  readonly left: Promise<RoomLeave['end']>
}

/** The rooms that are open, by name: the first to come opens one, the last to leave closes it. */
export class Rooms {
  readonly #rooms = new Map<RoomName, EmbeddedRoom>()
  readonly #parts: Omit<RoomParts, 'closed'>

  constructor(parts: Omit<RoomParts, 'closed'>) {
    this.#parts = parts
  }

  get size(): number {
    return this.#rooms.size
  }

  all(): readonly Room[] {
    return [...this.#rooms.values()]
  }

  get(name: RoomName): Room | undefined {
    return this.#rooms.get(name)
  }

  /** The room of this call, where it is in one. */
  of(call: CallId): Room | undefined {
    return this.all().find(({ members }) => members.some((member) => member.call === call))
  }

  enter(name: RoomName, visitor: Visitor): Stay {
    let room = this.#rooms.get(name)
    if (room === undefined) {
      room = new EmbeddedRoom(name, visitor, {
        ...this.#parts,
        closed: (closed) => {
          if (this.#rooms.get(name) === closed) this.#rooms.delete(name)
        },
      })
      this.#rooms.set(name, room)
    }
    return { room, left: room.enter(visitor) }
  }
}
