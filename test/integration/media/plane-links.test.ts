import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Codec, StreamEvent } from '../../../src/media/index.ts'
import { MediaPeer } from '../../kit/media-peer.ts'
import { babble, find, share, sine } from '../../kit/sound.ts'
import { bind, PlaneLegs } from './plane-legs.ts'

let legs: PlaneLegs
beforeAll(async () => {
  legs = await PlaneLegs.open(30_400)
})
afterEach(() => legs.hangUp())
afterAll(() => legs.close())

describe('keys', () => {
  it('each press is heard once, with its length', async () => {
    const { peer, events, event } = await legs.leg()
    for (const key of '15590*#D') await peer.press(key, 4)

    await event('digit', 8)
    const digits = events.filter((e) => e.kind === 'digit')
    expect(digits.map((e) => e.digit).join('')).toBe('15590*#D')
    expect(digits.every((e) => e.ms === 80)).toBe(true)
  })

  it('lost starts and lost ends make no difference', async () => {
    const { peer, events, event } = await legs.leg()
    await peer.press('1', 6, (n) => n < 5)
    await peer.press('2', 6, (n) => n >= 5)
    await peer.press('2', 6)

    await event('digit', 3)
    expect(events.filter((e) => e.kind === 'digit').map((e) => e.digit)).toEqual(['1', '2', '2'])
  })

  it('are sent as telephone-events: marker, one timestamp, growing duration, three ends', async () => {
    const { stream, peer } = await legs.leg()
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
    const a = await legs.leg('PCMU', { telephoneEvent: undefined })
    const b = await legs.leg('PCMA', { telephoneEvent: undefined }, a.stream)
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
    const a = await legs.leg(one)
    const b = await legs.leg(two, {}, a.stream)
    a.stream.bridge(b.stream)
    const [fromA, fromB] = [babble(800, 7), babble(800, 8)]
    await Promise.all([a.peer.play(fromA), b.peer.play(fromB)])
    await a.peer.packets(a.peer.heard.length + 3)

    expect(find(fromA.slice(800, 4800), b.peer.audio()).score).toBeGreaterThan(0.99)
    expect(find(fromB.slice(800, 4800), a.peer.audio()).score).toBeGreaterThan(0.99)
  })

  it('carries keys: as events, and as tones to a side without them', async () => {
    const a = await legs.leg()
    const b = await legs.leg('PCMU', { telephoneEvent: 96 }, a.stream)
    a.stream.bridge(b.stream)
    await a.peer.play(babble(100))
    await a.peer.press('4')
    await a.event('digit')
    await b.peer.packets(b.peer.heard.length + 3)

    const events = b.peer.heard.filter((p) => p.payloadType === 96)
    expect(events).toHaveLength(7)
    expect(events[0]!.marker).toBe(true)
    expect(new Set(events.map((p) => p.timestamp)).size).toBe(1)

    const c = await legs.leg('PCMU', { telephoneEvent: undefined }, a.stream)
    a.stream.bridge(c.stream)
    await a.peer.press('5')
    await a.event('digit', 2)
    await c.peer.packets(c.peer.heard.length + 15)
    expect(find(sine([770, 1336], 100, 5000), c.peer.audio()).score).toBeGreaterThan(0.95)
  })

  it('a prompt to one side is heard there only, then the bridge goes on', async () => {
    const a = await legs.leg()
    const b = await legs.leg('PCMU', {}, a.stream)
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
    const { stream, peer, events, event } = await legs.leg()
    const stranger = (await MediaPeer.open()).connect(stream.localPort)
    legs.keep(stranger)
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
    const { stream, peer, event, events } = await legs.leg()
    await peer.play(babble(60))
    await event('silent')
    const moved = (await MediaPeer.open()).connect(stream.localPort)
    legs.keep(moved)
    await moved.play(babble(60))
    await event('firstPacket', 2)

    expect(events.filter((e) => e.kind === 'silent')).toEqual([{ kind: 'silent', seconds: 1 }])
    await moved.packets(3)
  })

  it('a socket for both families hears and answers an IPv4 phone', async () => {
    const peer = await MediaPeer.open()
    legs.keep(peer)
    const stream = await legs.plane.open({ bind: '::' })
    legs.keep(stream)
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
    const { stream, peer, events } = await legs.leg('PCMU', { direction: 'inactive' })
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
    const { stream, peer } = await legs.leg()
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
