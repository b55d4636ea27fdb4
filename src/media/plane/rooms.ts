import { Recorder } from '../recording/recorder.ts'
import { SharedAudio } from '../recording/shared-audio.ts'
import { Player } from './player.ts'
import type { MediaReport, RoomCommand } from './protocol.ts'
import { Room } from './room.ts'
import type { Stream } from './stream.ts'

/** The rooms of one thread. */
export class Rooms {
  readonly #rooms = new Map<number, Room>()
  readonly #slots: Room[][]
  readonly #report: (message: MediaReport) => void

  constructor(slots: number, report: (message: MediaReport) => void) {
    this.#slots = Array.from({ length: slots }, () => [])
    this.#report = report
  }

  get size(): number {
    return this.#rooms.size
  }

  tick(slot: number): void {
    const rooms = this.#slots[slot]!
    for (let i = 0; i < rooms.length; i++) rooms[i]!.tick()
  }

  /** Commands that crossed with the end of the room or the stream find nothing. */
  command(command: RoomCommand, streams: ReadonlyMap<number, Stream>): void {
    if (command.kind === 'openRoom') {
      const room = new Room(command.room, this.#report)
      this.#rooms.set(room.id, room)
      this.#slotOf(room).push(room)
      return
    }
    const room = this.#rooms.get(command.room)
    if (!room) return
    switch (command.kind) {
      case 'join': {
        const stream = streams.get(command.stream)
        if (stream) join(room, stream, command.muted, command.deaf)
        return
      }
      case 'leave': {
        const seat = streams.get(command.stream)?.seat
        if (seat?.room === room) room.leave(seat)
        return
      }
      case 'set': {
        const seat = streams.get(command.stream)?.seat
        if (seat?.room === room) seat.set(command.muted, command.deaf)
        return
      }
      case 'roomPlay':
        room.play(new Player(command.play, command.clips, command.times))
        return
      case 'roomStopPlay':
        room.stopPlay(command.play)
        return
      case 'roomRecord': {
        const limits = { maxSeconds: command.maxSeconds, silenceSeconds: 0, stopOn: '' }
        room.record(new Recorder(command.record, new SharedAudio(command.memory), limits))
        return
      }
      case 'roomStopRecord':
        room.stopRecording(command.record)
        return
      case 'link':
        room.link(command.link, command.inward, command.outward)
        return
      case 'unlink':
        room.unlink(command.link)
        return
      case 'closeRoom': {
        room.close()
        this.#rooms.delete(room.id)
        const slot = this.#slotOf(room)
        slot.splice(slot.indexOf(room), 1)
        this.#report({ kind: 'roomClosed', ask: command.ask })
      }
    }
  }

  #slotOf(room: Room): Room[] {
    return this.#slots[room.id % this.#slots.length]!
  }
}

function join(room: Room, stream: Stream, muted: boolean, deaf: boolean): void {
  if (stream.seat?.room === room) {
    stream.seat.set(muted, deaf)
    return
  }
  stream.unseat()
  stream.unbridge()
  room.join(stream, muted, deaf)
}
