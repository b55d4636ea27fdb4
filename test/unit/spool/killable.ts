import { AsyncLocalStorage } from 'node:async_hooks'
import type * as FilesPromises from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { deferred } from '../../../src/base/deferred.ts'

type Files = typeof FilesPromises

const current = new AsyncLocalStorage<KillableProcess>()

/** A process that is killed right before it changes something for the nth time. Nothing that it began goes on after that. */
export class KillableProcess {
  readonly #kill = deferred<void>()
  #changes: number
  readonly #files = new Set<FileHandle>()
  #killed = false

  /** @param changes that it makes before it is killed */
  constructor(changes: number) {
    this.#changes = changes
  }

  get killed(): boolean {
    return this.#killed
  }

  /** Resolves at the end of the work, or when it is killed. */
  async run(work: () => Promise<void>): Promise<void> {
    await current.run(this, () => Promise.race([work(), this.#kill.promise]))
    for (const file of this.#files) if (file.fd !== -1) await file.close()
  }

  opened(file: FileHandle): void {
    this.#files.add(file)
  }

  change<T>(work: () => Promise<T> | T): Promise<T> {
    if (this.#changes-- === 0) {
      this.#killed = true
      this.#kill.resolve()
    }
    return this.look(work)
  }

  async look<T>(work: () => Promise<T> | T): Promise<T> {
    const seen = this.#killed ? undefined : { what: await work() }
    return seen === undefined || this.#killed ? new Promise<T>(() => {}) : seen.what
  }
}

/** The file system as a process sees it that may be killed. */
export function killableFiles(real: Files): Files {
  const look = <T>(work: () => Promise<T>): Promise<T> => current.getStore()?.look(work) ?? work()
  const change = <T>(work: () => Promise<T>): Promise<T> => current.getStore()?.change(work) ?? work()
  return {
    ...real,
    lstat: ((...given: Parameters<Files['lstat']>) => look(() => real.lstat(...given))) as Files['lstat'],
    readdir: ((...given: Parameters<Files['readdir']>) => look(() => real.readdir(...given))) as Files['readdir'],
    rename: (...given) => change(() => real.rename(...given)),
    rm: (...given) => change(() => real.rm(...given)),
    open: async (...given) => {
      const file = await look(async () => {
        const opened = await real.open(...given)
        current.getStore()?.opened(opened)
        return opened
      })
      const [write, utimes] = [file.writeFile.bind(file), file.utimes.bind(file)]
      file.writeFile = (...text) => change(() => write(...text))
      file.utimes = (...times) => change(() => utimes(...times))
      return file
    },
  }
}
