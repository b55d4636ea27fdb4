const SIZE = 128

/** Which of the last 128 indices were seen (RFC 3711 §3.3.2 asks for 64 at least). */
export class ReplayWindow {
  /** The highest index seen; -1 before the first. */
  highest = -1
  readonly #seen = new Uint8Array(SIZE)

  /** Seen before, or too old to be known. */
  has(index: number): boolean {
    if (index > this.highest) return false
    return this.highest - index >= SIZE || this.#seen[index % SIZE] === 1
  }

  add(index: number): void {
    if (index > this.highest) {
      if (index - this.highest >= SIZE) this.#seen.fill(0)
      else for (let i = this.highest + 1; i < index; i++) this.#seen[i % SIZE] = 0
      this.highest = index
    }
    this.#seen[index % SIZE] = 1
  }
}
