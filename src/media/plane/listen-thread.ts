import type { Logger } from '../../base/log.ts'
import { workerEntry } from '../../base/worker-entry.ts'
import { type Heard, type ListenStart, MediaError } from '../plane.ts'
import type { ListenCommand, ListenReport } from './protocol.ts'
import { Thread } from './thread.ts'

/** The thread that listens to calls, begun with the first one. When it crashes, what listened hears no more; the next begins another. */
export class ListenThread {
  restarts = 0
  #thread: Thread<ListenCommand, ListenReport> | undefined
  #listens = 0
  #closed = false
  readonly #open = new Map<number, { readonly onHeard: (heard: Heard) => void; readonly lost: () => void }>()
  readonly #log: Logger

  constructor(log: Logger) {
    this.#log = log
  }

  /** @param lost called when the thread crashed under it */
  begin({ onHeard, ...rules }: ListenStart, memory: SharedArrayBuffer, lost: () => void): number {
    const listen = ++this.#listens
    this.#open.set(listen, { onHeard, lost })
    this.#running().post({ kind: 'listen', listen, memory, rules })
    return listen
  }

  /** Resolves when all that was heard was told. */
  async finish(listen: number): Promise<void> {
    if (!this.#open.has(listen) || this.#thread === undefined) return
    try {
      await this.#thread.ask((ask) => ({ kind: 'finish', ask, listen }))
    } catch (error) {
      // It crashed before: nothing more comes.
      if (!(error instanceof MediaError)) throw error
    } finally {
      this.#open.delete(listen)
    }
  }

  async terminate(): Promise<void> {
    this.#closed = true
    await this.#thread?.terminate()
  }

  #running(): Thread<ListenCommand, ListenReport> {
    this.#thread ??= new Thread<ListenCommand, ListenReport>(
      workerEntry(import.meta.url, './listen-worker'),
      undefined,
      (report) => {
        if (report.kind === 'heard') this.#tell(report.listen, report.heard)
      },
      (reason) => this.#crashed(reason),
    )
    return this.#thread
  }

  #tell(listen: number, heard: Heard): void {
    try {
      this.#open.get(listen)?.onHeard(heard)
    } catch (error) {
      // One call's handler must not take what others hear with it.
      this.#log.error({ heard: heard.kind, error: String(error) }, 'The handler of something heard failed')
    }
  }

  #crashed(reason: string): void {
    if (this.#closed) return
    this.#log.error({ reason }, 'The thread that listens crashed; what listened to calls hears no more')
    this.restarts++
    this.#thread = undefined
    const lost = [...this.#open.values()]
    this.#open.clear()
    for (const one of lost) one.lost()
  }
}
