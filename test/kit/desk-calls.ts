import type { PlaceRun } from '../../src/main/phone.ts'
import { type CallId, newId } from '../../src/phone/id.ts'
import type { CallEnd, EndCode } from '../../src/phone/reason.ts'
import type { FakeClock } from './fake-clock.ts'

/** Calls that an app placed in a test of the API alone: they ring until the test says how they end. */
export class DeskCalls {
  readonly placed: { readonly id: CallId; readonly run: PlaceRun }[] = []
  refuse: Error | undefined
  readonly #clock: FakeClock
  readonly #over = new Map<CallId, { readonly settled: Promise<void>; settle(): void }>()
  #waiting: (() => void)[] = []

  constructor(clock: FakeClock) {
    this.#clock = clock
  }

  placeRun = async (run: PlaceRun): Promise<{ readonly id: CallId }> => {
    if (this.refuse !== undefined) throw this.refuse
    const id = newId('call', this.#clock.wall())
    let settle = (): void => {}
    const settled = new Promise<void>((resolve) => {
      settle = resolve
    })
    this.#over.set(id, { settled, settle })
    run.begun(id, this.#clock.wall())
    this.placed.push({ id, run })
    for (const told of this.#waiting.splice(0)) told()
    return { id }
  }

  checkCallable = async (): Promise<void> => {
    if (this.refuse !== undefined) throw this.refuse
  }

  hangUp = async (id: CallId): Promise<boolean> => {
    const index = this.placed.findIndex((call) => call.id === id)
    this.end(index, 'canceled', 'The call was given up.')
    return true
  }

  settledCall = async (id: CallId): Promise<void> => this.#over.get(id)?.settled

  /** Resolves once so many calls were placed. */
  async until(count: number): Promise<void> {
    while (this.placed.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** The call is not answered. */
  end(index: number, code: EndCode, sentence: string): void {
    const { id, run } = this.placed[index]!
    const end: CallEnd = { at: this.#clock.wall(), by: 'callee', code, q850: 17, sentence, chain: [] }
    run.notAnswered(end)
    this.#over.get(id)?.settle()
  }
}
