/** Work on one thing, one after the other in the order in which it was asked for; work on others goes on beside it. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  /** Things that work is done on. */
  get size(): number {
    return this.#last.size
  }

  /** @returns what the work returns or throws */
  take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(key) ?? Promise.resolve()).then(work)
    const over = turn
      .then(
        () => {},
        // Whoever asked for it is told.
        () => {},
      )
      .finally(() => {
        if (this.#last.get(key) === over) this.#last.delete(key)
      })
    this.#last.set(key, over)
    return turn
  }

  /** Resolves when none is left. */
  async settled(): Promise<void> {
    while (this.#last.size > 0) await Promise.all(this.#last.values())
  }
}
