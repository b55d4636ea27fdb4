import { describe, expect, it } from 'vitest'
import { LatenessMeter, p99Of } from '../../../src/media/plane/lateness.ts'
import { PortPool } from '../../../src/media/plane/ports.ts'

describe('lateness', () => {
  it('tells the middle, the last hundredth and the worst of the last five seconds', () => {
    const meter = new LatenessMeter()
    for (let i = 0; i < 980; i++) meter.add(0.35)
    for (let i = 0; i < 20; i++) meter.add(7.22)
    meter.add(250)
    meter.add(-3)

    expect(meter.read()).toEqual({ p50Ms: 0.4, p99Ms: 7.3, maxMs: 250 })
  })

  it('tells the last hundredth of the last whole second apart', () => {
    const meter = new LatenessMeter()
    for (let i = 0; i < 100; i++) meter.add(8)
    meter.roll(1000)
    meter.add(0.5)

    expect(meter.lastSecondP99()).toBe(8.1)
    meter.roll(2000)
    expect(meter.lastSecondP99()).toBe(0.6)
  })

  it('forgets after five seconds', () => {
    const meter = new LatenessMeter()
    meter.add(9)
    for (let second = 1; second <= 4; second++) expect(meter.roll(second * 1000)).toBe(true)
    expect(meter.roll(4500)).toBe(false)
    expect(meter.read().maxMs).toBe(9)
    meter.roll(5000)
    expect(meter.read()).toEqual({ p50Ms: 0, p99Ms: 0, maxMs: 0 })
  })
})

describe('lateness since the start', () => {
  it('counts every packet, however long ago, and those above 100 ms together', () => {
    const meter = new LatenessMeter()
    for (let second = 1; second <= 20; second++) {
      meter.add(0.25)
      meter.roll(second * 1000)
    }
    meter.add(0)
    meter.add(101)
    meter.add(5000)

    const counts = meter.counts()
    expect([counts[0], counts[2], counts.length, counts.at(-1)]).toEqual([1, 20, 1000, 2])
  })

  it('is one figure for all threads together, in which each packet counts alike', () => {
    const [many, few] = [new LatenessMeter(), new LatenessMeter()]
    for (let i = 0; i < 990; i++) many.add(0.35)
    for (let i = 0; i < 10; i++) few.add(7.22)

    expect([p99Of([many.counts()]), p99Of([few.counts()])]).toEqual([0.4, 7.3])
    expect(p99Of([many.counts(), few.counts()])).toBe(0.4)
    few.add(7.22)
    expect(p99Of([many.counts(), few.counts()])).toBe(7.3)
    expect(p99Of([new LatenessMeter().counts(), []])).toBe(0)
  })
})

describe('the range of ports', () => {
  it('holds the even ones that have an odd one above them', () => {
    const pool = new PortPool(10_001, 10_006)
    expect([pool.take(), pool.take(), pool.take()]).toEqual([10_002, 10_004, undefined])
  })

  it('a freed one rests longest', () => {
    const pool = new PortPool(10_000, 10_005)
    pool.giveBack(pool.take()!)
    expect([pool.take(), pool.take(), pool.take()]).toEqual([10_002, 10_004, 10_000])
  })

  it.each([
    [10_001, 10_002],
    [20, 10],
    [0, 10],
    [65_000, 70_000],
  ])('%i-%i is refused', (from, to) => {
    expect(() => new PortPool(from, to)).toThrow(`${from}-${to}`)
  })
})
