type Release = () => void | Promise<void>

/**
 * Owns what must be closed: timers, sockets, files, listeners and child scopes.
 * Closing releases in reverse order, each release once, and goes on past a release that throws;
 * the first error is thrown at the end. What is added to a closed scope is released at once.
 */
export class Scope {
  readonly name: string
  readonly #releases = new Map<symbol, { label: string; release: Release }>()
  #closing: Promise<void> | undefined

  constructor(name: string) {
    this.name = name
  }

  get closed(): boolean {
    return this.#closing !== undefined
  }

  /** Registers a release; the function returned forgets it (the thing closed by itself). */
  add(label: string, release: Release): () => void {
    if (this.closed) {
      void Promise.resolve(release())
      return () => {}
    }
    const key = Symbol(label)
    this.#releases.set(key, { label, release })
    return () => {
      this.#releases.delete(key)
    }
  }

  child(name: string): Scope {
    const scope = new Scope(`${this.name}/${name}`)
    const forget = this.add(name, () => scope.close())
    scope.add('forget in parent', forget)
    return scope
  }

  /** What is still open, for the leak check: labels, children as `child: n`. */
  open(): string[] {
    return [...this.#releases.values()].map((r) => r.label).filter((label) => label !== 'forget in parent')
  }

  close(): Promise<void> {
    this.#closing ??= this.#releaseAll()
    return this.#closing
  }

  async #releaseAll(): Promise<void> {
    const errors: unknown[] = []
    for (const [key, { release }] of [...this.#releases].reverse()) {
      this.#releases.delete(key)
      try {
        await release()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw errors[0]
  }
}
