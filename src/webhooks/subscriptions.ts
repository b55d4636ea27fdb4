import type { Bus } from '../base/bus.ts'
import type { Logger } from '../base/log.ts'
import type { Scope } from '../base/scope.ts'
import type { ServiceEvent } from '../phone/event.ts'
import type { Endpoints } from './endpoints.ts'
import type { Outbox } from './outbox.ts'

/** What a receiver is told of an event. */
export interface Told {
  /** `call.answered` */
  readonly event: string
  /** What order is kept within, e.g. the id of the call. */
  readonly key: string
  /** The thing as its own route shows it, under its name. */
  readonly data: Readonly<Record<string, unknown>>
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

/** Queues every event for the webhooks that are subscribed to it, those of one thing in their order. */
export function subscribeWebhooks({ bus, endpoints, outbox, log, scope, render }: SubscriptionOptions): void {
  const tails = new Map<string, Promise<void>>()

  async function tell(event: ServiceEvent): Promise<void> {
    try {
      const told = await render(event)
      if (told === undefined) return
      const timestamp = new Date(event.at).toISOString()
      const body = JSON.stringify({ type: told.event, timestamp, data: told.data })
      await Promise.all(
        endpoints.of(told.event).map(({ id, url }) =>
          outbox.send({
            ...{ url, method: 'POST', contentType: 'application/json', body, event: told.event },
            key: `${id}:${told.key}`,
            cause: `${told.event}:${causeOf(event)}`,
            signing: { dialect: 'standard', webhook: id },
          }),
        ),
      )
    } catch (error) {
      log.error({ err: error, event }, 'an event could not be queued for its webhooks')
    }
  }

  const end = bus.subscribe((event) => {
    if (!endpoints.any) return
    const thing = thingOf(event)
    const tail = (tails.get(thing) ?? Promise.resolve()).then(() => tell(event))
    tails.set(thing, tail)
    void tail.then(() => {
      if (tails.get(thing) === tail) tails.delete(thing)
    })
  })
  scope.add('webhook subscriptions', async () => {
    await Promise.all(tails.values())
    end()
  })
}

function thingOf(event: ServiceEvent): string {
  if ('call' in event) return event.call
  if ('message' in event) return event.message
  return event.voicemail
}

/** A text may wait more than once; calls and voicemails come to each state once. */
const causeOf = (event: ServiceEvent): string => ('message' in event ? `${event.message}:${event.at}` : thingOf(event))
