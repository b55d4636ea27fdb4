import { AsyncLocalStorage } from 'node:async_hooks'
import type * as FilesPromises from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { deferred } from '../../../src/base/deferred.ts'

type Files = typeof FilesPromises

const current = new AsyncLocalStorage<Life>()

/** The life of a process that is killed right before it changes something for the nth time. Nothing that it began goes on after that. */
export class Life {
  readonly #killed = deferred<void>()
  #changes: number
  readonly #files = new Set<FileHandle>()
  #over = false

  /** @param changes that it makes before it is killed */
  constructor(changes: number) {
    this.#changes = changes
  }

  get over(): boolean {
    return this.#over
  }

  /** Resolves at the end of the work, or when it is killed. */
  async lead(work: () => Promise<void>): Promise<void> {
    await current.run(this, () => Promise.race([work(), this.#killed.promise]))
    for (const file of this.#files) if (file.fd !== -1) await file.close()
  }

  opened(file: FileHandle): void {
    this.#files.add(file)
  }

  change<T>(work: () => Promise<T> | T): Promise<T> {
    if (this.#changes-- === 0) {
      this.#over = true
      this.#killed.resolve()
    }
    return this.look(work)
  }

  async look<T>(work: () => Promise<T> | T): Promise<T> {
    const seen = this.#over ? undefined : { what: await work() }
    return seen === undefined || this.#over ? new Promise<T>(() => {}) : seen.what
  }
}

/** The file system as a process sees it that may be killed. */
export function mortal(real: Files): Files {
  const look = <T>(work: () => Promise<T>): Promise<T> => current.getStore()?.look(work) ?? work()
  const change = <T>(work: () => Promise<T>): Promise<T> => current.getStore()?.change(work) ?? work()
  return {
    ...real,
    lstat: ((...given: Parameters<Files['lstat']>) => look(() => real.lstat(...given))) as Files['lstat'],
    readdir: ((...given: Parameters<Files['readdir']>) => look(() => real.readdir(...given))) as Files['readdir'],
    rename: (...given) => change(() => real.rename(...given)),
    rm: (...given) => change(() => real.rm(...given)),
    open: async (...given) => {
      const file = await look(() => real.open(...given))
      current.getStore()?.opened(file)
      const [write, utimes] = [file.writeFile.bind(file), file.utimes.bind(file)]
      file.writeFile = (...text) => change(() => write(...text))
      file.utimes = (...times) => change(() => utimes(...times))
      return file
    },
  }
}
