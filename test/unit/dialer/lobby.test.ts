import { describe, expect, it } from 'vitest'
import { Gate, type Limit } from '../../../src/apps/dialer/gate.ts'
import { Lobby } from '../../../src/apps/dialer/lobby.ts'
import { FakeClock } from '../../kit/fake-clock.ts'

const settle = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve()
}

function open() {
  const clock = new FakeClock()
  const gate: Gate = new Gate(clock, () => lobby.look())
  const lobby = new Lobby(gate, clock)
  const left: { readonly name: string; readonly at: number }[] = []
  const come = (name: string, limits: readonly Limit[], signal = new AbortController().signal) =>
    lobby
      .enter(() => limits, signal)
      .then(async (ticket) => {
        if (ticket === undefined) return 'given up'
        await ticket.turn()
        left.push({ name, at: clock.now() })
        ticket.left()
        return 'left'
      })
  const pass = async (ms: number): Promise<void> => {
    for (let at = 0; at < ms; at += 10) {
      clock.advance(10)
      await settle()
    }
  }
  return { clock, gate, lobby, left, come, pass }
}

const rate: Limit = { key: 'trunk', perSecond: 5 }

describe('calls that nobody planned', () => {
  it('leave at the rate of their trunk, in the order in which they came', async () => {
    const { left, come, pass } = open()
    const names = Array.from({ length: 50 }, (_, i) => String(i))
    for (const name of names) void come(name, [rate])

    await pass(11_000)

    const times = left.map(({ at }) => at)
    expect(left.map(({ name }) => name)).toEqual(names)
    expect(Math.max(...times.map((first) => times.filter((at) => at >= first && at < first + 1000).length))).toBe(5)
  })

  it('do not wait for those of another trunk', async () => {
    const { left, come, pass } = open()
    for (let i = 0; i < 50; i++) void come(`a${i}`, [rate])
    void come('b', [{ key: 'other', perSecond: 5 }])

    await pass(2000)

    expect(left.map(({ name }) => name).indexOf('b')).toBeLessThan(12)
  })

  it('come in by time though one of another trunk went in before and has not left yet', async () => {
    const { lobby, come, pass, left } = open()
    const seldom: Limit = { key: 'trunk', perSecond: 0.5 }
    void come('a', [seldom])
    void come('b', [seldom])
    await pass(100)
    const slow = lobby.enter(() => [{ key: 'other', perSecond: 5 }], new AbortController().signal)

    expect(await slow).toBeDefined()
    await pass(3000)

    expect(left.map(({ name }) => name)).toEqual(['a', 'b'])
  })

  it('are given up while they wait, and let the others go before', async () => {
    const { left, come, pass, lobby } = open()
    const first = Array.from({ length: 10 }, (_, i) => come(`a${i}`, [rate]))
    const giveUp = new AbortController()
    const given = come('given', [rate], giveUp.signal)
    const behind = come('behind', [rate])

    giveUp.abort()
    await pass(4000)

    expect(await given).toBe('given up')
    expect([await behind, left.map(({ name }) => name)]).toEqual(['left', [...first.map((_, i) => `a${i}`), 'behind']])
    const gone = new AbortController()
    gone.abort()
    expect(await come('late', [rate], gone.signal)).toBe('given up')
    for (let i = 0; i < 10; i++) void come(`b${i}`, [rate])
    const last = come('last', [rate])
    lobby.close()
    expect(await last).toBe('given up')
  })
})
