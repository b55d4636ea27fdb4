interface Waiting<T> {
  readonly item: T
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Writes together what comes while a write is under way: one write costs about the same for one as for many. */
export class Group<T> {
  readonly #write: (items: readonly T[]) => Promise<void>
  #waiting: Waiting<T>[] = []
  #writing = false

  /** @param write all or none */
  constructor(write: (items: readonly T[]) => Promise<void>) {
    this.#write = write
  }

  /** Resolves when it is written. */
  add(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      if (!this.#writing) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#writing = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      await this.#settle(batch)
    }
    this.#writing = false
  }

  async #settle(batch: readonly Waiting<T>[]): Promise<void> {
    try {
      await this.#write(batch.map(({ item }) => item))
      for (const { resolve } of batch) resolve()
    } catch (error) {
      const [only, ...others] = batch
      if (others.length === 0) only?.reject(error)
      // One that cannot be written must not cost the others theirs.
      else for (const one of batch) await this.#settle([one])
    }
  }
}
