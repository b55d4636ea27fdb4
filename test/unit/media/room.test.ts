import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { g711 } from '../../../src/media/codec/g711.ts'
import { SendBatch } from '../../../src/media/plane/io.ts'
import type { MediaReport } from '../../../src/media/plane/protocol.ts'
import { Room } from '../../../src/media/plane/room.ts'
import { Rooms } from '../../../src/media/plane/rooms.ts'
import { Stream } from '../../../src/media/plane/stream.ts'
import type { Codec } from '../../../src/media/plane.ts'
import { ulawByte } from '../../kit/ulaw.ts'

const size = 4
const stream = (id: number): Stream => new Stream(id, 20, new SendBatch(), () => {})
const level = fc.integer({ min: -32768, max: 32767 })
const member = fc.integer({ min: 0, max: size - 1 })
const step = fc.oneof(
  fc.record({ kind: fc.constant('join' as const), member, muted: fc.boolean() }),
  fc.record({ kind: fc.constant('leave' as const), member }),
  fc.record({ kind: fc.constant('mute' as const), member, muted: fc.boolean() }),
  fc.record({ kind: fc.constant('say' as const), member, level }),
)

function heardBy(one: Stream, codec: Codec): Uint8Array {
  const out = new Uint8Array(162).fill(7)
  one.seat!.fill(out, 1, codec)
  // Nothing beside the frame is touched.
  expect([out[0], out[161]]).toEqual([7, 7])
  return out.subarray(1, 161)
}

describe('the mix of a room', () => {
  it('is for each the clipped sum of what the others said last, whoever came, went and was muted', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const room = new Room(1, () => {})
        const streams = Array.from({ length: size }, (_, i) => stream(i))
        const said = new Map<number, number>()
        const muted = new Set<number>()
        const mute = (n: number, on: boolean): void => {
          if (on) {
            muted.add(n)
            said.delete(n)
          } else muted.delete(n)
        }

        for (const what of steps) {
          const one = streams[what.member]!
          if (what.kind === 'join' && !one.seat) {
            room.join(one, what.muted, false)
            mute(what.member, what.muted)
          } else if (what.kind === 'leave' && one.seat) {
            room.leave(one.seat)
            said.delete(what.member)
          } else if (what.kind === 'mute' && one.seat) {
            one.seat.set(what.muted, undefined)
            mute(what.member, what.muted)
          } else if (what.kind === 'say' && one.seat) {
            one.seat.hear(new Int16Array(160).fill(what.level))
            if (!muted.has(what.member)) said.set(what.member, what.level)
          }

          for (const [n, each] of streams.entries()) {
            if (!each.seat) continue
            const sum = [...said].reduce((all, [by, at]) => (by === n ? all : all + at), 0)
            const clipped = Math.max(-32768, Math.min(32767, sum))
            expect(new Set(heardBy(each, 'PCMA'))).toEqual(new Set([g711.PCMA.encode[clipped & 0xffff]]))
            // The codec of the tests knows no -32768.
            if (clipped > -32768 && clipped !== 0)
              expect(heardBy(each, 'PCMU')[9]! & 0x80).toBe(ulawByte(clipped) & 0x80)
          }
        }
      }),
      { numRuns: 200 },
    )
  })

  it('a stream is in one room at a time, and each room hears of it', () => {
    const reports: MediaReport[] = []
    const rooms = new Rooms(4, (report) => reports.push(report))
    const one = stream(5)
    const streams = new Map([[5, one]])
    for (const room of [1, 2]) rooms.command({ kind: 'openRoom', room }, streams)

    rooms.command({ kind: 'join', room: 1, stream: 5, muted: false, deaf: false }, streams)
    rooms.command({ kind: 'join', room: 1, stream: 5, muted: false, deaf: true }, streams)
    expect([one.seat?.room.id, one.seat?.deaf]).toEqual([1, true])
    rooms.command({ kind: 'join', room: 2, stream: 5, muted: false, deaf: false }, streams)
    // For the room that it has left.
    rooms.command({ kind: 'leave', room: 1, stream: 5 }, streams)
    rooms.command({ kind: 'set', room: 1, stream: 5, muted: undefined, deaf: true }, streams)

    expect([one.seat?.room.id, one.seat?.deaf]).toEqual([2, false])
    expect(reports).toEqual([{ kind: 'roomEvent', room: 1, event: { kind: 'left', stream: 5 } }])
    rooms.command({ kind: 'closeRoom', ask: 9, room: 2 }, streams)
    expect(one.seat).toBeUndefined()
    expect(rooms.size).toBe(1)
    expect(reports.at(-1)).toEqual({ kind: 'roomClosed', ask: 9 })
  })
})
