import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Scope } from '../../src/base/scope.ts'
import { type ReadCallFile, readCallFile, Spool } from '../../src/callfile/index.ts'
import { eventually } from './eventually.ts'

/** A spool of call files, whoever watches it. */
export class SpoolFolder {
  readonly spool: Spool
  readonly #drafts: string
  #made = 0

  constructor(spoolDir: string, doneDir: string, drafts: string) {
    this.spool = new Spool({ spoolDir, doneDir })
    this.#drafts = drafts
  }

  /** A new one. */
  static make(scope: Scope): SpoolFolder {
    const folder = mkdtempSync(join(tmpdir(), 'offhook-spool-'))
    scope.add('spool', () => rmSync(folder, { recursive: true, force: true }))
    for (const name of ['outgoing', 'outgoing_done', 'tmp']) mkdirSync(join(folder, name))
    return new SpoolFolder(join(folder, 'outgoing'), join(folder, 'outgoing_done'), join(folder, 'tmp'))
  }

  get folder(): string {
    return this.spool.spoolDir
  }

  path(name: string): string {
    return join(this.spool.spoolDir, name)
  }

  /** Moves a file of these lines in, as one should; archived unless a line says otherwise. @param at seconds since 1970 of its time */
  put(lines: readonly string[], at?: number): string {
    const name = `test-${++this.#made}.call`
    const draft = join(this.#drafts, name)
    writeFileSync(draft, ['Archive: yes', ...lines, ''].join('\n'))
    if (at !== undefined) utimesSync(draft, at, at)
    renameSync(draft, this.path(name))
    return name
  }

  /** What is in the spool under that name now. */
  waiting(name: string): ReadCallFile | undefined {
    return existsSync(this.path(name)) ? readCallFile(readFileSync(this.path(name))) : undefined
  }

  /** Waits until it is archived with a status. */
  async ended(name: string, timeoutMs = 20_000): Promise<ReadCallFile> {
    const path = join(this.spool.doneDir, name)
    return eventually(
      () => readCallFile(existsSync(path) ? readFileSync(path) : ''),
      ({ status }) => status !== undefined,
      timeoutMs,
    )
  }
}

/** Its notes in a line: `StartRetry 1, EndRetry 1`. */
export const notesOf = ({ attempts }: ReadCallFile): string =>
  attempts.notes.map(({ kind, attempt }) => `${kind} ${attempt}`).join(', ')
