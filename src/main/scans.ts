import type { ScanDesk, StartScan } from '../api/ports.ts'
import { defaultChoice, type ScanChoice } from '../apps/scan/bounds.ts'
import { type HearingAudio, Scan, type ScanPorts, type ScanResult } from '../apps/scan/scan.ts'
import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { Turns } from '../base/turns.ts'
import { grow } from '../menu/scan/grow.ts'
import type { Hearing } from '../menu/scan/hearing.ts'
import { emptyTree, type ScanTree } from '../menu/scan/tree.ts'
import { type Address, addressKey } from '../phone/address.ts'
import type { Call } from '../phone/call.ts'
import type { ScanEventType, ServiceEvent } from '../phone/event.ts'
import { type Id, newId } from '../phone/id.ts'
import { noRecogniser } from '../phone/listen.ts'
import { Problem } from '../phone/problem.ts'
import { conflictOf } from '../store/conflict.ts'
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
import type { ScanCalls } from './scan-calls.ts'
import { soundOfHearing } from './scan-sound.ts'

export interface ScansOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  readonly bus: Bus<ServiceEvent>
  readonly calls: Pick<ScanCalls, 'check' | 'opens' | 'place' | 'giveUp' | 'close'>
  readonly keeper: Pick<StoreActions, 'beginRecording' | 'endRecording' | 'discardRecording'>
  readonly note: ScanPorts['note']
  /** Why a number may not be scanned. */
  readonly forbids: (to: Address) => string | undefined
  /** Whether words can be had of calls. */
  readonly hears: () => boolean
}

interface Running {
  readonly scan: Scan
  /** Until its end is in the store. */
  readonly work: Promise<void>
  /** It places no further call; only its end is still to be written. */
  over: boolean
}

/** Scans in the store, and those that run. */
export class Scans implements ScanDesk {
  readonly #options: ScansOptions
  readonly #running = new Map<string, Running>()
  /** What begins or ends one scan follows what did so before. */
  readonly #turns = new Turns()
  #closing = false

  constructor(options: ScansOptions) {
    this.#options = options
  }

  async start({ to, from, name, choice }: StartScan): Promise<ScanRow> {
    const { store, clock } = this.#options
    const toKey = addressKey(to)
    await this.#refuse(to)
    const before = await lastScanOf(store.db, toKey)
    if (before?.state === 'running' || before?.state === 'waiting')
      throw new Problem('in_use', `The scan ${before.id} of ${toKey} is not over; stop it, or wait for its end.`)
    const wall = clock.wall()
    const at = new Date(wall)
    const fresh: ScanRow = {
      ...{ id: newId('scan', wall), toKey, to, from, name: name ?? null, choice, state: 'running', sentence: null },
      ...{ attempt: 0, calls: 0, callMs: 0, nextAt: null, previous: before?.id ?? null },
      ...{ createdAt: at, updatedAt: at, endedAt: null },
    }
    const row = await onlyOpen(toKey, insertScan(store.db, fresh))
    await this.#turns.take(row.id, async () => this.#begin(row, emptyTree))
    this.#tell('scan.updated', row.id)
    return row
  }

  /** One that is over, with bounds that may be wider now: what was heard stays. */
  async goOn(id: string): Promise<ScanRow> {
    return this.#turns.take(id, async () => {
      const { to, toKey } = await this.#known(id)
      if (await this.#stillRuns(id)) return this.#known(id)
      await this.#refuse(to)
      const change = { state: 'running', sentence: null, attempt: 0, nextAt: null, endedAt: null } as const
      const changed = await onlyOpen(toKey, changeScan(this.#options.store.db, id, change, this.#now()))
      if (changed === undefined) throw unknownScan(id)
      this.#begin(changed, await this.tree(id))
      this.#tell('scan.updated', id)
      return changed
    })
  }

  async stop(id: string): Promise<ScanRow> {
    return this.#turns.take(id, async () => {
      const running = this.#running.get(id)
      running?.scan.stop()
      await running?.work
      const { state } = await this.#known(id)
      // One that waits, or that a fault has ended.
      if (state === 'waiting' || state === 'running') await this.#settle(id, { kind: 'stopped' })
      return this.#known(id)
    })
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
  wake(id: string): Promise<void> {
    return this.#turns.take(id, async () => {
      if (this.#closing || (await this.#stillRuns(id))) return
      const row = await getScan(this.#options.store.db, id)
      if (row === undefined || (row.state !== 'waiting' && row.state !== 'running')) return
      const tree = await this.tree(id)
      const changed = await changeScan(this.#options.store.db, id, { state: 'running', nextAt: null }, this.#now())
      if (changed !== undefined) this.#begin(changed, tree)
      this.#tell('scan.updated', id)
    })
  }

  /** Goes on with scans that ran when the service ended; to be called once calls can be placed. */
  async recover(): Promise<void> {
    for (const { id, state } of await openScans(this.#options.store.db)) if (state === 'running') await this.wake(id)
  }

  /** Scans that run are left for the next start. */
  close(): void {
    this.#closing = true
    this.#options.calls.close()
  }

  async settled(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ work }) => work))
  }

  /** One whose end is only still to be written is waited for. */
  async #stillRuns(id: string): Promise<boolean> {
    const running = this.#running.get(id)
    if (running?.over === true) await running.work
    return this.#running.has(id)
  }

  /** @throws Problem `not_supported`, `destination_not_allowed`, `not_reachable` */
  async #refuse(to: Address): Promise<void> {
    const { calls, forbids, hears } = this.#options
    refuseDeaf(hears())
    refuseForbidden(forbids(to))
    await calls.check(to)
  }

  #begin(row: ScanRow, tree: ScanTree): void {
    const { id, attempt, calls, callMs } = row
    const { clock, log } = this.#options
    const choice: ScanChoice = { ...defaultChoice, ...row.choice }
    const scan = new Scan(choice, tree, { attempt, calls, callMs }, this.#portsOf(row))
    const running: Running = {
      ...{ scan, over: false },
      work: Promise.resolve()
        // The request that began it is answered first.
        .then(() => this.#run(id, running))
        .catch((error: unknown) => {
          log.error({ scan: id, err: error }, 'a scan ended with a fault; it goes on after the next start')
        })
        .finally(() => this.#running.delete(id)),
    }
    this.#running.set(id, running)
    log.info({ scan: id, to: row.toKey, at: clock.wall() }, 'a scan runs')
  }

  async #run(id: string, running: Running): Promise<void> {
    try {
      const result = await running.scan.run()
      running.over = true
      if (!this.#closing) await this.#settle(id, result)
    } finally {
      running.over = true
    }
  }

  async #settle(id: string, result: ScanResult): Promise<void> {
    const { store, log } = this.#options
    const now = this.#now()
    log.info({ scan: id, ...result }, result.kind === 'waiting' ? 'a scan waits' : 'a scan is over')
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
    const { store, clock, log, note, calls, forbids, hears } = this.#options
    const { ringSeconds, hours }: ScanChoice = { ...defaultChoice, ...choice }
    return {
      ...{ clock, log, note },
      opens: () => calls.opens(to),
      place: async (run) => {
        // One that went on after a restart may have been denied since it began, and the recogniser may be gone.
        refuseDeaf(hears())
        refuseForbidden(forbids(to))
        await calls.place({ scan: id, to, from, seconds: ringSeconds, hours }, run)
      },
      giveUp: () => calls.giveUp(id),
      record: (call) => this.#record(call),
      keep: async (hearing, audio) => {
        const row = rowOf(id, hearing, audio, clock.wall())
        await insertHearing(store.db, row)
        this.#tell('scan.heard', id)
        return row.id
      },
      kept: async () =>
        (await hearingsOf(store.db, id)).map((row) => ({
          hearing: hearingOf(row),
          sound: (toMs) => soundOfHearing(store, row, toMs),
        })),
      standing: async (standing) => {
        await changeScan(store.db, id, standing, this.#now())
        this.#tell('scan.updated', id)
      },
    }
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
    if (row === undefined) throw unknownScan(id)
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

function refuseForbidden(sentence: string | undefined): void {
  if (sentence !== undefined) throw new Problem('destination_not_allowed', sentence, [{ field: '/number', sentence }])
}

function refuseDeaf(hears: boolean): void {
  if (!hears) throw new Problem('not_supported', noRecogniser)
}

const unknownScan = (id: string): Problem => new Problem('not_found', `There is no scan ${id}.`)

/** Two scans of one number would find the same tree twice, and each other's calls busy; two that are asked for at once, too. */
async function onlyOpen<T>(toKey: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (conflictOf(error)?.constraint !== 'scans_one_open') throw error
    throw new Problem('in_use', `A scan of ${toKey} is not over; stop it, or wait for its end.`)
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
