import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { g711 } from '../../../src/media/codec/g711.ts'
import { SendBatch } from '../../../src/media/plane/io.ts'
import { LinkReader, SharedFrames } from '../../../src/media/plane/link.ts'
import { Room } from '../../../src/media/plane/room.ts'
import { Stream } from '../../../src/media/plane/stream.ts'

const frame = (level: number): Int32Array => new Int32Array(160).fill(level)
const nothing = frame(0)
const out = frame(0)

describe('audio between two threads', () => {
  it('waits for two frames, so that a late one leaves no gap, and waits again after one', () => {
    const frames = new SharedFrames()
    const reader = new LinkReader(new SharedFrames(frames.memory))
    const heard: (number | undefined)[] = []
    const pull = (): void => void heard.push(reader.pull(out) ? out[0] : undefined)

    frames.push(frame(1), nothing)
    pull()
    frames.push(frame(2), nothing)
    pull()
    pull()
    pull()
    frames.push(frame(3), nothing)
    pull()
    frames.push(frame(4), nothing)
    pull()
    expect(heard).toEqual([undefined, 1, 2, undefined, undefined, 3])
  })

  it('lets go of what has become old', () => {
    const frames = new SharedFrames()
    const reader = new LinkReader(frames)
    for (let i = 1; i <= 10; i++) frames.push(frame(i), nothing)
    reader.pull(out)
    expect(out[0]).toBe(9)
  })

  it('leaves out what nobody takes', () => {
    const frames = new SharedFrames()
    for (let i = 1; i <= 100; i++) frames.push(frame(i), nothing)
    expect(frames.depth).toBe(16)
  })

  it('carries every frame once and in order, however the two sides take turns within a few ticks', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 200 }), (late) => {
        const frames = new SharedFrames()
        const reader = new LinkReader(frames)
        let said = 0
        let before = 0
        for (const extra of late) {
          for (let i = 0; i < extra; i++) frames.push(frame(++said), nothing)
          if (!reader.pull(out)) continue
          expect(out[0]).toBeGreaterThan(before)
          expect(said - out[0]!).toBeLessThan(6)
          before = out[0]!
        }
      }),
    )
  })

  it('is exact above full scale: only what goes out is clipped', () => {
    const rooms = [new Room(1, () => {}), new Room(1, () => {})] as const
    const [there, back] = [new SharedFrames().memory, new SharedFrames().memory]
    rooms[0].link(1, back, there)
    rooms[1].link(1, there, back)
    const streams = [1, 2, 3, 4].map((id) => new Stream(id, 20, new SendBatch(), () => {}))
    for (const [i, stream] of streams.entries()) rooms[i < 3 ? 0 : 1].join(stream, false, false)
    const say = (levels: readonly number[]): void => {
      for (const [i, level] of levels.entries()) streams[i]!.seat!.hear(new Int16Array(160).fill(level))
      for (const room of rooms) room.tick()
    }
    const heard = (i: number): number => {
      const octets = new Uint8Array(160)
      streams[i]!.seat!.fill(octets, 0, 'PCMA')
      return g711.PCMA.decode[octets[80]!]!
    }
    const near = (level: number): number => g711.PCMA.decode[g711.PCMA.encode[level & 0xffff]!]!

    // Three times 30,000 is far above full scale for the one elsewhere; less its own and 20,000 it is still above it for a member.
    for (let i = 0; i < 4; i++) say([30_000, 30_000, 30_000, -20_000])
    expect(heard(3)).toBe(near(32_767))
    expect(heard(0)).toBe(near(32_767))
    for (let i = 0; i < 4; i++) say([30_000, -30_000, 5000, -20_000])
    expect(heard(3)).toBe(near(5000))
    expect(heard(2)).toBe(near(-20_000))
    rooms[0].unlink(1)
    rooms[1].unlink(1)
    expect(heard(3)).toBe(near(0))
    expect(heard(2)).toBe(near(0))
  })
})
