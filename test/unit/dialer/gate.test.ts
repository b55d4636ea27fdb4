import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Gate, type Limit } from '../../../src/apps/dialer/gate.ts'
import { FakeClock } from '../../kit/fake-clock.ts'

/** Lets promises go on that have settled. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve()
}

interface Left {
  readonly name: string
  readonly at: number
}

/** Calls that wait to be let in, each with its limits; those let in need a while to prepare. */
async function offer(
  clock: FakeClock,
  calls: readonly { readonly name: string; readonly limits: readonly Limit[]; readonly preparesMs: number }[],
  forMs: number,
): Promise<Left[]> {
  const left: Left[] = []
  const queue = [...calls]
  const gate = new Gate(clock, () => {})
  for (let at = 0; at < forMs; at += 5) {
    while (queue[0] !== undefined && gate.wait(queue[0].limits) === 0) {
      const { name, limits, preparesMs } = queue.shift()!
      const ticket = gate.enter(limits)
      clock.after(preparesMs, () => {
        void ticket.turn().then(() => {
          left.push({ name, at: clock.now() })
          ticket.left()
        })
      })
    }
    clock.advance(5)
    await settle()
  }
  gate.close()
  return left
}

const mostInASecond = (times: readonly number[]): number =>
  Math.max(0, ...times.map((first) => times.filter((at) => at >= first && at < first + 1000).length))

describe('the gate', () => {
  it('lets out five in every second, in order, when fifty come', async () => {
    const limits = [{ key: 'trunk', perSecond: 5 }]
    const calls = Array.from({ length: 50 }, (_, i) => ({ name: String(i), limits, preparesMs: (i * 37) % 60 }))

    const left = await offer(new FakeClock(), calls, 12_000)

    expect(left.map(({ name }) => name)).toEqual(calls.map(({ name }) => name))
    expect(mostInASecond(left.map(({ at }) => at))).toBe(5)
    expect(left.at(-1)!.at).toBeLessThan(10_500)
  })

  it('holds every rate and the order within each, whatever comes', async () => {
    const rates: Limit[] = [
      { key: 'a', perSecond: 1 },
      { key: 'b', perSecond: 4 },
      { key: 'c', perSecond: 0.5 },
      { key: 'd' },
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ of: fc.subarray([0, 1, 2, 3], { minLength: 1 }), preparesMs: fc.nat(80) }), {
          maxLength: 25,
        }),
        async (drawn) => {
          const calls = drawn.map(({ of, preparesMs }, i) => ({
            ...{ name: String(i), preparesMs, limits: of.map((k) => rates[k]!) },
          }))
          const left = await offer(new FakeClock(), calls, 60_000)

          expect(left).toHaveLength(calls.length)
          for (const { key, perSecond } of rates) {
            const ofKey = left.filter(({ name }) => calls[Number(name)]!.limits.some((limit) => limit.key === key))
            if (perSecond === undefined) continue
            expect(ofKey.map(({ name }) => Number(name))).toEqual(
              [...ofKey].map(({ name }) => Number(name)).sort((x, y) => x - y),
            )
            expect(mostInASecond(ofKey.map(({ at }) => at))).toBeLessThanOrEqual(Math.max(1, perSecond))
          }
        },
      ),
      { numRuns: 30 },
    )
  })

  it('lets out with a clock that goes on between two looks at it', async () => {
    const clock = new FakeClock()
    let looks = 0
    const ticking = { ...clock, now: () => clock.now() + ++looks / 1000, wall: () => 0, after: clock.after.bind(clock) }
    const ticket = new Gate(ticking, () => {}).enter([{ key: 'trunk', perSecond: 5 }])
    let out = false
    void ticket.turn().then(() => {
      out = true
    })
    await settle()

    expect(out).toBe(true)
  })

  it('bounds calls at once, and tells when there is room again', () => {
    let rooms = 0
    const gate = new Gate(new FakeClock(), () => rooms++)
    const limits = [{ key: 'all', atOnce: 2 }]
    const first = gate.enter(limits)
    gate.enter(limits)

    expect(gate.wait(limits)).toBe(Number.POSITIVE_INFINITY)
    first.over()
    first.over()

    expect([gate.wait(limits), gate.active('all'), rooms]).toEqual([0, 1, 1])
  })

  it('counts the calls of others on a trunk', () => {
    let carried = 19
    const gate = new Gate(new FakeClock(), () => {})
    const limits = [{ key: 'trunk', atOnce: 20, carried: () => carried }]
    const before = gate.wait(limits)
    gate.enter(limits)

    expect([before, gate.wait(limits)]).toEqual([0, 500])
    carried = 0
    expect(gate.wait(limits)).toBe(0)
  })

  it('goes on past one that is given up before its turn', async () => {
    const clock = new FakeClock()
    const gate = new Gate(clock, () => {})
    const limits = [{ key: 'trunk', perSecond: 1 }]
    const [first, second] = [gate.enter(limits), gate.enter(limits)]
    const gone = first.turn()
    const next = second.turn()
    first.over()

    await expect(gone).resolves.toBeUndefined()
    await expect(next).resolves.toBeUndefined()
    const third = gate.enter(limits)
    const never = third.turn()
    gate.close()
    await expect(never).rejects.toThrow('given up')
    expect(clock.waiting).toBe(0)
  })
})
