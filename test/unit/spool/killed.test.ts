import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import type { PlanCall } from '../../../src/api/ports.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { Scope } from '../../../src/base/scope.ts'
import { Outgoing } from '../../../src/main/spool/outgoing.ts'
import type { Address } from '../../../src/phone/address.ts'
import type { PlannedCallRow } from '../../../src/store/planned-calls.ts'
import { FakeClock } from '../../kit/fake-clock.ts'
import { notesOf, SpoolFolder } from '../../kit/spool-folder.ts'
import { KillableProcess } from './killable.ts'

// What is tested is between the steps on disk.
vi.mock('node:fs/promises', async (original) => {
  const { killableFiles } = await import('./killable.ts')
  return killableFiles(await original())
})

/** What becomes of a call: what who is called does, or the service before the call leaves. */
type Fate = 'answered' | 'busy' | 'canceled' | 'forbidden'

const somebody: Address = { kind: 'extension', username: '1001', raw: '1001' }

/** What outlives a process: the spool, the rows, and the phone that rang. */
class World {
  readonly spool: SpoolFolder
  readonly name: string
  readonly rows: PlannedCallRow[] = []
  /** Of rows whose attempt is under way. */
  readonly attempts = new Map<string, { placed: boolean; answered: boolean }>()
  readonly #fates: Fate[]
  rang = 0
  #wall = Date.now()

  constructor(spool: SpoolFolder, lines: readonly string[], fates: readonly Fate[]) {
    this.spool = spool
    this.name = this.spool.put(['Channel: PJSIP/1001', 'Application: Echo', 'RetryTime: 1', ...lines])
    this.#fates = [...fates]
  }

  get archived(): boolean {
    return existsSync(join(this.spool.spool.doneDir, this.name))
  }

  /** One process, until the file is archived or it is killed. */
  async serve(service: KillableProcess): Promise<void> {
    const clock = new FakeClock(this.#wall)
    const now = (): Date => new Date(clock.wall())
    const { spoolDir, doneDir } = this.spool.spool
    const outgoing = new Outgoing({
      ...{ spoolDir, doneDir, clock, log: silentLogger },
      read: async (_file, work) => ({ to: somebody, from: somebody, seconds: 30, work, retry: {}, priority: 0 }),
      plan: (call) => service.change(() => this.#plan(call, now())),
      cancel: async () => {},
      open: () => service.look(() => this.rows.filter(({ endedAt }) => endedAt === null)),
      lastOf: () => service.look(() => this.rows.at(-1)),
    })
    await service.run(async () => {
      await outgoing.recover()
      await this.#recover(service, outgoing, now())
      await outgoing.start()
      for (let seconds = 0; seconds < 20 && !this.archived; seconds++) {
        await outgoing.settled()
        const row = this.rows.find(({ state }) => state === 'waiting')
        if (row !== undefined) await this.#attempt(row, service, outgoing, now())
        await outgoing.settled()
        clock.advance(1000)
        while (clock.waiting === 0) await new Promise((resolve) => setImmediate(resolve))
      }
    })
    outgoing.close()
    this.#wall = clock.wall()
  }

  async outcome() {
    const { spoolDir, doneDir } = this.spool.spool
    const file = await this.spool.ended(this.name, 0)
    const folders = [
      spoolDir,
      ...readdirSync(doneDir, { withFileTypes: true })
        .filter((each) => each.isDirectory())
        .map(({ name }) => join(doneDir, name)),
    ]
    const notes = notesOf(file)
    return {
      ...{ status: file.status, notes, rang: this.rang, answered: this.rows.some(({ state }) => state === 'done') },
      left: folders.flatMap((folder) => readdirSync(folder)),
      aborts: notes.match(/AbortRetry/g)?.length ?? 0,
      starts: notes.match(/StartRetry/g)?.length ?? 0,
    }
  }

  #plan(call: PlanCall, now: Date): PlannedCallRow {
    const { to, from, seconds, priority, work } = call
    const row: PlannedCallRow = {
      ...{ id: `planned_${this.rows.length}`, seq: this.rows.length, state: 'waiting', toKey: '1001', lane: 'inside' },
      ...{ to, from, seconds, priority, does: work as PlannedCallRow['does'], account: null, retry: {}, retried: {} },
      ...{ hours: null, at: now, until: null, nextAt: now, sentence: null, code: null, attempts: 0, callId: null },
      ...{ scheduleId: null, createdAt: now, updatedAt: now, endedAt: null },
    }
    this.rows.push(row)
    return row
  }

  /** As `Dialer.start` and `DialAttempts.recover`. */
  async #recover(service: KillableProcess, outgoing: Outgoing, now: Date): Promise<void> {
    for (const row of this.rows) {
      const attempt = this.attempts.get(row.id)
      if (attempt === undefined) continue
      const { placed, answered } = attempt
      if (!placed) {
        await service.change(() => this.#settle(row, { state: 'waiting' }))
        continue
      }
      const end = answered
        ? ({ state: 'done', code: 'completed' } as const)
        : ({ state: 'failed', code: 'interrupted' } as const)
      await service.change(() => this.#settle(row, { ...end, endedAt: now }))
      outgoing.over(row)
    }
  }

  /** As `DialAttempts.begin`. */
  async #attempt(row: PlannedCallRow, service: KillableProcess, outgoing: Outgoing, now: Date): Promise<void> {
    const over = async (state: PlannedCallRow['state'], code: string): Promise<void> => {
      await service.change(() => this.#settle(row, { state, code, endedAt: now }))
      outgoing.over(row)
    }
    const ends = this.rows.filter(({ endedAt, code }) => endedAt !== null && code !== 'interrupted').length
    const fate = this.#fates[Math.min(ends, this.#fates.length - 1)]
    if (fate === 'canceled') return over('canceled', 'canceled')
    if (fate === 'forbidden') return over('failed', 'destination_not_allowed')
    await service.change(() => {
      this.attempts.set(row.id, { placed: false, answered: false })
      row.state = 'calling'
    })
    await outgoing.leaving(row)
    await service.change(() => this.attempts.set(row.id, { placed: true, answered: false }))
    await service.change(() => this.rang++)
    if (fate === 'answered') await service.change(() => this.attempts.set(row.id, { placed: true, answered: true }))
    await (fate === 'answered' ? over('done', 'completed') : over('failed', 'busy'))
  }

  /** Its attempt is over. */
  #settle(row: PlannedCallRow, change: Partial<PlannedCallRow>): void {
    Object.assign(row, change)
    this.attempts.delete(row.id)
  }
}

type Outcome = Awaited<ReturnType<World['outcome']>>

describe('a call file and a service that is killed between two steps', { timeout: 120_000 }, () => {
  const scope = new Scope('spools')
  afterAll(() => scope.close())

  it.each<[string[], Fate[], string, string, number]>([
    [[], ['busy'], 'Expired', 'StartRetry 1', 1],
    [[], ['answered'], 'Completed', 'StartRetry 1', 1],
    [['MaxRetries: 1'], ['busy', 'answered'], 'Completed', 'StartRetry 1, EndRetry 1, StartRetry 2', 2],
    [['MaxRetries: 1'], ['busy'], 'Expired', 'StartRetry 1, EndRetry 1, StartRetry 2', 2],
    [['MaxRetries: 3'], ['answered'], 'Completed', 'StartRetry 1', 1],
    [['MaxRetries: 1'], ['canceled', 'answered'], 'Expired', '', 0],
    [['MaxRetries: 1'], ['forbidden'], 'Expired', 'StartRetry 1, EndRetry 1, StartRetry 2', 0],
  ])('%j, %j: %s', async (lines, fates, status, notes, rang) => {
    const spool = SpoolFolder.make(scope)
    /** @param kills changes that each process but the last makes before it is killed. `undefined`: it was over before */
    const run = async (...kills: readonly number[]): Promise<Outcome | undefined> => {
      const world = new World(spool, lines, fates)
      for (const changes of kills) {
        const service = new KillableProcess(changes)
        await world.serve(service)
        if (!service.killed) return undefined
      }
      await world.serve(new KillableProcess(Number.POSITIVE_INFINITY))
      return await world.outcome()
    }
    const outcomes: (Outcome & { readonly kills: readonly number[] })[] = []
    for (let first = 0; ; first++) {
      const once = await run(first)
      if (once === undefined) break
      outcomes.push({ kills: [first], ...once })
      for (let second = 0; ; second++) {
        const twice = await run(first, second)
        if (twice === undefined) break
        outcomes.push({ kills: [first, second], ...twice })
      }
    }

    expect(await run()).toMatchObject({ status, notes, rang, left: [] })
    // At least a call file is planned, its end is written, and it is archived in three steps.
    expect(outcomes.filter(({ kills }) => kills.length === 1).length).toBeGreaterThanOrEqual(5)
    for (const outcome of outcomes) {
      const { aborts, kills } = outcome
      const told = JSON.stringify(outcome)
      expect(outcome, told).toMatchObject({ status: outcome.answered ? 'Completed' : 'Expired', left: [] })
      // Each call has its note, and each note before the last its end.
      expect(outcome.notes, told).toMatch(/^(StartRetry \d, (EndRetry|AbortRetry) \d(, |$))*(StartRetry \d)?$/)
      expect(outcome.rang, told).toBeLessThanOrEqual(Math.min(outcome.starts, rang + aborts))
      expect(outcome.rang, told).toBeGreaterThanOrEqual(rang - aborts)
      expect(aborts, told).toBeLessThanOrEqual(kills.length)
    }
  })
})
