import { type FSWatcher, watch } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import type { Clock, Timer } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'

export interface FolderWatch {
  /** A file of that name came, went or changed. */
  readonly changed: (name: string) => void
  /** Once a second. */
  readonly tick: () => void
}

const everyMs = 1000

/**
 * Tells of changes as the kernel does, and looks once a second whether there were others: folders of a network tell nothing.
 */
export class WatchedFolder {
  readonly #folder: string
  readonly #clock: Clock
  readonly #log: Logger
  readonly #told: FolderWatch
  #watcher: FSWatcher | undefined
  #timer: Timer | undefined
  #mtimeNs: bigint | undefined
  #closed = false
  #fault: string | undefined

  constructor(folder: string, { clock, log, ...told }: FolderWatch & { readonly clock: Clock; readonly log: Logger }) {
    this.#folder = folder
    this.#clock = clock
    this.#log = log
    this.#told = told
  }

  /** Tells of every file that is there. @throws Error where the folder cannot be read */
  async open(): Promise<void> {
    try {
      this.#watcher = watch(this.#folder, (_kind, name) => {
        if (name !== null && !this.#closed) this.#told.changed(name)
      })
      this.#watcher.on('error', (err) =>
        this.#log.warn({ err }, 'the spool is looked at once a second: it cannot be watched'),
      )
    } catch (err) {
      this.#log.warn({ err, folder: this.#folder }, 'the spool is looked at once a second: it cannot be watched')
    }
    await this.#look()
    this.#again()
  }

  close(): void {
    this.#closed = true
    this.#timer?.stop()
    this.#watcher?.close()
  }

  #again(): void {
    if (this.#closed) return
    this.#timer = this.#clock.after(everyMs, () => {
      this.#told.tick()
      void this.#lookSafely().then(() => this.#again())
    })
  }

  async #lookSafely(): Promise<void> {
    try {
      await this.#look()
      this.#fault = undefined
    } catch (error) {
      // Said once, not every second.
      const fault = (error as Error).message
      if (fault !== this.#fault) this.#log.error({ err: error, folder: this.#folder }, 'the spool cannot be read')
      this.#fault = fault
    }
  }

  /** Files come and go with the time of their folder. */
  async #look(): Promise<void> {
    const { mtimeNs } = await stat(this.#folder, { bigint: true })
    if (mtimeNs === this.#mtimeNs) return
    for (const name of await readdir(this.#folder)) if (!this.#closed) this.#told.changed(name)
    this.#mtimeNs = mtimeNs
  }
}
