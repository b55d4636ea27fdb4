/** Failures from one address within the window that lead to a ban. */
const failuresToBan = 10
const windowMs = 60_000
const banMs = 600_000
/** Addresses remembered at most; the oldest is forgotten first, so that a spoofed flood cannot fill the memory. */
const remembered = 10_000

interface Record {
  failures: number
  since: number
  bannedUntil: number
}

/** Who fails to prove itself again and again is not heard for a while. Times are the clock's monotonic milliseconds. */
export class Bans {
  readonly #records = new Map<string, Record>()

  /** @returns true when this failure brought a ban */
  failed(address: string, now: number): boolean {
    const known = this.#records.get(address)
    const record =
      known !== undefined && now - known.since <= windowMs ? known : { failures: 0, since: now, bannedUntil: 0 }
    record.failures++
    this.#records.delete(address)
    this.#records.set(address, record)
    if (this.#records.size > remembered) {
      const oldest = this.#records.keys().next()
      if (!oldest.done) this.#records.delete(oldest.value)
    }
    if (record.failures < failuresToBan || record.bannedUntil > now) return false
    record.bannedUntil = now + banMs
    return true
  }

  succeeded(address: string): void {
    this.#records.delete(address)
  }

  banned(address: string, now: number): boolean {
    const record = this.#records.get(address)
    return record !== undefined && record.bannedUntil > now
  }
}
