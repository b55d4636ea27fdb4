import { Worker } from 'node:worker_threads'
import { type Deferred, deferred } from '../../base/deferred.ts'
import { MediaError } from '../plane.ts'

type Answer<Report> = Extract<Report, { readonly ask: number }>

/** A worker thread as the main thread sees it: commands, questions with answers, reports, and its end. */
export class Thread<Command, Report extends { readonly kind: string }> {
  readonly #worker: Worker
  readonly #asked = new Map<number, Deferred<Answer<Report>>>()
  #asks = 0
  #over = false

  /**
   * @param heard every report that answers no question
   * @param crashed called once, never after `terminate`
   */
  constructor(entry: URL, workerData: unknown, heard: (report: Report) => void, crashed: (reason: string) => void) {
    // Plain: what the process was started with (`--input-type`, a loader) is not for its threads.
    this.#worker = new Worker(entry, { workerData, execArgv: [] })
    let reason = 'the thread ended'
    this.#worker.on('error', (error) => {
      reason = error instanceof Error ? error.message : String(error)
    })
    this.#worker.on('exit', () => {
      const expected = this.#over
      this.#end(reason)
      if (!expected) crashed(reason)
    })
    this.#worker.on('message', (report: Report) => {
      const ask = 'ask' in report && typeof report.ask === 'number' ? this.#asked.get(report.ask) : undefined
      if (!ask) {
        heard(report)
        return
      }
      const answer = report as Answer<Report>
      this.#asked.delete(answer.ask)
      ask.resolve(answer)
    })
  }

  get over(): boolean {
    return this.#over
  }

  post(command: Command): void {
    if (!this.#over) this.#worker.postMessage(command)
  }

  /** Rejects with MediaError `plane-closed` when the thread ends before it answered. */
  ask(command: (ask: number) => Command): Promise<Answer<Report>> {
    if (this.#over) return Promise.reject(new MediaError('plane-closed', 'the media thread has ended'))
    const answer = deferred<Answer<Report>>()
    const ask = ++this.#asks
    this.#asked.set(ask, answer)
    this.#worker.postMessage(command(ask))
    return answer.promise
  }

  /** For tests of what follows: the thread ends by an error that it does not catch. */
  async crash(): Promise<void> {
    const gone = new Promise((resolve) => this.#worker.once('exit', resolve))
    // No command at all, which nobody there expects. Terminated, it could take the process along: see the end of the plane.
    this.#worker.postMessage(null)
    await gone
  }

  async terminate(): Promise<void> {
    this.#end('the media plane was closed')
    await this.#worker.terminate()
  }

  #end(reason: string): void {
    this.#over = true
    for (const answer of this.#asked.values())
      answer.reject(new MediaError('plane-closed', `the media thread has ended: ${reason}`))
    this.#asked.clear()
  }
}
