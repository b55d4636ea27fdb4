import type { Leg } from './leg.ts'

/** Calls that each trunk carries now, in both directions. */
export class TrunkLoad {
  readonly #carried = new Map<string, number>()

  /** @param trunk its id */
  of(trunk: string): number {
    return this.#carried.get(trunk) ?? 0
  }

  /** Counts the leg until it has ended. */
  carry(trunk: string, leg: Leg): void {
    this.#carried.set(trunk, this.of(trunk) + 1)
    void leg.ended.then(() => {
      const left = this.of(trunk) - 1
      if (left > 0) this.#carried.set(trunk, left)
      else this.#carried.delete(trunk)
    })
  }
}
