import type { PlanCall } from '../../api/ports.ts'
import { isDue, isSettled, isUntold, judge, settleMs, triedAgain } from '../../apps/spool/judge.ts'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { Turns } from '../../base/turns.ts'
import type { ReadCallFile } from '../../callfile/index.ts'
import { Problem } from '../../phone/problem.ts'
import type { PlannedCallRow } from '../../store/planned-calls.ts'
import type { StoredCallFile } from '../../store/shapes.ts'
import { CallFileOnDisk, closeLeft, type EndStatus, type FileSeen, type NewNote } from './call-file-on-disk.ts'
import { WatchedFolder } from './watch-folder.ts'

export interface OutgoingOptions {
  readonly spoolDir: string
  readonly doneDir: string
  readonly clock: Clock
  readonly log: Logger
  /** Who is called and how, from what the file says. A sentence where it cannot be done. */
  readonly read: (file: ReadCallFile, attempt: StoredCallFile) => Promise<PlanCall | string>
  readonly plan: (call: PlanCall) => Promise<PlannedCallRow>
  /** Takes a planned call back that waits. */
  readonly cancel: (id: string) => Promise<unknown>
  /** Attempts that wait or are under way, and the last one of a file. */
  readonly open: () => Promise<readonly PlannedCallRow[]>
  readonly lastOf: (path: string) => Promise<PlannedCallRow | undefined>
}

/** An attempt that the dialer has. */
interface Handed {
  readonly planned: string
  readonly inode: string
  left: boolean
}

/**
 * The `outgoing` folder of Asterisk, honoured. The truth is in the files: when each is due, and what was tried. An attempt is a planned call
 * of the dialer; `StartRetry` is written when it leaves.
 */
export class Outgoing {
  readonly #options: OutgoingOptions
  readonly #folder: WatchedFolder
  readonly #handed = new Map<string, Handed>()
  /** When to look at a file again, in milliseconds since 1970. */
  readonly #waiting = new Map<string, number>()
  /** What concerns one file is done one after the other. */
  readonly #work = new Turns()
  /** A spool may hold thousands of files. */
  readonly #doors = new Doors(8)
  /** What was there at the start. */
  readonly #found = new Set<string>()
  #state: 'still' | 'starting' | 'open' | 'closed' = 'still'

  constructor(options: OutgoingOptions) {
    this.#options = options
    const { spoolDir, clock, log } = options
    this.#folder = new WatchedFolder(spoolDir, {
      ...{ clock, log },
      changed: (name) => {
        if (this.#state === 'starting') this.#found.add(name)
        this.#soon(name)
      },
      tick: () => this.#tick(),
    })
  }

  /** What a killed service left, and what the dialer still has; to be awaited before the dialer starts. */
  async recover(): Promise<void> {
    const { doneDir, log } = this.#options
    try {
      for (const { name, fault } of await closeLeft(doneDir)) {
        if (fault === undefined) log.info({ file: name }, 'a call file that was cut off is archived')
        else log.error({ file: name, err: fault }, 'a call file that was cut off could not be archived')
      }
    } catch (err) {
      log.error({ folder: doneDir, err }, 'call files that were cut off could not be archived')
    }
    for (const row of await this.#options.open()) {
      const { does } = row
      if (does.kind !== 'call_file') continue
      // None of them has left once the dialer has settled what was under way.
      this.#handed.set(does.file, { planned: row.id, inode: does.inode, left: false })
    }
  }

  /** @throws Error where the folder cannot be read */
  async start(): Promise<void> {
    this.#state = 'starting'
    await this.#folder.open()
    if (this.#state === 'starting') this.#state = 'open'
  }

  /** Takes no more files. */
  close(): void {
    this.#state = 'closed'
    this.#folder.close()
  }

  /** Resolves when nothing is under way on disk. */
  settled(): Promise<void> {
    return this.#work.settled()
  }

  /** The attempt leaves now. @throws Error where its file is gone */
  async leaving({ id, does }: PlannedCallRow): Promise<void> {
    if (does.kind !== 'call_file') return
    const disk = this.#disk(does.file)
    if (disk === undefined) return
    await this.#work.take(disk.name, async () => {
      const handed = this.#handed.get(disk.path)
      // Once it is taken back a new file may have its inode, too.
      const file = handed?.planned === id ? await this.#same(disk, does) : undefined
      if (handed === undefined || file === undefined)
        throw new Error(`its call file ${disk.name} was taken away before it was sent`)
      await this.#noteStart(disk, file, does.attempt)
      handed.left = true
    })
  }

  /** The dialer is done with the attempt. */
  over(row: PlannedCallRow): void {
    const { does } = row
    if (does.kind !== 'call_file') return
    const disk = this.#disk(does.file)
    if (disk === undefined) return
    this.#later(disk.name, async () => {
      const handed = this.#handed.get(disk.path)
      if (handed?.planned === row.id) {
        this.#handed.delete(disk.path)
        await this.#end(disk, row, does, handed.left)
      }
      await this.#look(disk)
    })
  }

  async #end(disk: CallFileOnDisk, row: PlannedCallRow, does: StoredCallFile, left: boolean): Promise<void> {
    const { log, clock } = this.#options
    const file = await this.#same(disk, does)
    if (file === undefined) return
    if (row.state === 'done') return await this.#remove(disk, file, 'Completed', `attempt ${does.attempt} was answered`)
    if (row.state === 'canceled') return await this.#remove(disk, file, 'Expired', 'its call was canceled')
    // As after an end of Asterisk: the attempt stays open in the file, and counts as aborted when the next one begins.
    if (row.code === 'interrupted') return
    // What was refused before it could leave was an attempt as well.
    if (!left) await this.#noteStart(disk, file, does.attempt)
    const sentence = `attempt ${does.attempt} failed: ${row.sentence ?? row.code}`
    if (!triedAgain(file, does.attempt)) return await this.#remove(disk, file, 'Expired', sentence)
    log.info({ file: disk.name, planned: row.id, retryTime: file.retryTime }, `a call file is tried again: ${sentence}`)
    await disk.note([{ kind: 'EndRetry', attempt: does.attempt, at: seconds(clock.wall()) }], file.retryTime)
  }

  /** The time in it is that of the next attempt, as Asterisk has it. */
  async #noteStart(disk: CallFileOnDisk, { attempts, retryTime }: ReadCallFile, attempt: number): Promise<void> {
    const now = seconds(this.#options.clock.wall())
    const start: NewNote = { kind: 'StartRetry', attempt, at: now + retryTime }
    const abort: NewNote = { kind: 'AbortRetry', attempt, at: now }
    await disk.note(attempts.running === undefined ? [start] : [abort, start], retryTime)
  }

  async #look(disk: CallFileOnDisk): Promise<void> {
    if (this.#state !== 'open' && this.#state !== 'starting') return
    const { clock, log } = this.#options
    const found = this.#found.delete(disk.name)
    this.#waiting.delete(disk.name)
    const seen = await disk.seen()
    const handed = this.#handed.get(disk.path)
    if (seen === undefined) {
      if (handed !== undefined && !handed.left) this.#takeBack(disk, handed)
      return
    }
    // One that took the name of another waits for the end of that one's attempt.
    if (handed !== undefined && (!handed.left || handed.inode !== String(seen.ino))) return
    const now = clock.wall()
    if (!isSettled(seen, now)) return this.#again(disk, now + settleMs)
    if (!isDue(seen, now)) return this.#again(disk, Number(seen.mtimeNs / 1_000_000_000n) * 1000)
    let file: ReadCallFile | undefined
    try {
      file = await disk.read()
    } catch (err) {
      log.warn({ file: disk.name, err }, 'a call file cannot be read, and is deleted')
      return await disk.remove('Failed', false)
    }
    if (file === undefined) return
    if (handed === undefined && (await this.#wasUntold(disk, seen, file, found))) return this.#soon(disk.name)
    const verdict = judge(file, handed !== undefined)
    switch (verdict.kind) {
      case 'over':
        return await this.#remove(disk, file, verdict.status, verdict.sentence)
      case 'delay':
        await disk.note([{ kind: 'DelayedRetry', attempt: verdict.retry, at: seconds(now) }], file.retryTime)
        return this.#again(disk, now + file.retryTime * 1000)
      case 'start':
        return await this.#hand(disk, seen, file, verdict.attempt)
    }
  }

  /** Tells the file of an end that it was not told of: the service was killed in between. False: there is none */
  async #wasUntold(disk: CallFileOnDisk, seen: FileSeen, file: ReadCallFile, found: boolean): Promise<boolean> {
    const begun = file.attempts.running !== undefined
    if (!begun && !found) return false
    const row = await this.#options.lastOf(disk.path)
    if (row?.does.kind !== 'call_file' || row.endedAt === null || row.code === 'interrupted') return false
    const end = { attempt: row.does.attempt, at: row.endedAt.getTime() }
    if (row.does.inode !== String(seen.ino) || !isUntold(file, seen, end)) return false
    await this.#end(disk, row, row.does, begun)
    return true
  }

  async #hand(disk: CallFileOnDisk, seen: FileSeen, file: ReadCallFile, attempt: number): Promise<void> {
    const { log, read, plan, clock } = this.#options
    const { action, variables } = file
    if (action === undefined) throw new Error('a file without an action is thrown away before')
    const inode = String(seen.ino)
    const does: StoredCallFile = { kind: 'call_file', file: disk.path, inode, attempt, action, variables }
    const refused = async (sentence: string): Promise<void> => {
      await this.#noteStart(disk, file, attempt)
      if (!triedAgain(file, attempt)) return await this.#remove(disk, file, 'Expired', sentence)
      log.warn({ file: disk.name }, `a call file could not be called: ${sentence}`)
      await disk.note([{ kind: 'EndRetry', attempt, at: seconds(clock.wall()) }], file.retryTime)
      this.#again(disk, clock.wall() + file.retryTime * 1000)
    }
    const call = await read(file, does)
    if (typeof call === 'string') return await refused(call)
    try {
      const { id } = await plan({ ...call, at: new Date(Math.min(clock.wall(), Number(seen.mtimeNs / 1_000_000n))) })
      this.#handed.set(disk.path, { planned: id, inode, left: false })
      for (const { line, sentence } of file.warnings) log.warn({ file: disk.name, line }, `in a call file: ${sentence}`)
      log.info({ file: disk.name, planned: id, attempt }, 'a call file is due')
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      await refused(error.message)
    }
  }

  #takeBack(disk: CallFileOnDisk, { planned }: Handed): void {
    const { log, cancel } = this.#options
    this.#handed.delete(disk.path)
    log.info({ file: disk.name, planned }, 'a call file was taken away before its call was placed, which is canceled')
    // Not awaited: an attempt that is about to leave waits for this file, too. And it may be over by now.
    cancel(planned).catch((err: unknown) => {
      if (!(err instanceof Problem))
        log.error({ file: disk.name, planned, err }, 'a planned call could not be canceled')
    })
  }

  async #remove(disk: CallFileOnDisk, file: ReadCallFile, status: EndStatus, sentence: string): Promise<void> {
    const { log, clock } = this.#options
    if (!file.alwaysDelete && (await this.#wasPutOff(disk, clock.wall()))) {
      log.info({ file: disk.name, status }, `a call file stays for later, as its time was set: ${sentence}`)
      return
    }
    log.info({ file: disk.name, status }, `a call file is over: ${sentence}`)
    await disk.remove(status, file.archive)
  }

  /** Asterisk looks at the time of the file; ours in it is told from one that somebody set by the notes, which carry the same. */
  async #wasPutOff(disk: CallFileOnDisk, now: number): Promise<boolean> {
    const [seen, file] = [await disk.seen(), await disk.read()]
    if (seen === undefined || file === undefined || isDue(seen, now)) return false
    const last = file.attempts.notes.at(-1)
    const ours = last === undefined ? undefined : last.at.getTime() / 1000 + file.retryTime
    return Number(seen.mtimeNs / 1_000_000_000n) !== ours
  }

  /** What the file says, where it is still the one that the attempt was planned for. */
  async #same(disk: CallFileOnDisk, { inode }: StoredCallFile): Promise<ReadCallFile | undefined> {
    const seen = await disk.seen()
    return seen === undefined || String(seen.ino) !== inode ? undefined : await disk.read()
  }

  /** Files of a spool that was watched before are left alone. */
  #disk(path: string): CallFileOnDisk | undefined {
    const { spoolDir, doneDir } = this.#options
    const disk = new CallFileOnDisk(spoolDir, doneDir, path.slice(spoolDir.length + 1))
    return disk.path === path ? disk : undefined
  }

  #again(disk: CallFileOnDisk, at: number): void {
    this.#waiting.set(disk.name, at)
  }

  #tick(): void {
    const now = this.#options.clock.wall()
    for (const [name, at] of this.#waiting) if (at <= now) this.#soon(name)
  }

  #soon(name: string): void {
    const { spoolDir, doneDir } = this.#options
    this.#waiting.delete(name)
    this.#later(name, async () => {
      await this.#doors.enter()
      try {
        await this.#look(new CallFileOnDisk(spoolDir, doneDir, name))
      } finally {
        this.#doors.leave()
      }
    })
  }

  #later(name: string, work: () => Promise<void>): void {
    this.#work.take(name, work).catch((err: unknown) => {
      this.#options.log.error({ file: name, err }, 'a call file could not be handled; it is looked at again')
      this.#waiting.set(name, this.#options.clock.wall() + settleMs)
    })
  }
}

/** Lets so many in at once, the others in their order. */
class Doors {
  readonly #waiting: (() => void)[] = []
  #free: number

  constructor(free: number) {
    this.#free = free
  }

  async enter(): Promise<void> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free++
    else next()
  }
}

const seconds = (ms: number): number => Math.floor(ms / 1000)
