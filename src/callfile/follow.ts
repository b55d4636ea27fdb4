import { type FSWatcher, watch } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { NoSpoolPermissionError, NoSuchFileError } from './errors.ts'
import { type AttemptNote, type ReadCallFile, readCallFile } from './read.ts'

/** `removed`: the file is gone and was not archived, so how the call went is not known. */
export type CallFileProgress =
  | { readonly kind: 'note'; readonly note: AttemptNote }
  | { readonly kind: 'ended'; readonly status: 'Completed' | 'Expired' | 'Failed'; readonly file: ReadCallFile }
  | { readonly kind: 'removed' }

/** Folders on network file systems tell no changes. */
const lookAgainMs = 1000
/** The status is written right after the file was moved; so long is waited for it. */
const statusWithinMs = 2000

export async function* follow(
  spoolDir: string,
  doneDir: string,
  filename: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<CallFileProgress, void> {
  const changes = new Changes([spoolDir, doneDir], signal)
  try {
    let told = 0
    let inode: bigint | undefined
    let archives = true
    let goneAt: number | undefined
    for (;;) {
      const waiting = await look(join(spoolDir, filename))
      const archived = waiting ?? (await look(join(doneDir, filename)))
      // An archive of that name may be of an earlier call; a file that is moved keeps its inode.
      const found = inode === undefined || archived?.inode === inode ? archived : undefined
      if (found === undefined && inode === undefined) throw new NoSuchFileError(join(spoolDir, filename))
      if (found !== undefined) {
        inode = found.inode
        archives = found.file.archive
        for (const note of found.file.attempts.notes.slice(told)) yield { kind: 'note', note }
        told = Math.max(told, found.file.attempts.notes.length)
        const { status } = found.file
        if (waiting === undefined && status !== undefined) {
          yield { kind: 'ended', status, file: found.file }
          return
        }
      }
      goneAt = waiting === undefined ? (goneAt ?? performance.now()) : undefined
      if (goneAt !== undefined && (!archives || performance.now() - goneAt > statusWithinMs)) {
        yield { kind: 'removed' }
        return
      }
      await changes.next()
    }
  } finally {
    changes.close()
  }
}

async function look(path: string): Promise<{ readonly inode: bigint; readonly file: ReadCallFile } | undefined> {
  try {
    const { ino } = await stat(path, { bigint: true })
    return { inode: ino, file: readCallFile(await readFile(path)) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new NoSpoolPermissionError(path, error)
  }
}

/** Wakes at a change in one of the folders, and now and then without one. */
class Changes {
  readonly #watchers: FSWatcher[] = []
  readonly #signal: AbortSignal | undefined
  #wake: (() => void) | undefined
  #changed = false

  constructor(folders: readonly string[], signal: AbortSignal | undefined) {
    this.#signal = signal
    for (const folder of folders) {
      try {
        const watcher = watch(folder, () => this.#change())
        // A folder that goes away is seen by the next look.
        watcher.on('error', () => this.#change())
        this.#watchers.push(watcher)
      } catch {
        // It may not exist yet (the archive), or not be watchable: then the next look finds what changed.
      }
    }
    signal?.addEventListener('abort', this.#change)
  }

  async next(): Promise<void> {
    this.#signal?.throwIfAborted()
    if (!this.#changed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, lookAgainMs)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#wake = undefined
    this.#changed = false
    this.#signal?.throwIfAborted()
  }

  close(): void {
    this.#signal?.removeEventListener('abort', this.#change)
    for (const watcher of this.#watchers) watcher.close()
  }

  readonly #change = (): void => {
    this.#changed = true
    this.#wake?.()
  }
}
