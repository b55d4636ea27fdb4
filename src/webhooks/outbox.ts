import type { Clock, Timer } from '../base/clock.ts'
import { Group } from '../base/group.ts'
import type { Logger } from '../base/log.ts'
import type { Scope } from '../base/scope.ts'
import { newId } from '../phone/id.ts'
import { Problem } from '../phone/problem.ts'
import type { Store } from '../store/store.ts'
import {
  addDeliverJob,
  type DeliveryRow,
  firstQueued,
  getDelivery,
  type InsertedDelivery,
  insertDelivery,
  type NewDelivery,
  noteFailedAttempt,
  queuedKeys,
  queuedRow,
  type SettledAttempt,
  settleDeliveries,
} from '../store/webhook-deliveries.ts'
import { aimedAt } from './aim.ts'
import { type AttemptOptions, attempt } from './attempt.ts'
import { backoffMs, mostAttempts } from './backoff.ts'
import type { Endpoints } from './endpoints.ts'
import type { GuardedFetch } from './guard.ts'
import { openSecrets, partUrl, type Secrets, sealSecrets } from './secrets.ts'

/** How a request is signed. `webhook`: a subscribed one, at its URL and with its secrets as they are at each try. */
export type Signing =
  | { readonly dialect: 'standard'; readonly webhook: string }
  | { readonly dialect: 'standard'; readonly secret: string }
  | { readonly dialect: 'plivo'; readonly token: string; readonly mainToken?: string }
  | { readonly dialect: 'blocks' }

export interface OutgoingWebhook {
  readonly url: string
  /** Tried within the same attempt where the URL fails. */
  readonly fallbackUrl?: string
  /**
   * Those of one key go out one after the other in the order of `send`. One that failed keeps back those to its own URL
   * until it is delivered or given up, no others.
   */
  readonly key: string
  readonly method: 'GET' | 'POST'
  readonly contentType: string
  /** Of a GET: form parameters for its query. */
  readonly body: string
  readonly signing: Signing
  /** `call.ended`; for the delivery log. */
  readonly event?: string
  /** The same webhook is told of one cause once. */
  readonly cause?: string
}

export interface OutboxOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  /** Closing it lets tries in hand end for two seconds; what is not noted by then is tried again after the next start. */
  readonly scope: Scope
  readonly fetch: GuardedFetch
  readonly endpoints: Endpoints
  readonly userAgent: string
  /** How long to wait after so many attempts; `askedMs` by the receiver. */
  readonly backoff?: (attempts: number, askedMs: number) => number
}

/** Deliveries of one key in this process. */
interface Lane {
  /** Rows are written one after the other, so that their numbers have the order of `send`. */
  inserts: Promise<unknown>
  inserting: number
  running: Promise<void> | undefined
  /** Something may have been queued behind the one in hand. */
  more: boolean
}

/** Takes what a receiver answered; twice where the service is killed before that is noted. */
export type TakeAnswer = (delivery: Pick<DeliveryRow, 'id' | 'message' | 'key'>, answer: string) => Promise<void>

const stopMs = 2000
/** Until the store is asked again after it took nothing. */
const storeAgainMs = 5000

/**
 * Webhooks on their way out. Each has its row before its first try, which is made at once; at least once: killed between
 * the answer and the note of it, the service sends again after its next start.
 */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #attempt: AttemptOptions
  readonly #settled: Group<SettledAttempt>
  readonly #lanes = new Map<string, Lane>()
  readonly #timers = new Map<string, Timer>()
  readonly #tried = new Map<string, (delivered: boolean) => boolean>()
  readonly #takers = new Map<string, TakeAnswer>()
  #stopping = false

  constructor(options: OutboxOptions) {
    this.#options = options
    const { fetch, clock, userAgent } = options
    this.#attempt = { fetch, clock, userAgent }
    this.#settled = new Group((attempts) => settleDeliveries(options.store.db, attempts))
    options.scope.add('webhooks on their way', () => this.#stop())
  }

  /** Keys with a delivery in hand. */
  get open(): number {
    return this.#lanes.size
  }

  /** What is answered to deliveries of this event, those of a service before this one included. To be said before `recover`. */
  onAnswer(event: string, take: TakeAnswer): void {
    this.#takers.set(event, take)
  }

  /** Resolves with its id when it is in the store; `undefined` when its cause was told before. Rejects when the store takes nothing. */
  async send(webhook: OutgoingWebhook): Promise<string | undefined> {
    const { row, secrets } = this.#rowOf(webhook)
    return this.#queue(row, secrets)
  }

  /**
   * As `send`.
   * @param tried told how an attempt came out, unless the service stops before; true where it wants to hear of the next, too
   */
  async sendAndTry(webhook: OutgoingWebhook, tried: (delivered: boolean) => boolean): Promise<void> {
    const { row, secrets } = this.#rowOf(webhook)
    this.#tried.set(row.id, tried)
    try {
      await this.#queue(row, secrets)
    } catch (error) {
      this.#tried.delete(row.id)
      throw error
    }
  }

  /**
   * As `send` for each of them, by a write that has more to write: one commit for a thing and what is told of it.
   * @param write tells which of the rows were inserted; rejects when none was
   */
  async sendWith(
    webhooks: readonly OutgoingWebhook[],
    write: (rows: readonly NewDelivery[]) => Promise<readonly InsertedDelivery[]>,
  ): Promise<void> {
    const made = webhooks.map((webhook) => this.#rowOf(webhook))
    const lanes = new Map(made.map(({ row }) => [row.key, this.#lane(row.key)]))
    const before = [...lanes.values()].map(({ inserts }) => inserts)
    const work = Promise.all(before).then(() => write(made.map(({ row }) => row)))
    for (const lane of lanes.values()) {
      lane.inserting++
      lane.inserts = work.catch(() => {}) // told to the one who sends
    }
    try {
      const inserted = new Map((await work).map((one) => [one.id, one]))
      const led = new Set<string>()
      for (const { row, secrets } of made) {
        const { seq, behind } = inserted.get(row.id) ?? {}
        const lane = lanes.get(row.key)
        if (seq === undefined || lane === undefined) continue
        const first = behind === true || led.has(row.key) ? undefined : { row: queuedRow(row, seq), secrets }
        led.add(row.key)
        this.#run(row.key, lane, first)
      }
    } finally {
      for (const [key, lane] of lanes) {
        lane.inserting--
        this.#leave(key, lane)
      }
    }
  }

  /** The same once more, behind nothing. `undefined` when there is no such delivery. */
  async replay(id: string): Promise<string | undefined> {
    const { store, clock } = this.#options
    const old = await getDelivery(store.db, id)
    if (old === undefined) return undefined
    if (old.webhookId !== null && this.#options.endpoints.get(old.webhookId) === undefined)
      throw new Problem('not_found', `The webhook ${old.webhookId} of this delivery is deleted; its log is kept.`)
    const wall = clock.wall()
    const fresh = newId('delivery', wall)
    const secrets = openSecrets(store.keys, old.secretsSealed, old.id)
    const {
      seq: _seq,
      state: _state,
      attempts: _attempts,
      tries: _tries,
      nextAt: _next,
      settledAt: _end,
      ...kept
    } = old
    const row: NewDelivery = {
      ...kept,
      ...{ id: fresh, key: `replay:${fresh}`, cause: null, replayOf: old.replayOf ?? old.id },
      secretsSealed: sealSecrets(store.keys, secrets, fresh),
      createdAt: new Date(wall),
    }
    return this.#queue(row, secrets)
  }

  /** Delivers what of this key is due. Resolves when nothing of it is, for now. */
  async wake(key: string): Promise<void> {
    const lane = this.#lane(key)
    this.#run(key, lane)
    await lane.running
  }

  /** At start: what a service before this one left. */
  async recover(): Promise<void> {
    for (const key of await queuedKeys(this.#options.store.db)) this.#run(key, this.#lane(key))
  }

  #rowOf(webhook: OutgoingWebhook): { row: NewDelivery; secrets: Secrets } {
    const { store, clock } = this.#options
    const { key, method, contentType, body, signing, event, cause } = webhook
    const wall = clock.wall()
    const id = newId('delivery', wall)
    const url = partUrl(webhook.url)
    const fallback = webhook.fallbackUrl === undefined ? undefined : partUrl(webhook.fallbackUrl)
    const secrets: Secrets = {
      ...(url.whole === undefined ? {} : { url: url.whole }),
      ...(fallback?.whole === undefined ? {} : { fallbackUrl: fallback.whole }),
      ...('secret' in signing ? { standard: [signing.secret] } : {}),
      ...(signing.dialect === 'plivo' ? { plivo: tokensOf(signing) } : {}),
    }
    const row: NewDelivery = {
      ...{ id, key, message: id, method, contentType, body, dialect: signing.dialect, replayOf: null },
      ...{ url: url.shown, fallbackUrl: fallback?.shown ?? null, event: event ?? null, cause: cause ?? null },
      webhookId: 'webhook' in signing ? signing.webhook : null,
      secretsSealed: sealSecrets(store.keys, secrets, id),
      createdAt: new Date(wall),
    }
    return { row, secrets }
  }

  async #queue(row: NewDelivery, secrets: Secrets): Promise<string | undefined> {
    const { db } = this.#options.store
    const lane = this.#lane(row.key)
    lane.inserting++
    const work = lane.inserts.then(() => insertDelivery(db, row, 'unwaited'))
    lane.inserts = work.catch(() => {}) // told to the one who sends
    try {
      const made = await work
      if (made === undefined) return undefined
      this.#run(row.key, lane, made.behind ? undefined : { row: made.row, secrets })
      return row.id
    } finally {
      lane.inserting--
      this.#leave(row.key, lane)
    }
  }

  #lane(key: string): Lane {
    let lane = this.#lanes.get(key)
    if (lane === undefined) {
      lane = { inserts: Promise.resolve(), inserting: 0, running: undefined, more: false }
      this.#lanes.set(key, lane)
    }
    return lane
  }

  #leave(key: string, lane: Lane): void {
    if (lane.inserting === 0 && lane.running === undefined && this.#lanes.get(key) === lane) this.#lanes.delete(key)
  }

  /** @param first known to be the one whose turn it is, so that the store need not be asked */
  #run(key: string, lane: Lane, first?: { readonly row: DeliveryRow; readonly secrets: Secrets }): void {
    if (lane.running !== undefined) {
      lane.more = true
      return
    }
    lane.running = this.#work(key, lane, first)
      .catch((error: unknown) => {
        this.#options.log.error({ err: error, key }, 'a webhook could not be noted; it is tried again')
        lane.more = false
        // Its row is still queued, but no job knows of it.
        this.#later(key, storeAgainMs)
      })
      .finally(() => {
        lane.running = undefined
        // Queued after the work had looked last.
        if (lane.more && !this.#stopping) this.#run(key, lane)
        else this.#leave(key, lane)
      })
  }

  /** The job may have come early by the clock of the database; it would not come again by itself. */
  async #notYet({ key, nextAt }: DeliveryRow, early: number): Promise<void> {
    if (early <= storeAgainMs) this.#later(key, early)
    else await addDeliverJob(this.#options.store.db, key, nextAt ?? new Date(0))
  }

  #later(key: string, ms: number): void {
    if (this.#stopping) return
    this.#timers.get(key)?.stop()
    const timer = this.#options.clock.after(ms, () => {
      this.#timers.delete(key)
      void this.wake(key)
    })
    this.#timers.set(key, timer)
  }

  async #work(
    key: string,
    lane: Lane,
    first: { readonly row: DeliveryRow; readonly secrets: Secrets } | undefined,
  ): Promise<void> {
    const { store, clock } = this.#options
    let next = first
    /** The job of the key is for this one. */
    let noted: string | undefined
    lane.more = first === undefined
    while (!this.#stopping) {
      if (next === undefined) {
        if (!lane.more) return
        lane.more = false
        const row = await firstQueued(store.db, key, new Date(clock.wall()))
        if (row === undefined) continue
        if (row.id === noted) return
        const early = row.nextAt === null ? 0 : row.nextAt.getTime() - clock.wall()
        if (early > 0) return await this.#notYet(row, early)
        next = { row, secrets: openSecrets(store.keys, row.secretsSealed, row.id) }
        // One from the store says nothing of what is behind it.
        lane.more = true
      }
      const settled = await this.#deliver(next.row, next.secrets)
      if (!settled) {
        // What is for others must not wait for it.
        noted = next.row.id
        lane.more = true
      }
      next = undefined
    }
  }

  /** False when it is to be tried again, later. */
  async #deliver(row: DeliveryRow, own: Secrets): Promise<boolean> {
    const { store, clock, log, endpoints, backoff = jittered } = this.#options
    if (row.webhookId !== null && endpoints.get(row.webhookId) === undefined) {
      await this.#settled.add({ id: row.id, tries: [], state: 'failed', at: new Date(clock.wall()) })
      return true
    }
    const webhook = row.webhookId === null ? undefined : endpoints.get(row.webhookId)
    const aimed = webhook === undefined ? { row, secrets: own } : aimedAt(webhook, row, clock.wall())
    const take = row.event === null ? undefined : this.#takers.get(row.event)
    const wanted = take !== undefined
    const { tries, result, retryAfterMs, answer } = await attempt(aimed.row, aimed.secrets, {
      ...this.#attempt,
      wanted,
    })
    const goesOn = this.#tried.get(row.id)?.(result === 'delivered') ?? false
    if (!goesOn) this.#tried.delete(row.id)
    if (this.#stopping && result !== 'delivered') return false
    const attempts = row.attempts + 1
    const wall = clock.wall()
    const last = tries.at(-1)
    const said = {
      delivery: row.id,
      url: last?.url,
      attempts,
      ...(last?.fault === undefined ? {} : { fault: last.fault }),
    }
    if (result === 'again' && attempts < mostAttempts) {
      const at = new Date(wall + backoff(attempts, retryAfterMs))
      await noteFailedAttempt(store.db, row, tries, at)
      log.warn({ ...said, next: at.toISOString() }, 'a webhook was not delivered; it is tried again')
      return false
    }
    this.#tried.delete(row.id)
    if (answer !== undefined)
      await take?.(row, answer).catch((err: unknown) => log.error({ ...said, err }, 'an answer could not be taken'))
    const state = result === 'delivered' ? 'delivered' : 'failed'
    await this.#settled.add({ id: row.id, tries, state, at: new Date(wall) })
    if (state === 'failed') log.warn(said, 'a webhook is given up')
    else log.debug(said, 'a webhook was delivered')
    return true
  }

  async #stop(): Promise<void> {
    this.#stopping = true
    for (const timer of this.#timers.values()) timer.stop()
    const work = Promise.all([...this.#lanes.values()].flatMap(({ running, inserts }) => [running, inserts]))
    const { clock } = this.#options
    await new Promise<void>((resolve) => {
      const timer = clock.after(stopMs, resolve)
      void work.then(() => {
        timer.stop()
        resolve()
      })
    })
  }
}

const jittered = (attempts: number, askedMs: number): number => backoffMs(attempts, Math.random(), askedMs)

const tokensOf = ({ token, mainToken }: Extract<Signing, { dialect: 'plivo' }>) => ({
  token,
  ...(mainToken === undefined ? {} : { mainToken }),
})
