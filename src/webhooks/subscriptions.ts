import type { Bus } from '../base/bus.ts'
import type { Logger } from '../base/log.ts'
import type { Scope } from '../base/scope.ts'
import type { ServiceEvent } from '../phone/event.ts'
import type { InsertedDelivery, NewDelivery } from '../store/webhook-deliveries.ts'
import type { Endpoints } from './endpoints.ts'
import type { Outbox, OutgoingWebhook } from './outbox.ts'

/** What a receiver is told of an event. */
export interface Told {
  /** `call.answered` */
  readonly event: string
  /** What order is kept within, e.g. the id of the call. */
  readonly key: string
  /** The thing as its own route shows it, under its name. */
  readonly data: Readonly<Record<string, unknown>>
  /** Two of the same event and cause are one; the thing unless given. */
  readonly cause?: string
}

export interface SubscriptionOptions {
  readonly bus: Bus<ServiceEvent>
  readonly endpoints: Endpoints
  readonly outbox: Outbox
  readonly log: Logger
  /** Closing it waits until what was heard is in the store. */
  readonly scope: Scope
  /** `undefined` for what is not told. */
  readonly render: (event: ServiceEvent) => Promise<Told | undefined>
}

/** An event that is about to be written, and what is told of it. */
export interface Coming {
  readonly event: ServiceEvent
  readonly told: Told | undefined
}

export type WriteDeliveries = (rows: readonly NewDelivery[]) => Promise<readonly InsertedDelivery[]>

/** Queues every event for the webhooks that are subscribed to it, those of one thing in their order. */
export class Subscriptions {
  readonly #options: SubscriptionOptions
  /** Of each thing, what was heard last. */
  readonly #tails = new Map<string, Promise<void>>()
  /** Queued already when they are published. */
  readonly #queued = new WeakSet<ServiceEvent>()

  constructor(options: SubscriptionOptions) {
    this.#options = options
    const end = options.bus.subscribe((event) => this.#heard(event))
    options.scope.add('webhook subscriptions', async () => {
      await this.queued()
      end()
    })
  }

  /**
   * Queues events by the write that makes them true, before they are published; what was told of the same things before
   * goes first. Rejects as `write` does.
   */
  async queueWith(coming: readonly Coming[], write: WriteDeliveries): Promise<void> {
    const { endpoints, outbox } = this.#options
    if (!endpoints.any) {
      await write([])
      return
    }
    const webhooks = coming.flatMap(({ event, told }) => (told === undefined ? [] : this.#webhooksOf(event, told)))
    const things = [...new Set(coming.map(({ event }) => thingOf(event)))]
    const work = Promise.all(things.map((thing) => this.#tails.get(thing))).then(() => outbox.sendWith(webhooks, write))
    const over = work.catch(() => {}) // told to the one who writes
    for (const thing of things) this.#follow(thing, over)
    await work
    for (const { event } of coming) this.#queued.add(event)
  }

  /** Resolves when all that was published until now is in the store. */
  async queued(): Promise<void> {
    await Promise.all(this.#tails.values())
  }

  #heard(event: ServiceEvent): void {
    if (!this.#options.endpoints.any || this.#queued.has(event)) return
    const thing = thingOf(event)
    this.#follow(
      thing,
      (this.#tails.get(thing) ?? Promise.resolve()).then(() => this.#tell(event)),
    )
  }

  #follow(thing: string, work: Promise<void>): void {
    this.#tails.set(thing, work)
    void work.then(() => {
      if (this.#tails.get(thing) === work) this.#tails.delete(thing)
    })
  }

  async #tell(event: ServiceEvent): Promise<void> {
    const { render, outbox, log } = this.#options
    try {
      const told = await render(event)
      if (told !== undefined) await Promise.all(this.#webhooksOf(event, told).map((webhook) => outbox.send(webhook)))
    } catch (error) {
      log.error({ err: error, event }, 'an event could not be queued for its webhooks')
    }
  }

  #webhooksOf(event: ServiceEvent, told: Told): OutgoingWebhook[] {
    const timestamp = new Date(event.at).toISOString()
    const body = JSON.stringify({ type: told.event, timestamp, data: told.data })
    return this.#options.endpoints.of(told.event).map(({ id, url, fallbackUrl }) => ({
      ...{ url, method: 'POST', contentType: 'application/json', body, event: told.event },
      key: `${id}:${told.key}`,
      ...(fallbackUrl === undefined ? {} : { fallbackUrl }),
      cause: `${told.event}:${told.cause ?? causeOf(event)}`,
      signing: { dialect: 'standard', webhook: id },
    }))
  }
}

function thingOf(event: ServiceEvent): string {
  if ('call' in event) return event.call
  if ('message' in event) return event.message
  if ('recording' in event) return event.recording
  if ('conference' in event) return event.conference.id
  if ('scan' in event) return event.scan
  if ('connection' in event) return event.connection
  if ('cdr' in event) return event.cdr
  if ('planned' in event) return event.planned
  if ('broadcast' in event) return event.broadcast
  return event.voicemail
}

/** A text may wait more than once, and one may be muted more than once; calls and voicemails come to each state once. */
function causeOf(event: ServiceEvent): string {
  if ('message' in event) return `${event.message}:${event.at}`
  if ('planned' in event) return `${event.planned}:${event.at}`
  if ('conference' in event) return `${event.at}:${JSON.stringify(event.conference)}`
  return thingOf(event)
}
