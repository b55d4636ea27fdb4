import { Worker } from 'node:worker_threads'
import { deferred } from '../../base/deferred.ts'
import { workerEntry } from '../../base/worker-entry.ts'
import type { MediaErrorCode } from '../plane.ts'

export type FileReport =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly code: MediaErrorCode; readonly message: string }

export interface FileWorkOptions {
  /** `import.meta.url` of the caller, and its sibling without extension, as for `workerEntry`. */
  readonly from: string
  readonly worker: string
  /** In a sentence: `the decoder`. */
  readonly who: string
  readonly timeoutMs: number
}

/** Work on files that takes long, each file in a thread of its own that ends with it; one at a time, more would only take the cores from the media threads. */
export class FileWork<Job> {
  readonly #options: FileWorkOptions
  readonly #waiting: (() => void)[] = []
  #busy = false

  constructor(options: FileWorkOptions) {
    this.#options = options
  }

  async run(job: Job): Promise<FileReport> {
    if (this.#busy) {
      const turn = deferred<void>()
      this.#waiting.push(() => turn.resolve())
      await turn.promise
    } else this.#busy = true
    try {
      return await this.#inThread(job)
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#busy = false
    }
  }

  async #inThread(job: Job): Promise<FileReport> {
    const { from, worker: file, who, timeoutMs } = this.#options
    // What such a thread complains of to stderr is in its report.
    const worker = new Worker(workerEntry(from, file), { workerData: job, execArgv: [], stderr: true })
    const ended = deferred<FileReport>()
    const failed = (why: string): void => ended.resolve({ kind: 'failed', code: 'bad-audio', message: why })
    const timer = setTimeout(() => failed(`it takes longer than ${timeoutMs / 1000} seconds`), timeoutMs)
    worker.once('message', (report: FileReport) => ended.resolve(report))
    worker.once('error', (error) => failed(`${who} crashed: ${error instanceof Error ? error.message : error}`))
    worker.once('exit', () => failed(`${who} ended`))
    try {
      return await ended.promise
    } finally {
      clearTimeout(timer)
      await worker.terminate()
    }
  }
}
