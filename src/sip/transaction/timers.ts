/** RFC 3261 §17.1.1.1: milliseconds. */
export interface Times {
  /** Estimated round trip. */
  readonly t1: number
  /** Longest interval between two tries of a non-INVITE request or an INVITE response. */
  readonly t2: number
  /** How long a message may stay in the network. */
  readonly t4: number
}

export const defaultTimes: Times = { t1: 500, t2: 4000, t4: 5000 }

/**
 * The letters of RFC 3261 table 4 and RFC 6026 §8.2 (L, M); C belongs to proxies. Ours beside them:
 * `trying` sends 100 when the user was silent (§17.2.1), `cancel` waits for the end of a cancelled INVITE (§9.1),
 * `answer` ends a non-INVITE request that the user never answered, when its client has given up (RFC 4320 §4.2).
 */
export type TimerName =
  | 'A'
  | 'B'
  | 'D'
  | 'E'
  | 'F'
  | 'G'
  | 'H'
  | 'I'
  | 'J'
  | 'K'
  | 'L'
  | 'M'
  | 'trying'
  | 'cancel'
  | 'answer'

/**
 * Table 4: how long a timer runs when first started. 0 means that the state it would end is left at once, or, for the
 * retransmissions A, E and G, that a reliable transport needs none.
 */
export function timerMs(timer: TimerName, reliable: boolean, times: Times): number {
  switch (timer) {
    case 'A':
    case 'E':
    case 'G':
      return reliable ? 0 : times.t1
    case 'B':
    case 'F':
    case 'H':
    case 'L':
    case 'M':
    case 'cancel':
    case 'answer':
      return 64 * times.t1
    case 'D':
      // At least 32 s: as long as the server may repeat its answer.
      return reliable ? 0 : Math.max(32_000, 64 * times.t1)
    case 'I':
    case 'K':
      return reliable ? 0 : times.t4
    case 'J':
      return reliable ? 0 : 64 * times.t1
    case 'trying':
      return 200
  }
}
