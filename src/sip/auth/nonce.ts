import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'

export type NonceState = 'fresh' | 'expired' | 'foreign'

const headBytes = 16
const macBytes = 16

/**
 * Nonces that need no table: 8 bytes of time, 8 random bytes and an HMAC over both and the realm, in base64url.
 * One made by another process is `foreign` unless both were given the same secret.
 */
export class NonceMint {
  readonly #secret: Buffer
  readonly #realm: string
  readonly #clock: Clock
  readonly #lifeMs: number

  constructor(options: { realm: string; clock: Clock; lifeSeconds: number; secret?: Buffer }) {
    this.#secret = options.secret ?? randomBytes(32)
    this.#realm = options.realm
    this.#clock = options.clock
    this.#lifeMs = options.lifeSeconds * 1000
  }

  issue(): string {
    const head = Buffer.alloc(headBytes)
    head.writeDoubleBE(this.#clock.wall(), 0)
    randomBytes(8).copy(head, 8)
    return Buffer.concat([head, this.#mac(head)]).toString('base64url')
  }

  check(nonce: string): NonceState {
    const bytes = Buffer.from(nonce, 'base64url')
    // The decoder skips characters that are not base64url, so one nonce would have many spellings, each with its own count.
    if (bytes.length !== headBytes + macBytes || bytes.toString('base64url') !== nonce) return 'foreign'
    const head = bytes.subarray(0, headBytes)
    if (!timingSafeEqual(this.#mac(head), bytes.subarray(headBytes))) return 'foreign'
    const age = this.#clock.wall() - head.readDoubleBE(0)
    // A clock that was set back makes nonces look as if from the future: those are over, too.
    return age >= 0 && age < this.#lifeMs ? 'fresh' : 'expired'
  }

  #mac(head: Buffer): Buffer {
    return createHmac('sha256', this.#secret).update(head).update(this.#realm, 'utf8').digest().subarray(0, macBytes)
  }
}

interface Seen {
  highest: number
  /** Bit i: `highest - i` was used. */
  window: number
  forgetAt: number
}

const windowBits = 32

/**
 * Which nonce counts were used, so that a request that was overheard cannot be sent again. A window of 32 lets datagrams
 * overtake each other. Filled only by
 * requests whose digest was right; when `limit` nonces are in use a new one is refused until an old one ends.
 */
export class NonceCounts {
  readonly #seen = new Map<string, Seen>()
  readonly #clock: Clock
  readonly #lifeMs: number
  readonly #limit: number

  constructor(options: { clock: Clock; lifeSeconds: number; limit?: number }) {
    this.#clock = options.clock
    this.#lifeMs = options.lifeSeconds * 1000
    this.#limit = options.limit ?? 100_000
  }

  get size(): number {
    return this.#seen.size
  }

  /** Whether `count` is used for the first time with this nonce; marks it as used. */
  use(nonce: string, count: number): boolean {
    const now = this.#clock.now()
    const seen = this.#seen.get(nonce)
    if (seen === undefined) {
      this.#forgetOld(now)
      if (this.#seen.size >= this.#limit) return false
      this.#seen.set(nonce, { highest: count, window: 1, forgetAt: now + this.#lifeMs })
      return true
    }
    const behind = seen.highest - count
    if (behind >= windowBits) return false
    if (behind >= 0) {
      const bit = 2 ** behind
      if (Math.floor(seen.window / bit) % 2 === 1) return false
      seen.window += bit
      return true
    }
    const ahead = -behind
    seen.window = ahead >= windowBits ? 1 : ((seen.window * 2 ** ahead) % 2 ** windowBits) + 1
    seen.highest = count
    return true
  }

  // Entries stand in the order of their first use, which is the order in which they end.
  #forgetOld(now: number): void {
    for (const [nonce, seen] of this.#seen) {
      if (seen.forgetAt > now) return
      this.#seen.delete(nonce)
    }
  }
}
