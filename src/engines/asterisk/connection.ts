import type { Clock, Timer } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { Scope } from '../../base/scope.ts'
import { type AriEvent, eventTypes, readEvent, readVersion } from './event.ts'
import { type AriAccess, AriRest } from './rest.ts'
import { openSocket } from './socket.ts'

const firstRetryMs = 250
const longestRetryMs = 10_000
/** Two that take the application from each other would do it for ever. */
const replacedRetryMs = 60_000
const oldest = 20

export interface ConnectionOptions {
  readonly access: AriAccess
  readonly app: string
  readonly clock: Clock
  readonly scope: Scope
  readonly log: Logger
  onEvent(event: AriEvent): void
  /**
   * The application is there, for the first time or again: what happened meanwhile nobody told. Rejects where it cannot be found out.
   * @param isNew whether that channel has come since
   */
  reconcile(isNew: (channel: string) => boolean): Promise<void>
}

/** Keeps the application of this service alive at one Asterisk. */
export class Connection {
  readonly rest: AriRest
  readonly #options: ConnectionOptions
  #why: string | undefined = 'it was not asked yet'
  #socket: { close(): void } | undefined
  #timer: Timer | undefined
  #retryMs = firstRetryMs
  #stopped = false

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.rest = new AriRest(options.access, options.clock)
    options.scope.add('connection to Asterisk', () => this.#stop())
  }

  /** Why nothing is to be had from Asterisk now. */
  get away(): string | undefined {
    return this.#why
  }

  /** Resolves after the first attempt, whichever way it went. */
  open(): Promise<void> {
    return new Promise((resolve) => this.#open(resolve))
  }

  #stop(): void {
    this.#stopped = true
    this.#why = 'the service is stopping'
    this.#timer?.stop()
    this.#socket?.close()
  }

  #open(tried: () => void): void {
    if (this.#stopped) {
      tried()
      return
    }
    const { access, app, clock, log } = this.#options
    const early: AriEvent[] = []
    let reconciled = false
    let gone = false
    this.#socket = openSocket({
      ...{ access, app, clock },
      onOpen: () => {
        this.#settle((id) => early.some((event) => event.type === 'StasisStart' && event.channel.id === id))
          .then(() => {
            if (gone) return
            reconciled = true
            this.#why = undefined
            this.#retryMs = firstRetryMs
            for (const event of early) this.#options.onEvent(event)
          })
          .catch((error: unknown) => {
            if (gone) return
            this.#socket?.close()
            this.#lost(error instanceof Error ? error.message : String(error), this.#retryMs)
          })
          .finally(tried)
      },
      onMessage: (text) => {
        const event = this.#read(text)
        if (event === undefined) return
        if (event.type === 'ApplicationReplaced') {
          this.#socket?.close()
          this.#lost(`another program has connected as the application ${app}`, replacedRetryMs)
        } else if (reconciled) this.#options.onEvent(event)
        else early.push(event)
      },
      onClosed: (why) => {
        gone = true
        this.#lost(why, this.#retryMs)
        tried()
      },
    })
    log.debug({ url: access.url, app }, 'connecting to Asterisk')
  }

  /** @throws Error with a sentence */
  async #settle(isNew: (channel: string) => boolean): Promise<void> {
    const version = readVersion(await this.rest.get('/asterisk/info', { only: 'system' }))
    const [, major] = /^(?:certified\/)?(\d+)\./.exec(version) ?? []
    if (major !== undefined && Number(major) < oldest)
      throw new Error(`it is Asterisk ${version}, and ${oldest} or newer is needed`)
    // Most of what it would tell is of variables.
    const allowed = eventTypes.map((type) => ({ type }))
    await this.rest.put(`/applications/${encodeURIComponent(this.#options.app)}/eventFilter`, { allowed })
    await this.#options.reconcile(isNew)
    this.#options.log.info({ version, app: this.#options.app }, 'connected to Asterisk')
  }

  #lost(why: string, retryMs: number): void {
    if (this.#stopped) return
    const { log, clock, access } = this.#options
    // Said once, not with every attempt.
    if (this.#why !== why) log.warn({ url: access.url, why }, 'Asterisk cannot be reached; it is tried again and again')
    this.#why = why
    this.#timer?.stop()
    this.#timer = clock.after(retryMs, () => this.#open(() => {}))
    this.#retryMs = Math.min(longestRetryMs, this.#retryMs * 2)
  }

  #read(text: string): AriEvent | undefined {
    try {
      return readEvent(text)
    } catch (error) {
      this.#options.log.warn({ err: error }, 'an event of Asterisk cannot be read')
      return undefined
    }
  }
}
