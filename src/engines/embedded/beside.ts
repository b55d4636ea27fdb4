/** What runs beside the blocks of a call, to be stopped where the call is over and its party talks on. */
export class Beside {
  readonly #stops = new Set<() => void>()

  /** @param done settles when it is over by itself */
  add({ stop, done }: { stop(): void; readonly done?: Promise<unknown> }): void {
    this.#stops.add(stop)
    const forget = (): void => void this.#stops.delete(stop)
    done?.then(forget, forget)
  }

  stop(): void {
    for (const stop of this.#stops) stop()
  }
}
