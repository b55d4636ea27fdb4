import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { g711 } from '../../../src/media/codec/g711.ts'
import { JitterRing } from '../../../src/media/jitter/ring.ts'
import { babble, concat, find, sine } from '../../kit/sound.ts'

interface Packet {
  readonly seq: number
  readonly ts: number
  readonly audio: Int16Array
  /** Arrival, ms. */
  readonly at: number
  readonly ssrc?: number
  readonly marker?: boolean
}

const packets = (audio: Int16Array, ptime = 20, seq = 65_530, ts = 2 ** 32 - 1000, at = 0): Packet[] =>
  Array.from({ length: Math.floor(audio.length / (ptime * 8)) }, (_, i) => ({
    seq: (seq + i) & 0xffff,
    ts: (ts + i * ptime * 8) >>> 0,
    audio: audio.slice(i * ptime * 8, (i + 1) * ptime * 8),
    at: at + i * ptime,
  }))

/** Lets them arrive when they do, and pulls a frame every 20 ms. */
function run(arrivals: readonly Packet[], ms: number): { out: Int16Array; ring: JitterRing } {
  const ring = new JitterRing()
  const sorted = [...arrivals].sort((a, b) => a.at - b.at)
  const frames: Int16Array[] = []
  for (let now = 5; now < ms; now += 20) {
    while (sorted[0] && sorted[0].at <= now) {
      const { ssrc = 1, seq, ts, marker = false, audio } = sorted.shift()!
      const octets = Uint8Array.from(audio, (s) => g711.PCMU.encode[s & 0xffff]!)
      ring.push(ssrc, seq, ts, marker, octets, 0, octets.length, g711.PCMU.decode)
    }
    const frame = new Int16Array(160)
    ring.pull(frame)
    frames.push(frame)
  }
  return { out: concat(...frames), ring }
}

describe('the jitter ring', () => {
  const said = babble(2000)

  it.each([10, 20, 30, 40])('gives out what came, packets of %i ms, across both wraps', (ptime) => {
    const { out, ring } = run(packets(said, ptime), 2400)

    expect(find(said.slice(0, 12_000), out).score).toBeGreaterThan(0.999)
    expect(ring.late).toBe(0)
  })

  // Admission control lets a thread go on that is late by less.
  it('hears all of it where each packet was sent up to 19 ms late', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.integer({ min: 0, max: 19 })), (late) => {
        const { out, ring } = run(
          packets(said).map((packet) => ({ ...packet, at: packet.at + late.next().value! })),
          2400,
        )

        expect(find(said.slice(0, 12_000), out).score).toBeGreaterThan(0.999)
        expect(ring.late).toBe(0)
      }),
      { numRuns: 20 },
    )
  })

  it('puts what comes in any order within its depth, and twice, where it belongs', () => {
    fc.assert(
      fc.property(
        fc.infiniteStream(fc.integer({ min: 0, max: 30 })),
        fc.infiniteStream(fc.boolean()),
        (delay, twice) => {
          const delayed = packets(said).flatMap((p, i) => {
            const one = { ...p, at: p.at + (i < 3 ? 0 : delay.next().value!) }
            return twice.next().value ? [one, { ...one, at: one.at + 5 }] : [one]
          })
          const { out } = run(delayed, 2400)
          expect(find(said.slice(8000, 14_000), out).score).toBeGreaterThan(0.999)
        },
      ),
      { numRuns: 8 },
    )
  })

  it('fills a lost packet with what was before, fading, and a longer gap with silence', () => {
    const tone = sine(500, 1000)
    const lost = packets(tone).filter((_, i) => i !== 10 && (i < 20 || i > 29))
    const { out } = run(lost, 1200)

    const level = (frame: number): number => Math.max(...out.slice(frame * 160, frame * 160 + 160).map(Math.abs))
    const first = out.findIndex((s) => s !== 0)
    const offset = Math.floor(first / 160)
    expect(level(10 + offset)).toBeGreaterThan(5000)
    expect(level(22 + offset)).toBeLessThan(4000)
    expect(level(25 + offset)).toBe(0)
    expect(level(32 + offset)).toBeGreaterThan(7000)
  })

  it('grows when packets come too late, and then hears all of a path with 80 ms of jitter', () => {
    let state = 7
    const random = (): number => {
      state = (state * 1103515245 + 12345) & 0x7fffffff
      return state / 0x7fffffff
    }
    const long = babble(8000, 3)
    const { out, ring } = run(
      packets(long).map((p) => ({ ...p, at: p.at + random() * 80 })),
      8400,
    )

    expect(ring.depthMs).toBeGreaterThan(40)
    expect(ring.depthMs).toBeLessThanOrEqual(120)
    expect(ring.late).toBeLessThan(40)
    expect(find(long.slice(48_000, 56_000), out.slice(44_000)).score).toBeGreaterThan(0.97)
  })

  it('shrinks again in quiet moments when the path has calmed', () => {
    const calm = concat(...Array.from({ length: 30 }, (_, i) => concat(babble(600, i + 1), new Int16Array(3200))))
    const { ring } = run(
      packets(calm).map((p, i) => ({ ...p, at: p.at + (i > 5 && i < 60 && i % 3 === 0 ? 75 : 0) })),
      30_000,
    )
    expect(ring.depthMs).toBeLessThanOrEqual(40)
  })

  it('starts again at a new source, at a jump of the clock and after a pause, but not for one broken timestamp', () => {
    const second = babble(1000, 9)
    const source = run([...packets(said), ...packets(second, 20, 100, 5, 2000).map((p) => ({ ...p, ssrc: 2 }))], 3400)
    const jump = run([...packets(said, 20, 0, 0), ...packets(second, 20, 100, 9_000_000, 2000)], 3400)
    const back = run([...packets(said, 20, 0, 9_000_000), ...packets(second, 20, 100, 100, 2000)], 3400)
    const spurt = run(
      [
        ...packets(said, 20, 0, 0),
        ...packets(second, 20, 100, 16_000, 2700).map((p, i) => ({ ...p, marker: i === 0 })),
      ],
      4200,
    )
    for (const { out } of [source, jump, back, spurt]) {
      expect(find(second.slice(1600, 7000), out).score).toBeGreaterThan(0.99)
    }
    const broken = packets(said).map((p, i) => (i === 50 ? { ...p, ts: 77 } : p))
    expect(find(said.slice(9000, 15_000), run(broken, 2400).out).score).toBeGreaterThan(0.999)
  })

  it('takes any packets without fault', () => {
    const any = fc.record({
      seq: fc.nat(65_535),
      ts: fc.nat(2 ** 32 - 1),
      ssrc: fc.nat(2),
      marker: fc.boolean(),
      at: fc.nat(400),
      audio: fc.nat(1500).map((n) => new Int16Array(n)),
    })
    fc.assert(fc.property(fc.array(any, { maxLength: 60 }), (arrivals) => run(arrivals, 500).out.length === 25 * 160))
  })
})
