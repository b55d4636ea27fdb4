/** Tells whoever listens now; nothing is kept. A listener that throws does not keep the others from hearing. */
export class Bus<E> {
  readonly #listeners = new Set<(event: E) => void>()
  readonly #onFault: (error: unknown) => void

  /** @param onFault given what a listener threw */
  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault
  }

  /** The function returned ends it. */
  subscribe(listener: (event: E) => void): () => void {
    // Wrapped, so that one function subscribed twice is two subscriptions.
    const own = (event: E): void => listener(event)
    this.#listeners.add(own)
    return () => {
      this.#listeners.delete(own)
    }
  }

  publish(event: E): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event)
      } catch (error) {
        this.#onFault(error)
      }
    }
  }

  get listeners(): number {
    return this.#listeners.size
  }
}
