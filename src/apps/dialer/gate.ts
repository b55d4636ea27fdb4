import type { Clock, Timer } from '../../base/clock.ts'
import { type Deferred, deferred } from '../../base/deferred.ts'

/** What a call counts against: its trunk, its destination, all calls of the dialer. */
export interface Limit {
  readonly key: string
  /** At most so many leave in any second: a whole number, or less than one. Absent: as many as come. */
  readonly perSecond?: number
  /** At most so many are under way. Absent: any number. */
  readonly atOnce?: number
  /** Calls of others that take up the same room, which `atOnce` bounds then together with those that have not left yet. */
  readonly carried?: () => number
}

/** The place of one call in the order of those that were let in. */
export interface Ticket {
  /** Resolves when the call may leave: right then, since those behind it wait for `left`. Rejects once it was given up. */
  turn(): Promise<void>
  /** It has left. */
  left(): void
  /** It is over, or will not leave at all. Idempotent. */
  over(): void
}

/** Clocks of others run a little otherwise than ours, and packets catch up with each other. */
const guardMs = 30
/** Who is let in leaves within this time; what takes its time before a call can leave is done meanwhile. */
const aheadMs = 250
/** So many of one limit, or of all, may be about to leave. */
const mostAhead = 32

interface Door {
  limit: Limit
  /** Calls that are not over. */
  active: number
  /** Those of them that have not left. */
  inside: number
  /** When the last calls left, oldest first; as many as the rate allows in its period. */
  readonly left: number[]
}

interface Waiting {
  readonly doors: readonly Door[]
  state: 'preparing' | 'waiting' | 'leaving' | 'left' | 'over'
  readonly verdict: Deferred<'leave' | 'given_up'>
}

/** Lets calls in as far as limits allow, and out in the order in which they came in, at the rates of their limits. */
export class Gate {
  readonly #clock: Clock
  readonly #onRoom: () => void
  readonly #doors = new Map<string, Door>()
  /** Those that have not left, in their order. */
  readonly #order: Waiting[] = []
  #timer: Timer | undefined
  #closed = false

  /** @param onRoom called when one more may be let in */
  constructor(clock: Clock, onRoom: () => void) {
    this.#clock = clock
    this.#onRoom = onRoom
  }

  /** Calls that are not over, of this limit. */
  active(key: string): number {
    return this.#doors.get(key)?.active ?? 0
  }

  /**
   * 0 where one more may be let in now; else milliseconds until it is worth asking again, `Infinity` where that is to be told
   * by `onRoom`.
   */
  wait(limits: readonly Limit[]): number {
    if (this.#order.length >= mostAhead) return Number.POSITIVE_INFINITY
    return Math.max(0, ...limits.map((limit) => this.#waitFor(this.#door(limit))))
  }

  /** Lets one in, whether or not there is room. */
  enter(limits: readonly Limit[]): Ticket {
    const doors = limits.map((limit) => this.#door(limit))
    for (const door of doors) {
      door.active++
      door.inside++
    }
    const waiting: Waiting = { doors, state: 'preparing', verdict: deferred() }
    this.#order.push(waiting)
    return {
      turn: async () => {
        if (waiting.state === 'preparing') waiting.state = 'waiting'
        this.#pump()
        if ((await waiting.verdict.promise) === 'given_up') throw new Error('it was given up before its turn came')
      },
      left: () => this.#left(waiting),
      over: () => this.#over(waiting),
    }
  }

  /** Gives up all that have not left. */
  close(): void {
    this.#closed = true
    this.#timer?.stop()
    for (const waiting of [...this.#order]) this.#over(waiting)
  }

  #door(limit: Limit): Door {
    const door = this.#doors.get(limit.key)
    if (door !== undefined) {
      door.limit = limit
      return door
    }
    const made: Door = { limit, active: 0, inside: 0, left: [] }
    this.#doors.set(limit.key, made)
    return made
  }

  #waitFor(door: Door): number {
    const { limit, active, inside } = door
    if (inside >= mostAhead) return Number.POSITIVE_INFINITY
    if (limit.atOnce !== undefined) {
      // Others end without a word to us.
      if (limit.carried !== undefined && limit.carried() + inside >= limit.atOnce) return 500
      if (limit.carried === undefined && active >= limit.atOnce) return Number.POSITIVE_INFINITY
    }
    const now = this.#clock.now()
    return Math.max(0, leaves(door, inside, now) - now - aheadMs)
  }

  #left(waiting: Waiting): void {
    if (waiting.state === 'over' || waiting.state === 'left') return
    waiting.state = 'left'
    this.#forget(waiting)
    for (const door of waiting.doors) {
      const rate = rateOf(door.limit)
      if (rate === undefined) continue
      door.left.push(this.#clock.now())
      while (door.left.length > rate.calls) door.left.shift()
    }
    this.#pump()
    this.#onRoom()
  }

  #over(waiting: Waiting): void {
    if (waiting.state === 'over') return
    const gaveUp = waiting.state !== 'left'
    waiting.state = 'over'
    for (const door of waiting.doors) door.active--
    if (gaveUp) {
      this.#forget(waiting)
      waiting.verdict.resolve('given_up')
      this.#pump()
    }
    this.#onRoom()
  }

  #forget(waiting: Waiting): void {
    this.#order.splice(this.#order.indexOf(waiting), 1)
    for (const door of waiting.doors) door.inside--
  }

  /** Lets out whoever may leave; nobody overtakes another one of the same rate. */
  #pump(): void {
    this.#timer?.stop()
    if (this.#closed) return
    const now = this.#clock.now()
    const taken = new Set<Door>()
    let next = Number.POSITIVE_INFINITY
    for (const waiting of [...this.#order]) {
      const rated = waiting.doors.filter(({ limit }) => limit.perSecond !== undefined)
      if (waiting.state === 'waiting' && !rated.some((door) => taken.has(door))) {
        const at = Math.max(now, ...rated.map((door) => leaves(door, 0, now)))
        if (at <= now) {
          waiting.state = 'leaving'
          waiting.verdict.resolve('leave')
        } else next = Math.min(next, at)
      }
      for (const door of rated) taken.add(door)
    }
    if (next < Number.POSITIVE_INFINITY) this.#timer = this.#clock.after(next - now, () => this.#pump())
  }
}

interface Rate {
  readonly calls: number
  readonly periodMs: number
}

function rateOf({ perSecond }: Limit): Rate | undefined {
  if (perSecond === undefined) return undefined
  return perSecond >= 1
    ? { calls: Math.floor(perSecond), periodMs: 1000 + guardMs }
    : { calls: 1, periodMs: 1000 / perSecond + guardMs }
}

/** When the one behind `ahead` others may leave; `now` at the earliest. */
function leaves({ limit, left }: Door, ahead: number, now: number): number {
  const rate = rateOf(limit)
  if (rate === undefined) return now
  const times = [...left]
  for (let i = 0; ; i++) {
    const at = Math.max(now, earliest(times, rate))
    if (i === ahead) return at
    times.push(at)
  }
}

/** When the next may leave after these: a full period after the one that it pushes out of it, and not in a burst. */
function earliest(times: readonly number[], { calls, periodMs }: Rate): number {
  const last = times.at(-1)
  const pushed = times.at(-calls)
  const spread = last === undefined ? Number.NEGATIVE_INFINITY : last + (0.8 * periodMs) / calls
  return Math.max(spread, times.length < calls || pushed === undefined ? Number.NEGATIVE_INFINITY : pushed + periodMs)
}
