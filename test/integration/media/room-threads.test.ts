import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { Scope } from '../../../src/base/scope.ts'
import type { MediaRoom, RoomEvent } from '../../../src/media/index.ts'
import { MainStream } from '../../../src/media/plane/main-stream.ts'
import { ThreadedPlane } from '../../../src/media/plane/start.ts'
import { likeness, tune } from '../../kit/audio.ts'
import { eventually } from '../../kit/eventually.ts'
import { type MediaLeg, mediaLeg, recordingBegan } from '../../kit/media-legs.ts'
import { freeRange } from '../../kit/ports.ts'
import { concat, samplesOf, wav } from '../../kit/sound.ts'

let folder: string
let scope: Scope
let plane: ThreadedPlane

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offhook-threads-'))
})
afterAll(() => rm(folder, { recursive: true }))
beforeEach(async () => {
  scope = new Scope('test')
  plane = new ThreadedPlane({ scope, log: silentLogger, rtpPorts: await freeRange(40), workers: 3 })
  scope.add('plane', () => plane.close())
  await plane.ready()
})
afterEach(() => scope.close())

interface Conference {
  readonly room: MediaRoom
  readonly events: RoomEvent[]
  /** One in the thread of the room, one in each of the two others. */
  readonly members: readonly [MediaLeg, MediaLeg, MediaLeg]
}

async function conference(): Promise<Conference> {
  const members = [await mediaLeg(plane, scope), await mediaLeg(plane, scope), await mediaLeg(plane, scope)] as const
  const threads = new Set(members.map(({ stream }) => (stream as MainStream).thread))
  expect(threads.size).toBe(3)
  const room = plane.openRoom({ near: members[0].stream })
  const events: RoomEvent[] = []
  room.onEvent = (event) => events.push(event)
  for (const { stream } of members) room.join(stream)
  return { room, events, members }
}

const pause = new Int16Array(8 * 200)
const speak = ({ peer }: MediaLeg, seed: number): Promise<void> => peer.play(concat(tune(seed, 1), pause))
const same = 0.8
const other = 0.5

/** Waits until it was heard: the last packets come after `play` is done. */
async function hears({ peer }: MediaLeg, seed: number): Promise<void> {
  const score = await eventually(
    () => likeness(peer.audio(), tune(seed, 1)),
    (found) => found > same,
  )
  expect(score).toBeGreaterThan(same)
}

describe('a room whose members live in several threads', () => {
  it('lets each hear all others and nobody itself', async () => {
    const { members } = await conference()
    for (const [i, speaker] of members.entries()) {
      await speak(speaker, 11 + i)
      for (const listener of members) if (listener !== speaker) await hears(listener, 11 + i)
      expect(likeness(speaker.peer.audio(), tune(11 + i, 1))).toBeLessThan(other)
    }
  })

  it('announces to all, tells who talks, and mutes, wherever one lives', async () => {
    const { room, events, members } = await conference()
    const [a, b, c] = members
    const prompt = join(folder, 'prompt.wav')
    await writeFile(prompt, wav(tune(21, 1)))
    await room.play([{ kind: 'wav', path: prompt }]).done
    for (const member of members) await hears(member, 21)

    room.set(b.stream, { muted: true })
    room.set(c.stream, { deaf: true })
    await speak(b, 22)
    await speak(a, 23)
    await hears(b, 23)
    expect(likeness(a.peer.audio(), tune(22, 1))).toBeLessThan(other)
    expect(likeness(c.peer.audio(), tune(23, 1))).toBeLessThan(other)
    await speak(c, 24)
    await hears(a, 24)
    expect(events.filter(({ kind }) => kind === 'talking')).toEqual([
      { kind: 'talking', stream: a.stream },
      { kind: 'talking', stream: c.stream },
    ])
  })

  it('records what is said in each of them', async () => {
    const { room, members } = await conference()
    const path = join(folder, 'room.wav')
    const run = room.record({ path })
    await recordingBegan(path)
    for (const [i, member] of members.entries()) await speak(member, 31 + i)
    run.stop()
    expect((await run.done).end).toBe('stopped')

    const kept = samplesOf(await readFile(path))
    for (const seed of [31, 32, 33]) expect(likeness(kept, tune(seed, 1))).toBeGreaterThan(same)
  })

  it('goes on when one leaves and comes again, and when a thread is lost', async () => {
    const { room, events, members } = await conference()
    const [a, b, c] = members
    room.leave(b.stream)
    await speak(a, 41)
    await hears(c, 41)
    expect(likeness(b.peer.audio(), tune(41, 1))).toBeLessThan(other)
    room.join(b.stream)
    await speak(b, 42)
    await hears(a, 42)

    await plane.crashWorker(2)
    await eventually(
      () => events.some(({ kind }) => kind === 'left'),
      (left) => left,
    )
    expect(events.filter(({ kind }) => kind === 'left')).toEqual([{ kind: 'left', stream: c.stream }])
    expect(room.members).toEqual([a.stream, b.stream])
    await speak(a, 43)
    await hears(b, 43)
  })

  it('is gone with its own thread, and its members elsewhere hear silence', async () => {
    const { room, events, members } = await conference()
    await plane.crashWorker(0)
    await eventually(
      () => events.some(({ kind }) => kind === 'closed'),
      (closed) => closed,
    )
    expect(room.members).toEqual([])
    const [, b, c] = members
    const again = plane.openRoom({ near: b.stream })
    for (const { stream } of [b, c]) again.join(stream)
    await speak(b, 51)
    await hears(c, 51)
  })

  it('takes no stream of another plane', async () => {
    const { room } = await conference()
    const stranger = { id: 1 } as unknown as MainStream
    expect(stranger).not.toBeInstanceOf(MainStream)
    expect(() => room.join(stranger)).toThrow('none of this plane')
  })
})
