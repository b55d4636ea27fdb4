/** Failures from one address within the window that lead to a ban. */
const failuresToBan = 10
const windowMs = 60_000
const banMs = 600_000
/** For one extension at an address that may call anyway: there a mistyped password is more likely than a scanner. */
const trustedBanMs = 60_000
/** Addresses remembered at most; the oldest is forgotten first, so that a spoofed flood cannot fill the memory. */
const remembered = 10_000

interface Record {
  failures: number
  since: number
  bannedUntil: number
}

/** Who is banned: everybody at an address, or one extension at an address that the operator trusts. */
export interface Suspect {
  readonly address: string
  /** Given for a trusted address: its trunk calls and its other extensions go on. */
  readonly username?: string
}

const keyOf = ({ address, username }: Suspect): string => (username === undefined ? address : `${address} ${username}`)

/** Who fails to prove itself again and again is not heard for a while. Times are the clock's monotonic milliseconds. */
export class Bans {
  readonly #records = new Map<string, Record>()

  /** @returns true when this failure brought a ban */
  failed(suspect: Suspect, now: number): boolean {
    const key = keyOf(suspect)
    const known = this.#records.get(key)
    const record =
      known !== undefined && now - known.since <= windowMs ? known : { failures: 0, since: now, bannedUntil: 0 }
    record.failures++
    this.#records.delete(key)
    this.#records.set(key, record)
    if (this.#records.size > remembered) {
      const oldest = this.#records.keys().next()
      if (!oldest.done) this.#records.delete(oldest.value)
    }
    if (record.failures < failuresToBan || record.bannedUntil > now) return false
    record.bannedUntil = now + (suspect.username === undefined ? banMs : trustedBanMs)
    return true
  }

  succeeded(suspect: Suspect): void {
    this.#records.delete(keyOf(suspect))
  }

  banned(suspect: Suspect, now: number): boolean {
    const record = this.#records.get(keyOf(suspect))
    return record !== undefined && record.bannedUntil > now
  }
}
