import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { Scope } from '../../../src/base/scope.ts'
import type { Codec, MediaPlane, MediaStream, RemoteMedia, StreamEvent } from '../../../src/media/index.ts'
import { startMediaPlane } from '../../../src/media/index.ts'
import { MediaPeer } from '../../kit/media-peer.ts'
import { babble, concat, find, samplesOf, share, sine, wav } from '../../kit/sound.ts'

const bind = '127.0.0.1'
let folder: string
let scope: Scope
let plane: MediaPlane
let peers: MediaPeer[] = []
let streams: MediaStream[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offhook-media-'))
  scope = new Scope('test')
  plane = await startMediaPlane({
    scope,
    log: silentLogger,
    rtpPorts: { from: 30_000, to: 30_399 },
    workers: 1,
    silentSeconds: 1,
  })
})
afterAll(async () => {
  await scope.close()
  await rm(folder, { recursive: true })
})
beforeEach(() => {
  peers = []
  streams = []
})
afterEach(async () => {
  await Promise.all(streams.map((s) => s.close()))
  await Promise.all(peers.map((p) => p.close()))
})

interface Leg {
  readonly stream: MediaStream
  readonly peer: MediaPeer
  readonly events: StreamEvent[]
  event(kind: StreamEvent['kind'], count?: number): Promise<StreamEvent>
}

type Changes = Omit<Partial<RemoteMedia>, 'telephoneEvent'> & { telephoneEvent?: number | undefined }

async function leg(codec: Codec = 'PCMU', o: Changes = {}, near?: MediaStream): Promise<Leg> {
  const peer = await MediaPeer.open()
  peers.push(peer)
  const stream = await plane.open({ bind, ...(near ? { near } : {}) })
  streams.push(stream)
  const events: StreamEvent[] = []
  const waiting: (() => void)[] = []
  stream.onEvent = (event) => {
    events.push(event)
    for (const check of [...waiting]) check()
  }
  peer.codec = codec
  peer.connect(stream.localPort)
  const { telephoneEvent = 101, ...rest } = o
  stream.connect({
    address: bind,
    port: peer.port,
    codec,
    payloadType: codec === 'PCMU' ? 0 : 8,
    ...('telephoneEvent' in o && o.telephoneEvent === undefined ? {} : { telephoneEvent }),
    direction: 'sendrecv',
    rtcpMux: false,
    ...rest,
  })
  const event = (kind: StreamEvent['kind'], count = 1): Promise<StreamEvent> =>
    new Promise((resolve) => {
      const check = (): void => {
        const found = events.filter((e) => e.kind === kind)
        if (found.length >= count) resolve(found[count - 1]!)
      }
      waiting.push(check)
      check()
    })
  return { stream, peer, events, event }
}

async function wavFile(name: string, samples: Int16Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, wav(samples))
  return path
}

describe('playing', () => {
  it.each<Codec>(['PCMU', 'PCMA'])('a file is heard by its content (%s), after it silence', async (codec) => {
    const { stream, peer } = await leg(codec)
    const sound = babble(600)

    const end = await stream.play([{ kind: 'wav', path: await wavFile(`${codec}.wav`, sound) }]).done
    await peer.packets(peer.heard.length + 5)

    expect(end).toBe('finished')
    expect(find(sound, peer.audio()).score).toBeGreaterThan(0.995)
    const after = peer.audio().slice(-160)
    expect(Math.max(...after.map(Math.abs))).toBeLessThan(16)
  })

  it('tone, silence and file follow each other without a gap, as often as asked', async () => {
    const { stream, peer } = await leg()

    await stream.play(
      [
        { kind: 'tone', tone: 'beep', ms: 100 },
        { kind: 'silence', ms: 50 },
      ],
      { times: 2 },
    ).done

    const heard = peer.audio()
    const begin = heard.findIndex((s) => Math.abs(s) > 100)
    expect(share(heard.slice(begin), 1000, 5, 90)).toBeGreaterThan(0.99)
    expect(Math.max(...heard.slice(begin + 104 * 8, begin + 146 * 8).map(Math.abs))).toBeLessThan(16)
    expect(share(heard.slice(begin), 1000, 155, 90)).toBeGreaterThan(0.99)
  })

  it('packets are paced, numbered and stamped without a gap, whatever is played', async () => {
    const { stream, peer } = await leg()
    const playing = stream.play([{ kind: 'tone', tone: 'dial' }])

    await peer.packets(20)
    playing.stop()
    expect(await playing.done).toBe('stopped')
    await peer.packets(30)

    const heard = peer.heard
    expect(heard[0]!.marker).toBe(true)
    expect(heard.slice(1).some((p) => p.marker)).toBe(false)
    for (let i = 1; i < heard.length; i++) {
      expect((heard[i]!.sequence - heard[i - 1]!.sequence) & 0xffff).toBe(1)
      expect((heard[i]!.timestamp - heard[i - 1]!.timestamp) >>> 0).toBe(160)
    }
    const ms = heard.at(-1)!.at - heard[0]!.at
    expect(Math.abs(ms - (heard.length - 1) * 20)).toBeLessThan(60)
  })

  it('a second play takes the place of the first', async () => {
    const { stream } = await leg()
    const first = stream.play([{ kind: 'tone', tone: 'ringback' }])
    const second = stream.play([{ kind: 'tone', tone: 'beep', ms: 40 }])

    expect(await first.done).toBe('stopped')
    expect(await second.done).toBe('finished')
  })

  it('a missing or broken file rejects with what is wrong', async () => {
    const { stream } = await leg()
    const path = join(folder, 'text.wav')
    await writeFile(path, 'no audio at all')

    await expect(stream.play([{ kind: 'wav', path: join(folder, 'none.wav') }]).done).rejects.toMatchObject({
      code: 'no-file',
      message: expect.stringContaining('it is not there'),
    })
    await expect(stream.play([{ kind: 'wav', path }]).done).rejects.toMatchObject({
      code: 'bad-wav',
      message: expect.stringContaining('no RIFF/WAVE header'),
    })
  })
})

describe('recording', () => {
  const rest = { maxSeconds: 30, silenceSeconds: 0, stopOn: '#' }

  it.each([10, 20, 30, 40])('keeps what was said, packets of %i ms', async (ptime) => {
    const { stream, peer } = await leg()
    const path = join(folder, `said-${ptime}.wav`)
    const said = babble(1200, ptime)
    const run = stream.record({ path, ...rest })
    await peer.play(said, ptime)
    await peer.packets(peer.heard.length + 10)

    run.stop()
    const done = await run.done

    const kept = samplesOf(await readFile(path))
    expect(done.end).toBe('stopped')
    expect(done.ms).toBe(Math.round(kept.length / 8))
    expect(done.speechMs).toBeGreaterThan(800)
    expect(find(said.slice(0, 8000), kept).score).toBeGreaterThan(0.99)
  })

  it('ends on its key, without the sound of the key', async () => {
    const { stream, peer, event } = await leg()
    const path = join(folder, 'key.wav')
    const run = stream.record({ path, ...rest })
    const leaked = sine([941, 1477], 60, 5000)
    await peer.play(concat(babble(600), new Int16Array(160 * 5)))
    await peer.play(leaked)
    await peer.press('#')

    const done = await run.done
    expect(done).toMatchObject({ end: 'key', key: '#' })
    await expect(event('digit')).resolves.toMatchObject({ digit: '#', by: 'telephone-event', ms: 100 })
    const kept = samplesOf(await readFile(path))
    expect(done.ms).toBe(Math.round(kept.length / 8))
    // 600 ms said and 100 ms of silence, behind the depth of the jitter ring and the time before the first packet.
    expect(Math.max(...kept.slice(-480).map(Math.abs))).toBeLessThan(100)
    expect(find(babble(600), kept).score).toBeGreaterThan(0.99)
  })

  it('ends on silence, from the start and after speech', async () => {
    const { stream, peer } = await leg()
    const nothing = await stream.record({ path: join(folder, 'nothing.wav'), ...rest, silenceSeconds: 1 }).done
    const run = stream.record({ path: join(folder, 'some.wav'), ...rest, silenceSeconds: 1 })
    await peer.play(babble(500))
    const some = await run.done

    expect(nothing).toMatchObject({ end: 'silence', ms: 1000, speechMs: 0 })
    expect(some.end).toBe('silence')
    expect(some.ms).toBeGreaterThan(1400)
    expect(some.speechMs).toBeGreaterThan(350)
    expect(some.speechMs).toBeLessThan(650)
  })

  it('ends at the limit, on a key from elsewhere and with the stream', async () => {
    const { stream } = await leg()
    const limit = await stream.record({ path: join(folder, 'limit.wav'), ...rest, maxSeconds: 1 }).done
    expect(limit).toMatchObject({ end: 'limit', ms: 1000 })

    const info = stream.record({ path: join(folder, 'info.wav'), ...rest })
    await stream.stats()
    stream.digit('5')
    stream.digit('#')
    const closed = stream.record({ path: join(folder, 'closed.wav'), ...rest })
    await stream.close()
    expect((await closed.done).end).toBe('closed')
    expect(['key', 'stopped']).toContain((await info.done).end)
  })

  it('reports a folder that is not there', async () => {
    const { stream } = await leg()
    await expect(stream.record({ path: join(folder, 'no', 'x.wav'), ...rest }).done).rejects.toMatchObject({
      code: 'write-failed',
    })
  })
})

describe('keys', () => {
  it('each press is heard once, with its length', async () => {
    const { peer, events, event } = await leg()
    for (const key of '15590*#D') await peer.press(key, 4)

    await event('digit', 8)
    const digits = events.filter((e) => e.kind === 'digit')
    expect(digits.map((e) => e.digit).join('')).toBe('15590*#D')
    expect(digits.every((e) => e.ms === 80)).toBe(true)
  })

  it('lost starts and lost ends make no difference', async () => {
    const { peer, events, event } = await leg()
    await peer.press('1', 6, (n) => n < 5)
    await peer.press('2', 6, (n) => n >= 5)
    await peer.press('2', 6)

    await event('digit', 3)
    expect(events.filter((e) => e.kind === 'digit').map((e) => e.digit)).toEqual(['1', '2', '2'])
  })

  it('are sent as telephone-events: marker, one timestamp, growing duration, three ends', async () => {
    const { stream, peer } = await leg()
    await stream.send('7#')

    const events = peer.heard.filter((p) => p.payloadType === 101)
    const [seven, pound] = [events.slice(0, 10), events.slice(10)]
    for (const [press, code] of [
      [seven, 7],
      [pound, 11],
    ] as const) {
      expect(press).toHaveLength(10)
      expect(press.map((p) => p.marker)).toEqual([true, ...Array(9).fill(false)])
      expect(new Set(press.map((p) => p.timestamp)).size).toBe(1)
      expect(press.map((p) => p.payload[0])).toEqual(Array(10).fill(code))
      expect(press.map((p) => (p.payload[2]! << 8) | p.payload[3]!)).toEqual([
        160, 320, 480, 640, 800, 960, 1120, 1280, 1280, 1280,
      ])
      expect(press.map((p) => p.payload[1]! >> 7)).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 1, 1])
    }
  })

  it('are sent and heard as tones where events were not negotiated', async () => {
    const a = await leg('PCMU', { telephoneEvent: undefined })
    const b = await leg('PCMA', { telephoneEvent: undefined }, a.stream)
    a.stream.bridge(b.stream)
    b.stream.detectInband(true)
    a.stream.connect({
      address: bind,
      port: b.stream.localPort,
      codec: 'PCMU',
      payloadType: 0,
      direction: 'sendrecv',
      rtcpMux: false,
    })
    a.stream.unbridge()
    b.stream.connect({
      address: bind,
      port: a.stream.localPort,
      codec: 'PCMU',
      payloadType: 0,
      direction: 'sendrecv',
      rtcpMux: false,
    })

    await a.stream.send('147*w2580369#ABCD')
    await b.event('digit', 16)

    const digits = b.events.filter((e) => e.kind === 'digit')
    expect(digits.map((e) => e.digit).join('')).toBe('147*2580369#ABCD')
    expect(digits.every((e) => e.by === 'in-band' && Math.abs(e.ms - 160) < 30)).toBe(true)
  })
})

describe('a bridge', () => {
  it.each<[Codec, Codec]>([
    ['PCMU', 'PCMU'],
    ['PCMU', 'PCMA'],
  ])('carries both directions, %s to %s', async (one, two) => {
    const a = await leg(one)
    const b = await leg(two, {}, a.stream)
    a.stream.bridge(b.stream)
    const [fromA, fromB] = [babble(800, 7), babble(800, 8)]
    await Promise.all([a.peer.play(fromA), b.peer.play(fromB)])
    await a.peer.packets(a.peer.heard.length + 3)

    expect(find(fromA.slice(800, 4800), b.peer.audio()).score).toBeGreaterThan(0.99)
    expect(find(fromB.slice(800, 4800), a.peer.audio()).score).toBeGreaterThan(0.99)
  })

  it('carries keys: as events, and as tones to a side without them', async () => {
    const a = await leg()
    const b = await leg('PCMU', { telephoneEvent: 96 }, a.stream)
    a.stream.bridge(b.stream)
    await a.peer.play(babble(100))
    await a.peer.press('4')
    await a.event('digit')
    await b.peer.packets(b.peer.heard.length + 3)

    const events = b.peer.heard.filter((p) => p.payloadType === 96)
    expect(events).toHaveLength(7)
    expect(events[0]!.marker).toBe(true)
    expect(new Set(events.map((p) => p.timestamp)).size).toBe(1)

    const c = await leg('PCMU', { telephoneEvent: undefined }, a.stream)
    a.stream.bridge(c.stream)
    await a.peer.press('5')
    await a.event('digit', 2)
    await c.peer.packets(c.peer.heard.length + 15)
    expect(find(sine([770, 1336], 100, 5000), c.peer.audio()).score).toBeGreaterThan(0.95)
  })

  it('a prompt to one side is heard there only, then the bridge goes on', async () => {
    const a = await leg()
    const b = await leg('PCMU', {}, a.stream)
    a.stream.bridge(b.stream)
    const talk = a.peer.play(sine(600, 1500))
    await b.peer.packets(20)
    await b.stream.play([{ kind: 'tone', tone: 'beep', ms: 200 }]).done
    await talk
    await b.peer.packets(b.peer.heard.length + 2)

    const heard = b.peer.audio()
    const loudest = (hz: number): number => {
      let best = 0
      for (let ms = 0; ms + 100 < heard.length / 8; ms += 20) best = Math.max(best, share(heard, hz, ms, 100))
      return best
    }
    expect(loudest(1000)).toBeGreaterThan(0.98)
    expect(share(heard, 600, Math.floor(heard.length / 8) - 450, 100)).toBeGreaterThan(0.98)
    const gaps = b.peer.heard.slice(1).map((p, i) => (p.sequence - b.peer.heard[i]!.sequence) & 0xffff)
    expect(new Set(gaps)).toEqual(new Set([1]))
  })
})

describe('the source', () => {
  it('is latched on; strangers are counted and not heard', async () => {
    const { stream, peer, events, event } = await leg()
    const stranger = (await MediaPeer.open()).connect(stream.localPort)
    peers.push(stranger)
    await peer.play(babble(60))
    await event('firstPacket')
    await stranger.press('9')
    await peer.press('1')
    await event('digit')

    expect(events.filter((e) => e.kind === 'digit').map((e) => e.digit)).toEqual(['1'])
    expect((await stream.stats()).strangers).toBe(7)
    expect((await stream.stats()).remote).toEqual({ address: bind, port: peer.port })
  })

  it('silence is told once, and another port may take over after it', async () => {
    const { stream, peer, event, events } = await leg()
    await peer.play(babble(60))
    await event('silent')
    const moved = (await MediaPeer.open()).connect(stream.localPort)
    peers.push(moved)
    await moved.play(babble(60))
    await event('firstPacket', 2)

    expect(events.filter((e) => e.kind === 'silent')).toEqual([{ kind: 'silent', seconds: 1 }])
    await moved.packets(3)
  })

  it('a socket for both families hears and answers an IPv4 phone', async () => {
    const peer = await MediaPeer.open()
    peers.push(peer)
    const stream = await plane.open({ bind: '::' })
    streams.push(stream)
    const heard = new Promise<StreamEvent>((done) => {
      stream.onEvent = (event) => event.kind === 'digit' && done(event)
    })
    peer.connect(stream.localPort)
    const remote = { address: bind, port: peer.port, codec: 'PCMU', payloadType: 0, telephoneEvent: 101 } as const
    stream.connect({ ...remote, direction: 'sendrecv', rtcpMux: true })
    await peer.press('8')
    await peer.packets(5)

    expect(await heard).toMatchObject({ digit: '8' })
  })

  it('on hold nothing is sent and nothing is missed', async () => {
    const { stream, peer, events } = await leg('PCMU', { direction: 'inactive' })
    await stream.play([{ kind: 'silence', ms: 1200 }]).done
    expect(peer.heard).toHaveLength(0)
    expect(events).toEqual([])
  })

  it.each([
    [{ address: 'phone.example' }, 'address'],
    [{ port: 0 }, 'port'],
    [{ payloadType: 200 }, 'payloadType'],
    [{ telephoneEvent: 0 }, 'telephoneEvent'],
    [{ rtcpPort: 70_000 }, 'rtcpPort'],
  ])('%j is refused by name', async (wrong, field) => {
    const { stream, peer } = await leg()
    const good = {
      address: bind,
      port: peer.port,
      codec: 'PCMU',
      payloadType: 0,
      direction: 'sendrecv',
      rtcpMux: false,
    } as const
    expect(() => stream.connect({ ...good, ...wrong })).toThrow(new RegExp(`^${field}: `))
  })
})
