import type { DialerDesk } from '../api/ports.ts'
import type { CallingHours } from '../apps/scan/bounds.ts'
import type { ScanRun } from '../apps/scan/scan.ts'
import type { Clock } from '../base/clock.ts'
import { type Deferred, deferred } from '../base/deferred.ts'
import type { Logger } from '../base/log.ts'
import type { Address } from '../phone/address.ts'
import type { Call } from '../phone/call.ts'
import { type CallId, newId } from '../phone/id.ts'
import { Problem } from '../phone/problem.ts'
import type { EndCode } from '../phone/reason.ts'
import { openScanCalls, type PlannedCallRow } from '../store/planned-calls.ts'
import type { StoredScanCall } from '../store/shapes.ts'
import type { Store } from '../store/store.ts'
import type { RunningPhone } from './phone.ts'

/** A call of a scan, as the dialer is to place it. */
export interface ScanCall {
  readonly scan: string
  readonly to: Address
  readonly from: Address
  readonly seconds: number
  /** Of the scan itself. */
  readonly hours: CallingHours | undefined
}

export interface ScanCallsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly phone: Pick<RunningPhone, 'checkCallable'>
  readonly dialer: () => Pick<DialerDesk, 'plan' | 'cancel' | 'checkListed' | 'opens'>
}

interface Placing {
  readonly scan: string
  readonly run: ScanRun
  readonly over: Deferred<void>
  /** Absent until its row is in the store. */
  planned?: string
  canceled: boolean
  /** What the scan does on it, once it is answered. */
  work?: Promise<void>
}

const stopped = 'the scan was stopped'

/** Calls of scans: each is a planned call of the dialer, which a scan waits for. */
export class ScanCalls {
  readonly #options: ScanCallsOptions
  /** By their key. */
  readonly #placing = new Map<string, Placing>()
  #closing = false

  constructor(options: ScanCallsOptions) {
    this.#options = options
  }

  /** @throws Problem `destination_not_allowed`, `not_reachable` where it could not be called now or ever; it names `/number` */
  async check(to: Address): Promise<void> {
    const { phone, dialer } = this.#options
    await phone.checkCallable(to, '/number')
    await dialer().checkListed(to, '/number')
  }

  /** When the dialer may call this number; `undefined`: not within eight days. */
  opens(to: Address): Promise<number | undefined> {
    return this.#options.dialer().opens(to)
  }

  /** Resolves when the call is over. @throws Problem where it could not be placed */
  async place({ scan, to, from, seconds, hours }: ScanCall, run: ScanRun): Promise<void> {
    const { dialer, clock, phone } = this.#options
    this.#refuseLate()
    const key = newId('planned', clock.wall())
    const placing: Placing = { scan, run, over: deferred(), canceled: false }
    // Whoever waits for it is told below.
    placing.over.promise.catch(() => {})
    this.#placing.set(key, placing)
    try {
      await phone.checkCallable(to, '/number')
      const work: StoredScanCall = { kind: 'scan', scan, key }
      const row = await dialer().plan({ to, from, seconds, work, retry: {}, priority: 0, hours })
      placing.planned = row.id
      if (placing.canceled) this.#cancel(row.id)
      await placing.over.promise
    } finally {
      // The call has ended by then, or ends since the service does.
      await placing.work
      this.#placing.delete(key)
    }
  }

  /** Those of a scan that nobody has answered are not to be answered any more. */
  giveUp(scan: string): void {
    for (const placing of this.#placing.values()) {
      if (placing.scan !== scan || placing.work !== undefined || placing.canceled) continue
      placing.canceled = true
      if (placing.planned !== undefined) this.#cancel(placing.planned)
    }
  }

  /** The attempt leaves now. @throws Error where nobody waits for it any more */
  async leaving({ does }: PlannedCallRow, call: CallId): Promise<void> {
    if (does.kind !== 'scan') return
    const placing = this.#placing.get(does.key)
    if (placing === undefined || placing.canceled) throw new Error('its scan waits for it no more')
    await placing.run.begun(call)
  }

  /** What a scan does on its answered call. */
  async run(call: Call, { key }: StoredScanCall): Promise<void> {
    const placing = this.#placing.get(key)
    if (placing === undefined || placing.canceled)
      return call.hangup({ code: 'completed', by: 'operator', sentence: stopped })
    placing.work = placing.run.answered(call).catch(async (error: unknown) => {
      placing.over.reject(error)
      await call.hangup({ code: 'failed', sentence: 'a fault in the service ended the call; the log has it' })
    })
    await placing.work
  }

  /** The dialer is done with it. */
  over({ does, state, code, sentence }: PlannedCallRow): void {
    const placing = does.kind === 'scan' ? this.#placing.get(does.key) : undefined
    if (placing === undefined) return
    if (state !== 'done' && placing.work === undefined)
      placing.run.notAnswered({ code: code as EndCode, sentence: sentence ?? state })
    placing.over.resolve()
  }

  /** Those of the last run are planned no more: each scan goes on with calls of its own. To be called before the dialer starts. */
  async recover(): Promise<void> {
    const { store, dialer } = this.#options
    for (const { id, does } of await openScanCalls(store.db)) {
      if (does.kind !== 'scan' || this.#placing.has(does.key)) continue
      await dialer().cancel(id, 'the service ended before it was over; the scan goes on with another call')
    }
  }

  /** Those that were not answered wait no more; they are left for the next start. */
  close(): void {
    this.#closing = true
    for (const { over } of this.#placing.values()) over.reject(late())
  }

  #refuseLate(): void {
    if (this.#closing) throw late()
  }

  #cancel(planned: string): void {
    const { dialer, log } = this.#options
    dialer()
      .cancel(planned, stopped)
      .catch((err: unknown) => {
        // It was over, or somebody else was quicker.
        if (err instanceof Problem && err.code === 'call_ended') return
        log.error({ planned, err }, 'a call of a scan could not be given up')
      })
  }
}

const late = (): Problem => new Problem('shutting_down', 'The service is stopping and takes no more calls.')
