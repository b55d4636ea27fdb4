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
  /** Calls `fire` once, `ms` from now. */
  after(ms: number, fire: () => void): Timer
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, fire) {
    const handle = setTimeout(fire, ms)
    return { stop: () => clearTimeout(handle) }
  },
}
