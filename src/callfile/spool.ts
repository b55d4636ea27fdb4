import type { Stats } from 'node:fs'
import { readdir, readFile, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { checkFilename, defaultSpoolDir } from './call-file.ts'
import { CallRunningError, NoSpoolPermissionError, NoSuchFileError } from './errors.ts'
import { type CallFileProgress, follow } from './follow.ts'
import { type ReadCallFile, readCallFile } from './read.ts'

/**
 * `running`: an attempt was begun. `scheduled`: due later, for the first time. `retrying`: due later, after attempts that failed.
 * `due`: the switch takes it any moment.
 */
export type SpoolState = 'scheduled' | 'due' | 'running' | 'retrying'

export interface SpoolEntry {
  readonly filename: string
  readonly path: string
  readonly state: SpoolState
  /** Of its next attempt; without meaning while one runs. */
  readonly due: Date
  readonly file: ReadCallFile
}

export interface SpoolOptions {
  readonly spoolDir?: string
  /** Where archived files are; `outgoing_done` beside the spool unless given. */
  readonly doneDir?: string
}

/** A folder of calls to be made. */
export class Spool {
  readonly spoolDir: string
  readonly doneDir: string

  constructor(options: SpoolOptions = {}) {
    this.spoolDir = options.spoolDir ?? defaultSpoolDir
    this.doneDir = options.doneDir ?? join(dirname(this.spoolDir), 'outgoing_done')
  }

  /** What waits or runs, by due time. Files that go while it is read are left out. @throws NoSpoolPermissionError */
  async list(): Promise<readonly SpoolEntry[]> {
    const names = await readdir(this.spoolDir).catch((error: unknown) => {
      throw new NoSpoolPermissionError(this.spoolDir, error)
    })
    const found = await Promise.all(names.map((name) => this.find(name)))
    return found
      .filter((entry) => entry !== undefined)
      .sort((a, b) => a.due.getTime() - b.due.getTime() || (a.filename < b.filename ? -1 : 1))
  }

  /** `undefined` where there is no file of that name. @throws ValidationError, NoSpoolPermissionError */
  async find(filename: string): Promise<SpoolEntry | undefined> {
    checkFilename(filename)
    const path = join(this.spoolDir, filename)
    try {
      const stats = await stat(path)
      if (!stats.isFile()) return undefined
      const file = readCallFile(await readFile(path))
      return { filename, path, due: stats.mtime, file, state: stateOf(stats, file) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw new NoSpoolPermissionError(path, error)
    }
  }

  /**
   * Takes a call back that waits. One that the switch begins in this very moment is made, but not made again.
   * @throws ValidationError, NoSuchFileError, CallRunningError, NoSpoolPermissionError
   */
  async cancel(filename: string): Promise<SpoolEntry> {
    const entry = await this.find(filename)
    const path = join(this.spoolDir, filename)
    if (entry === undefined) throw new NoSuchFileError(path)
    if (entry.state === 'running') throw new CallRunningError(path)
    await unlink(path).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT' ? new NoSuchFileError(path) : new NoSpoolPermissionError(path, error)
    })
    return entry
  }

  /**
   * Tells how a call goes, up to its end.
   * @throws ValidationError for a name that is none; NoSuchFileError where it is neither in the spool nor archived, NoSpoolPermissionError; the signal's reason when it aborts
   */
  follow(filename: string, options: { readonly signal?: AbortSignal } = {}): AsyncGenerator<CallFileProgress, void> {
    checkFilename(filename)
    return follow(this.spoolDir, this.doneDir, filename, options.signal)
  }
}

function stateOf({ mtimeMs }: Stats, { attempts }: ReadCallFile): SpoolState {
  if (attempts.running !== undefined) return 'running'
  if (mtimeMs <= Date.now()) return 'due'
  return attempts.used > 0 ? 'retrying' : 'scheduled'
}
