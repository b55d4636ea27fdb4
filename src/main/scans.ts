import type { ScanDesk, StartScan } from '../api/ports.ts'
import { defaultChoice, type ScanChoice } from '../apps/scan/bounds.ts'
import { type HearingAudio, Scan, type ScanPorts, type ScanResult, type ScanRun } from '../apps/scan/scan.ts'
import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { grow } from '../menu/scan/grow.ts'
import type { Hearing } from '../menu/scan/hearing.ts'
import { emptyTree, type ScanTree } from '../menu/scan/tree.ts'
import { addressKey } from '../phone/address.ts'
import type { Call } from '../phone/call.ts'
import type { ScanEventType, ServiceEvent } from '../phone/event.ts'
import { type Id, newId } from '../phone/id.ts'
import { Problem } from '../phone/problem.ts'
import {
  changeScan,
  getScan,
  hearingsOf,
  insertHearing,
  insertScan,
  lastScanOf,
  openScans,
  postponeScan,
  type ScanHearingRow,
  type ScanRow,
} from '../store/scans.ts'
import type { Store } from '../store/store.ts'
import type { StoreActions } from './actions.ts'
import type { PlaceRun, RunningPhone } from './phone.ts'

export interface ScansOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly bus: Bus<ServiceEvent>
  readonly phone: Pick<RunningPhone, 'placeRun' | 'settledCall'>
  readonly keeper: Pick<StoreActions, 'beginRecording' | 'endRecording' | 'discardRecording'>
  readonly note: ScanPorts['note']
  /** Why a number may not be scanned. */
  readonly forbids: (toKey: string) => string | undefined
}

interface Running {
  readonly scan: Scan
  readonly work: Promise<void>
}

/** Scans in the store, and those that run. */
export class Scans implements ScanDesk {
  readonly #options: ScansOptions
  readonly #running = new Map<string, Running>()
  #closing = false

  constructor(options: ScansOptions) {
    this.#options = options
  }

  async start({ to, from, name, choice }: StartScan): Promise<ScanRow> {
    const { store, clock, forbids } = this.#options
    const toKey = addressKey(to)
    const forbidden = forbids(toKey)
    if (forbidden !== undefined)
      throw new Problem('destination_not_allowed', forbidden, [{ field: '/number', sentence: forbidden }])
    const before = await lastScanOf(store.db, toKey)
    if (before?.state === 'running' || before?.state === 'waiting')
      throw new Problem('in_use', `The scan ${before.id} of ${toKey} is not over; stop it, or wait for its end.`)
    const wall = clock.wall()
    const at = new Date(wall)
    const row = await insertScan(store.db, {
      ...{ id: newId('scan', wall), toKey, to, from, name: name ?? null, choice, state: 'running', sentence: null },
      ...{ attempt: 0, calls: 0, callMs: 0, nextAt: null, previous: before?.id ?? null },
      ...{ createdAt: at, updatedAt: at, endedAt: null },
    })
    this.#begin(row, emptyTree)
    this.#tell('scan.updated', row.id)
    return row
  }

  /** One that is over, with bounds that may be wider now: what was heard stays. */
  async goOn(id: string): Promise<ScanRow> {
    const { store, forbids } = this.#options
    const row = await this.#known(id)
    const forbidden = forbids(row.toKey)
    if (forbidden !== undefined) throw new Problem('destination_not_allowed', forbidden)
    if (this.#running.has(id)) return row
    const change = { state: 'running', sentence: null, attempt: 0, nextAt: null, endedAt: null } as const
    const changed = (await changeScan(store.db, id, change, this.#now())) ?? row
    this.#begin(changed, await this.tree(id))
    this.#tell('scan.updated', id)
    return changed
  }

  async stop(id: string): Promise<ScanRow> {
    const row = await this.#known(id)
    const running = this.#running.get(id)
    if (running !== undefined) {
      running.scan.stop()
      await running.work
    } else if (row.state === 'waiting' || row.state === 'running') await this.#settle(id, { kind: 'stopped' })
    return this.#known(id)
  }

  liveCalls(id: string): number {
    return this.#running.get(id)?.scan.calls ?? 0
  }

  async tree(id: string): Promise<ScanTree> {
    const running = this.#running.get(id)
    if (running !== undefined) return running.scan.tree
    return growSlowly((await hearingsOf(this.#options.store.db, id)).map(hearingOf))
  }

  /** A job: its hour has come. */
  async wake(id: string): Promise<void> {
    if (this.#closing || this.#running.has(id)) return
    const row = await getScan(this.#options.store.db, id)
    if (row === undefined || (row.state !== 'waiting' && row.state !== 'running')) return
    const tree = await this.tree(id)
    if (this.#running.has(id)) return
    const changed = await changeScan(this.#options.store.db, id, { state: 'running', nextAt: null }, this.#now())
    if (changed !== undefined) this.#begin(changed, tree)
    this.#tell('scan.updated', id)
  }

  /** Goes on with scans that ran when the service ended; to be called once calls can be placed. */
  async recover(): Promise<void> {
    for (const { id, state } of await openScans(this.#options.store.db)) if (state === 'running') await this.wake(id)
  }

  /** Scans that run are left for the next start. */
  close(): void {
    this.#closing = true
  }

  async settled(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ work }) => work))
  }

  #begin(row: ScanRow, tree: ScanTree): void {
    const { id, attempt, calls, callMs } = row
    const { clock, log } = this.#options
    const choice: ScanChoice = { ...defaultChoice, ...row.choice }
    const scan = new Scan(choice, tree, { attempt, calls, callMs }, this.#portsOf(row))
    const work = this.#run(id, scan).catch((error: unknown) => {
      log.error({ scan: id, err: error }, 'a scan ended with a fault; it goes on after the next start')
      this.#running.delete(id)
    })
    this.#running.set(id, { scan, work })
    log.info({ scan: id, to: row.toKey, at: clock.wall() }, 'a scan runs')
  }

  async #run(id: string, scan: Scan): Promise<void> {
    // The request that began it is answered first.
    await Promise.resolve()
    const result = await scan.run()
    this.#running.delete(id)
    if (!this.#closing) await this.#settle(id, result)
  }

  async #settle(id: string, result: ScanResult): Promise<void> {
    const { store, log } = this.#options
    const now = this.#now()
    log.info({ scan: id, ...result }, 'a scan pauses')
    switch (result.kind) {
      case 'waiting': {
        await postponeScan(store.db, id, { nextAt: new Date(result.until), sentence: result.sentence }, now)
        return this.#tell('scan.updated', id)
      }
      case 'stopped':
        await changeScan(store.db, id, { state: 'stopped', sentence: null, nextAt: null, endedAt: now }, now)
        return this.#tell('scan.ended', id)
      case 'done':
      case 'failed':
        await changeScan(store.db, id, { state: result.kind, sentence: result.sentence, endedAt: now }, now)
        return this.#tell('scan.ended', id)
    }
  }

  #portsOf({ id, to, from, choice }: ScanRow): ScanPorts {
    const { store, clock, log, note } = this.#options
    const { ringSeconds } = { ...defaultChoice, ...choice }
    return {
      ...{ clock, log, note },
      place: (run) => this.#place({ to, from, seconds: ringSeconds }, run),
      record: (call) => this.#record(call),
      keep: async (hearing, audio) => {
        const row = rowOf(id, hearing, audio, clock.wall())
        await insertHearing(store.db, row)
        this.#tell('scan.heard', id)
        return row.id
      },
      standing: async (standing) => {
        await changeScan(store.db, id, standing, this.#now())
        this.#tell('scan.updated', id)
      },
    }
  }

  async #place(to: Pick<PlaceRun, 'to' | 'from' | 'seconds'>, run: ScanRun): Promise<void> {
    const { phone } = this.#options
    const { id } = await phone.placeRun({
      ...to,
      begun: (call) => run.begun(call),
      ringing: () => {},
      answered: (call) => run.answered(call),
      notAnswered: (end) => run.notAnswered(end),
    })
    await phone.settledCall(id)
  }

  async #record(call: Call): Promise<string> {
    const { keeper, log } = this.#options
    const { id, path } = await keeper.beginRecording(call.id)
    const monitor = await call.monitor({ id, path, channels: 'stereo' }).catch(async (error: unknown) => {
      await keeper.discardRecording(id)
      throw error
    })
    void monitor.done
      .then((recording) => keeper.endRecording(recording))
      .catch((error: unknown) => log.error({ call: call.id, err: error }, 'the recording of a scan was not kept'))
    return id
  }

  async #known(id: string): Promise<ScanRow> {
    const row = await getScan(this.#options.store.db, id)
    if (row === undefined) throw new Problem('not_found', `There is no scan ${id}.`)
    return row
  }

  #now(): Date {
    return new Date(this.#options.clock.wall())
  }

  #tell(type: ScanEventType, scan: string): void {
    const { bus, clock } = this.#options
    bus.publish({ type, at: clock.wall(), scan: scan as Id<'scan'> })
  }
}

const rowOf = (
  scanId: string,
  { way, words, tones, music, hungUp, silentMs, bySound }: Omit<Hearing, 'id'>,
  { call, recording, fromMs, toMs }: HearingAudio,
  wall: number,
): Omit<ScanHearingRow, 'seq'> => ({
  ...{ id: newId('hearing', wall), scanId, way, words, tones, music, hungUp, silentMs },
  ...{ bySound: bySound ?? null, callId: call, recordingId: recording ?? null, fromMs, toMs, at: new Date(wall) },
})

const hearingOf = ({ id, way, words, tones, music, hungUp, silentMs, bySound }: ScanHearingRow): Hearing => ({
  ...{ id, way, words, tones, music, hungUp, silentMs },
  ...(bySound === null ? {} : { bySound }),
})

/** Calls in progress are not to wait for hundreds of prompts. */
async function growSlowly(hearings: readonly Hearing[]): Promise<ScanTree> {
  let tree = emptyTree
  for (const hearing of hearings) {
    tree = grow(tree, hearing)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return tree
}
