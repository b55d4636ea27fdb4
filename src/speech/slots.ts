/** Lets at most `count` jobs run at once; the others wait in the order they came. */
export class Slots {
  readonly #count: number
  #taken = 0
  readonly #waiting: Array<() => void> = []

  constructor(count: number) {
    this.#count = count
  }

  /** Runs `job` when a slot is free. Rejects with the signal's reason when it aborts before that. */
  async run<T>(signal: AbortSignal, job: () => Promise<T>): Promise<T> {
    await this.#take(signal)
    try {
      return await job()
    } finally {
      this.#giveBack()
    }
  }

  #take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#taken < this.#count) {
      this.#taken++
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        const at = this.#waiting.indexOf(onFree)
        if (at >= 0) this.#waiting.splice(at, 1)
        reject(signal.reason as Error)
      }
      const onFree = () => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      }
      signal.addEventListener('abort', onAbort, { once: true })
      this.#waiting.push(onFree)
    })
  }

  #giveBack(): void {
    const next = this.#waiting.shift()
    // The slot passes straight on, so that a newcomer cannot overtake.
    if (next === undefined) this.#taken--
    else next()
  }
}
