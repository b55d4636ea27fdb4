import { MediaError } from '../plane.ts'

/** Even ports of the range, handed out in turn: one that was just freed rests longest, so late packets of its last call find nobody. */
export class PortPool {
  readonly #free: number[] = []
  /** Bound by somebody else when they were tried last. */
  readonly #taken = new Set<number>()

  /** @throws MediaError `no-port` when there is no even port with an odd one above it */
  constructor(from: number, to: number) {
    if (!(from >= 1 && to <= 65535 && from <= to))
      throw new MediaError('no-port', `RTP ports ${from}-${to} are no range`)
    for (let port = from + (from % 2); port + 1 <= to; port += 2) this.#free.push(port)
    if (this.#free.length === 0)
      throw new MediaError('no-port', `RTP ports ${from}-${to} hold no even port and the next`)
  }

  get free(): number {
    return this.#free.length + this.#taken.size
  }

  take(): number | undefined {
    return this.#free.shift()
  }

  giveBack(port: number): void {
    this.#taken.delete(port)
    this.#free.push(port)
  }

  /** Somebody else holds it; it is tried again once the others are used up. */
  setAside(port: number): void {
    this.#taken.add(port)
  }

  /** Puts what was set aside back into play. @returns how many that were */
  retryTaken(): number {
    const count = this.#taken.size
    this.#free.push(...this.#taken)
    this.#taken.clear()
    return count
  }
}
