import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { Scope } from '../../../src/base/scope.ts'
import type { MediaRoom, RemoteMedia, RoomEvent } from '../../../src/media/index.ts'
import { ThreadedPlane } from '../../../src/media/plane/start.ts'
import { eventually } from '../../kit/eventually.ts'
import { type MediaLeg, mediaLeg, recordingBegan } from '../../kit/media-legs.ts'
import { freeRange } from '../../kit/ports.ts'
import { babble, concat, find, samplesOf, share, sine, wav } from '../../kit/sound.ts'

let folder: string
let scope: Scope
let plane: ThreadedPlane

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offhook-room-'))
})
afterAll(() => rm(folder, { recursive: true }))
beforeEach(async () => {
  scope = new Scope('test')
  plane = new ThreadedPlane({ scope, log: silentLogger, rtpPorts: await freeRange(60), workers: 2 })
  scope.add('plane', () => plane.close())
  await plane.ready()
})
afterEach(() => scope.close())

interface Held {
  readonly room: MediaRoom
  readonly members: readonly MediaLeg[]
  readonly events: RoomEvent[]
}

async function conference(...changes: readonly Partial<RemoteMedia>[]): Promise<Held> {
  const room = plane.openRoom()
  const events: RoomEvent[] = []
  room.onEvent = (event) => events.push(event)
  const members: MediaLeg[] = []
  for (const change of changes) members.push(await mediaLeg(plane, scope, { ...change, near: room }))
  for (const { stream } of members) room.join(stream)
  return { room, members, events }
}

const pause = (ms: number): Int16Array => new Int16Array(ms * 8)
/** What was heard since a moment of the past. */
const since = ({ peer }: MediaLeg, from: number): Int16Array => peer.audio().slice(from)
const now = ({ peer }: MediaLeg): number => peer.audio().length
/** Waits until it was heard: the last packets come after `play` is done. */
async function hears(leg: MediaLeg, sound: Int16Array): Promise<void> {
  const heard = await eventually(
    () => find(sound, leg.peer.audio()).score,
    (score) => score > 0.97,
  )
  expect(heard).toBeGreaterThan(0.97)
}
/** Loudest sample but for the first 100 ms, in which the packets of before may arrive. */
const loudest = (samples: Int16Array): number => Math.max(...samples.slice(800).map(Math.abs))
const kinds = (events: readonly RoomEvent[]): string[] => events.map(({ kind }) => kind)

describe('a room', () => {
  it('lets each hear all others and nobody itself, in either codec', async () => {
    const { members } = await conference({}, { codec: 'PCMA' }, {})
    const [a, b, c] = members as [MediaLeg, MediaLeg, MediaLeg]
    const said = babble(500, 3)

    await a.peer.play(concat(said, pause(200)))

    await hears(b, said)
    await hears(c, said)
    expect(loudest(a.peer.audio())).toBeLessThan(16)

    const from = members.map(now)
    const tones = [500, 800, 1300]
    await Promise.all(members.map(({ peer }, i) => peer.play(concat(sine(tones[i]!, 600, 4000), pause(100)))))
    for (const [i, member] of members.entries()) {
      const heard = since(member, from[i]!)
      const begin = heard.findIndex((s) => Math.abs(s) > 3000)
      const shares = tones.map((hz) => share(heard, hz, begin / 8 + 150, 300))
      shares.forEach((part, j) => {
        if (i === j) expect(part).toBeLessThan(0.01)
        else expect(part).toBeGreaterThan(0.35)
      })
    }
  })

  it('clips where many are loud, and does not wrap round', async () => {
    const { members } = await conference({}, {}, {}, {})
    const loud = sine(400, 500, 30_000)

    await Promise.all(members.slice(1).map(({ peer }) => peer.play(concat(loud, pause(100)))))

    const heard = members[0]!.peer.audio()
    expect(Math.max(...heard)).toBeGreaterThan(30_000)
    // Where sums wrap round, a sample is followed by one of the other sign, far away.
    const steps = heard.slice(1).map((s, i) => Math.min(32_767, Math.abs(s - heard[i]!)))
    expect(Math.max(...steps.slice(800))).toBeLessThan(32_000)
    expect(share(heard, 400, heard.findIndex((s) => Math.abs(s) > 20_000) / 8 + 100, 300)).toBeGreaterThan(0.7)
  })

  it('hears nothing of who is muted, and lets nothing through to who is deaf', async () => {
    const { room, members, events } = await conference({}, {}, {})
    const [a, b, c] = members as [MediaLeg, MediaLeg, MediaLeg]
    room.set(a.stream, { muted: true })
    room.set(c.stream, { deaf: true })

    await Promise.all([a.peer.play(sine(500, 700)), b.peer.play(concat(pause(300), babble(400, 9)))])
    expect(loudest(b.peer.audio())).toBeLessThan(16)
    await hears(a, babble(400, 9))
    expect(loudest(c.peer.audio())).toBeLessThan(16)
    expect(events.every((e) => e.kind === 'closed' || e.stream === b.stream)).toBe(true)

    room.set(a.stream, { muted: false })
    room.set(c.stream, { deaf: false })
    await a.peer.play(concat(babble(400, 10), pause(200)))
    for (const leg of [b, c]) await hears(leg, babble(400, 10))
  })

  it('tells who talks, when they stop, and who left without being told to', async () => {
    const { room, members, events } = await conference({}, {})
    const [a, b] = members as [MediaLeg, MediaLeg]

    await a.peer.play(concat(babble(600), pause(900)))

    await eventually(
      () => events.length,
      (n) => n >= 2,
    )
    expect(events).toEqual([
      { kind: 'talking', stream: a.stream },
      { kind: 'quiet', stream: a.stream },
    ])
    await b.stream.close()
    expect(events.at(-1)).toEqual({ kind: 'left', stream: b.stream })
    room.leave(a.stream)
    await a.stream.stats()
    expect(kinds(events)).toEqual(['talking', 'quiet', 'left'])
    expect(room.members).toEqual([])
  })

  it('plays to all while they talk, and to one alone instead of the talk', async () => {
    const { room, members } = await conference({}, {})
    const [a, b] = members as [MediaLeg, MediaLeg]
    const prompt = join(folder, 'prompt.wav')
    await writeFile(prompt, wav(babble(500, 21)))

    expect(await room.play([{ kind: 'wav', path: prompt }]).done).toBe('finished')
    await b.peer.play(babble(300, 22))
    for (const leg of [a, b]) await hears(leg, babble(500, 21))

    const from = now(b)
    const alone = a.stream.play([{ kind: 'tone', tone: 'beep', ms: 700 }])
    await b.peer.play(concat(sine(500, 400), pause(400)))
    expect(await alone.done).toBe('finished')
    expect(loudest(since(b, from))).toBeLessThan(16)
    const heard = a.peer.audio()
    const begin = heard.findLastIndex((s) => Math.abs(s) > 1000) - 4000
    expect(share(heard, 1000, begin / 8, 400)).toBeGreaterThan(0.99)

    const music = room.play([{ kind: 'tone', tone: 'dial' }], { times: 0 })
    await b.peer.packets(b.peer.heard.length + 10)
    music.stop()
    expect(await music.done).toBe('stopped')
  })

  it('records all that is said and announced', async () => {
    const { room, members } = await conference({}, {})
    const [a, b] = members as [MediaLeg, MediaLeg]
    const path = join(folder, 'room.wav')

    const run = room.record({ path })
    await recordingBegan(path)
    await a.peer.play(concat(babble(400, 31), pause(100)))
    await b.peer.play(concat(babble(400, 32), pause(100)))
    await room.play([{ kind: 'tone', tone: 'beep', ms: 300 }]).done
    run.stop()

    const { end, ms } = await run.done
    expect(end).toBe('stopped')
    const kept = samplesOf(await readFile(path))
    expect(kept.length / 8).toBe(ms)
    const [first, second] = [31, 32].map((seed) => find(babble(400, seed), kept))
    expect(first!.score).toBeGreaterThan(0.97)
    expect(second!.score).toBeGreaterThan(0.97)
    expect(second!.at).toBeGreaterThan(first!.at)
    const beep = kept.findLastIndex((s) => Math.abs(s) > 1000) - 1600
    expect(share(kept, 1000, beep / 8, 180)).toBeGreaterThan(0.98)
  })

  it('leaves a member its keys, its recording and its monitor', async () => {
    const { members } = await conference({}, {})
    const [a, b] = members as [MediaLeg, MediaLeg]
    const path = join(folder, 'member.wav')
    const run = a.stream.monitor({ path, channels: 'stereo' })
    await recordingBegan(path)

    await a.peer.press('7')
    await Promise.all([a.peer.play(babble(400, 41)), b.peer.play(concat(babble(400, 42), pause(200)))])
    run.stop()
    await run.done

    expect(a.events).toContainEqual(expect.objectContaining({ kind: 'digit', digit: '7' }))
    const both = samplesOf(await readFile(path))
    const [left, right] = [0, 1].map((side) => both.filter((_, i) => i % 2 === side))
    expect(find(babble(400, 41), left!).score).toBeGreaterThan(0.97)
    expect(find(babble(400, 42), right!).score).toBeGreaterThan(0.97)
  })

  it('is left for a bridge and for another room, and goes on without who left', async () => {
    const { room, members, events } = await conference({}, {}, {})
    const [a, b, c] = members as [MediaLeg, MediaLeg, MediaLeg]
    const other = plane.openRoom({ near: a.stream })

    a.stream.bridge(b.stream)
    await a.peer.play(concat(babble(400, 51), pause(200)))
    await hears(b, babble(400, 51))
    expect(loudest(c.peer.audio())).toBeLessThan(16)
    expect(events.filter((e) => e.kind === 'left')).toEqual([
      { kind: 'left', stream: a.stream },
      { kind: 'left', stream: b.stream },
    ])

    other.join(a.stream)
    other.join(c.stream)
    await c.peer.play(concat(babble(400, 52), pause(200)))
    await hears(a, babble(400, 52))
    expect(loudest(b.peer.audio().slice(-1600))).toBeLessThan(16)
    expect(room.members).toEqual([])
    expect(other.members).toEqual([a.stream, c.stream])
  })

  it('ends with what runs in it, by itself, with the plane and with its thread', async () => {
    const { room, members } = await conference({}, {})
    const path = join(folder, 'closing.wav')
    const recording = room.record({ path })
    await recordingBegan(path)
    const playing = room.play([{ kind: 'tone', tone: 'dial' }])
    await members[0]!.peer.packets(5)
    await room.close()
    await room.close()
    expect(await playing.done).toBe('closed')
    expect((await recording.done).end).toBe('closed')
    room.join(members[0]!.stream)
    expect(await room.play([{ kind: 'tone', tone: 'dial' }]).done).toBe('closed')
    expect(() => plane.openRoom({ near: members[0]!.stream })).not.toThrow()
    await expect(plane.open({ bind: '127.0.0.1', near: room })).rejects.toMatchObject({ code: 'stream-closed' })

    const [one, two] = [plane.openRoom(), plane.openRoom()]
    const closed = new Promise<RoomEvent[]>((resolve) => {
      const all: RoomEvent[] = []
      for (const each of [one, two]) {
        each.onEvent = (event) => {
          all.push(event)
          if (all.length === 2) resolve(all)
        }
      }
    })
    await plane.crashWorker(0)
    await plane.crashWorker(1)
    expect(kinds(await closed)).toEqual(['closed', 'closed'])
  })
})
