import type { ScanRun } from '../../src/apps/scan/scan.ts'
import type { PlaceRun } from '../../src/main/phone.ts'
import type { ScanCall } from '../../src/main/scan-calls.ts'
import { type CallId, newId } from '../../src/phone/id.ts'
import type { CallEnd, EndCode } from '../../src/phone/reason.ts'
import type { FakeClock } from './fake-clock.ts'

interface PlacedCall {
  readonly id: CallId
  readonly run: Pick<PlaceRun, 'notAnswered'>
  /** What a scan asked for. */
  readonly scanCall?: ScanCall
}

/** Calls that an app placed in a test of the API alone: they ring until the test says how they end. */
export class DeskCalls {
  readonly placed: PlacedCall[] = []
  refuse: Error | undefined
  /** Why no number may be scanned. */
  forbidden: string | undefined
  /** There is no recogniser. */
  deaf = false
  readonly #clock: FakeClock
  readonly #over = new Map<CallId, { readonly settled: Promise<void>; settle(): void }>()
  /** How often those of a scan were given up. */
  readonly #gaveUp = new Map<string, number>()
  #waiting: (() => void)[] = []

  constructor(clock: FakeClock) {
    this.#clock = clock
  }

  placeRun = async (run: PlaceRun): Promise<{ readonly id: CallId }> => {
    const id = this.#next()
    run.begun(id, this.#clock.wall())
    this.#rings({ id, run })
    return { id }
  }

  checkOpen = async (): Promise<void> => {}

  /** A call of a scan. */
  place = async (scanCall: ScanCall, run: ScanRun): Promise<void> => {
    const { scan } = scanCall
    const id = this.#next()
    const before = this.#gaveUp.get(scan)
    await run.begun(id)
    this.#rings({ id, scanCall, run })
    // Given up before it rang.
    if (this.#gaveUp.get(scan) !== before) await this.hangUp(id)
    await this.settledCall(id)
  }

  check = async (): Promise<void> => this.checkCallable()

  opens = async (): Promise<number> => this.#clock.wall()

  giveUp = (scan: string): void => {
    this.#gaveUp.set(scan, (this.#gaveUp.get(scan) ?? 0) + 1)
    for (const { id, scanCall } of this.placed) if (scanCall?.scan === scan && this.#over.has(id)) void this.hangUp(id)
  }

  close = (): void => {}

  checkCallable = async (): Promise<void> => {
    if (this.refuse !== undefined) throw this.refuse
  }

  hangUp = async (id: CallId): Promise<boolean> => {
    const index = this.placed.findIndex((call) => call.id === id)
    this.end(index, 'canceled', 'The call was given up.')
    return true
  }

  settledCall = async (id: CallId): Promise<void> => this.#over.get(id)?.settled

  #next(): CallId {
    if (this.refuse !== undefined) throw this.refuse
    const id = newId('call', this.#clock.wall())
    let settle = (): void => {}
    const settled = new Promise<void>((resolve) => {
      settle = resolve
    })
    this.#over.set(id, { settled, settle })
    return id
  }

  #rings(call: PlacedCall): void {
    this.placed.push(call)
    for (const told of this.#waiting.splice(0)) told()
  }

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
    this.#over.delete(id)
  }
}
