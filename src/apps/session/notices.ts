import type { Logger } from '../../base/log.ts'
import type { CallId, RecordingId } from '../../phone/id.ts'
import type { Notice, Notifier, OfferUrls, PendingNotice } from './notice.ts'

/** The notices of one session, one after the other. A fault costs the notice, never the call. */
export class Notices {
  readonly #notifier: Notifier
  readonly #call: CallId
  readonly #log: Logger
  readonly #kept = new Set<CallId | RecordingId>()
  #work: Promise<void> = Promise.resolve()

  constructor(notifier: Notifier, call: CallId, log: Logger) {
    this.#notifier = notifier
    this.#call = call
    this.#log = log
  }

  /** Resolves when all that was told and kept until now is in the store. */
  get stored(): Promise<void> {
    return this.#work
  }

  tell(url: string | undefined, notice: Notice): void {
    if (url !== undefined) this.#then(() => this.#notifier.send(url, notice))
  }

  offer(urls: OfferUrls, notice: Notice, tried: (delivered: boolean) => boolean): void {
    this.#then(() => this.#notifier.offer(urls, notice, tried))
  }

  /** For the next start, should this one not live to tell it; `undefined` where nobody is to be told. */
  keep(id: CallId | RecordingId, pending: PendingNotice | undefined): void {
    if (pending === undefined) {
      this.forget(id)
      return
    }
    this.#kept.add(id)
    this.#then(() => this.#notifier.keep(id, this.#call, pending))
  }

  /** Tells what was kept under this id, as it is now. */
  conclude(id: CallId | RecordingId, url: string | undefined, notice: Notice): void {
    if (!this.#kept.delete(id)) this.tell(url, notice)
    else this.#then(() => this.#notifier.conclude(id, url, notice))
  }

  forget(id: CallId | RecordingId): void {
    if (this.#kept.delete(id)) this.#then(() => this.#notifier.forget(id))
  }

  #then(work: () => Promise<void>): void {
    this.#work = this.#work
      .then(work)
      .catch((err: unknown) => this.#log.error({ call: this.#call, err }, 'a notice of a session could not be stored'))
  }
}
