import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'

describe('a timer of the system clock', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  it.each([1, 2_147_483_647, 2_147_483_648, 3_000_000_000, 10_000_000_000])('fires once, %i ms from now', (ms) => {
    const fired: number[] = []
    const start = Date.now()
    systemClock.after(ms, () => fired.push(Date.now() - start))

    vi.advanceTimersByTime(ms - 1)
    expect(fired).toEqual([])
    vi.advanceTimersByTime(1)
    vi.advanceTimersByTime(10_000_000_000)

    expect(fired).toEqual([ms])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is stopped also where it is longer than a timer of Node', () => {
    let fired = false
    const timer = systemClock.after(3_000_000_000, () => {
      fired = true
    })
    vi.advanceTimersByTime(2_500_000_000)
    timer.stop()
    vi.advanceTimersByTime(3_000_000_000)

    expect(fired).toBe(false)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('never fires where it has no end', () => {
    let fired = false
    const timer = systemClock.after(Number.POSITIVE_INFINITY, () => {
      fired = true
    })
    vi.advanceTimersByTime(20_000_000_000)

    expect(fired).toBe(false)
    timer.stop()
    expect(vi.getTimerCount()).toBe(0)
  })
})
