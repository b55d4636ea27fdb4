/** A timer that was started and may be stopped. Stopping one that fired or was stopped does nothing. */
export interface Timer {
  stop(): void
}

/** The only source of time. Tests own one that stands still until it is told to move. */
export interface Clock {
  /** Monotonic milliseconds; comparable within one process only. */
  now(): number
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  wall(): number
  /** Calls `fire` once, `ms` from now, however long that is; never where it is `Infinity`. */
  after(ms: number, fire: () => void): Timer
}

/** What is longer does not fit into the 32 bits of a timer of Node, which fires it at once. */
const longestTimeout = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, fire) {
    let left = ms
    const arm = (): NodeJS.Timeout => {
      if (!(left > longestTimeout)) return setTimeout(fire, left)
      left -= longestTimeout
      return setTimeout(() => {
        handle = arm()
      }, longestTimeout)
    }
    let handle = arm()
    return { stop: () => clearTimeout(handle) }
  },
}
