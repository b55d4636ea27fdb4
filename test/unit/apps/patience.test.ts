import { beforeEach, describe, expect, it } from 'vitest'
import { type Limit, Patience } from '../../../src/apps/patience.ts'
import { FakeClock } from '../../kit/fake-clock.ts'

const limit: Limit = { ms: 600_000, reason: { code: 'failed', sentence: 'nothing came for 600 s' } }

let clock: FakeClock
let given: string[]
let patience: Patience
beforeEach(() => {
  clock = new FakeClock()
  given = []
  patience = new Patience(clock, ({ sentence }) => given.push(`${clock.now() / 1000} s: ${sentence}`))
})

const untold = 'the application could not be told what came of its last block'

describe('a call that waits for whoever drives it', () => {
  it('is given up after the limit, once', () => {
    patience.wait(limit)
    clock.advance(599_999)
    expect(given).toEqual([])
    clock.advance(3600_000)
    expect(given).toEqual(['600 s: nothing came for 600 s'])
  })

  it('waits from the last word on, and for ever where there is no limit', () => {
    patience.wait(limit)
    clock.advance(500_000)
    patience.wait(limit)
    clock.advance(500_000)
    patience.wait(undefined)
    clock.advance(86_400_000)
    expect(given).toEqual([])
    expect(clock.waiting).toBe(0)
  })

  it('of a notice that is taken after 15 s waits the whole limit from then on', () => {
    const tried = patience.tell(limit)
    clock.advance(15_000)
    expect(tried(true)).toBe(false)
    clock.advance(3600_000)
    expect(given).toEqual(['615 s: nothing came for 600 s'])
  })

  it('of a notice that nobody takes is given up 15 s after the first try, whatever later ones do', () => {
    const tried = patience.tell(limit)
    clock.advance(2000)
    expect(tried(false)).toBe(true)
    clock.advance(5000)
    expect(tried(false)).toBe(true)
    clock.advance(3600_000)
    expect(given).toEqual([`17 s: ${untold}`])
    expect(tried(true)).toBe(false)
    expect(clock.waiting).toBe(0)
  })

  it('of a notice that the second try brings waits on', () => {
    const tried = patience.tell(limit)
    tried(false)
    clock.advance(5000)
    tried(true)
    clock.advance(3600_000)
    expect(given).toEqual(['605 s: nothing came for 600 s'])
  })

  it('of a notice that is not even tried, behind others or for want of a store, is given up after a minute', () => {
    patience.tell(limit)
    clock.advance(3600_000)
    expect(given).toEqual([`60 s: ${untold}`])
  })

  it('hears no more of a notice once the next block has come', () => {
    const tried = patience.tell(limit)
    patience.stop()
    expect(tried(false)).toBe(false)
    clock.advance(3600_000)
    expect(given).toEqual([])
  })
})
