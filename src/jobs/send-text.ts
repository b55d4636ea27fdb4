import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { OutgoingText, TextCarrier, TextResult } from '../phone/carrier.ts'
import type { ServiceEvent } from '../phone/event.ts'
import type { Id } from '../phone/id.ts'
import {
  countAttempt,
  getMessage,
  type MessageRow,
  type MessageState,
  moveMessage,
  putCarrierRef,
  requeueFor,
} from '../store/messages.ts'
import { numbersOf } from '../store/numbers.ts'
import type { Db } from '../store/store.ts'

export interface SendTextOptions {
  readonly db: Db
  readonly clock: Clock
  readonly log: Logger
  readonly bus: Bus<ServiceEvent>
  /** The company that carries a text between these two. */
  readonly carrierOf: (text: OutgoingText) => TextCarrier
}

export interface TextSender {
  /** One try. Rejects when it should be tried again; `lastTry` makes it give up instead. */
  send(id: string, lastTry: boolean): Promise<void>
  /** A phone registered: what waits for the extension, or a number of it, is queued again. */
  receiverAppeared(username: string): Promise<void>
}

/** What the log says of a text that came to this. */
const told: Readonly<Record<MessageState, string>> = {
  queued: 'a text is queued',
  waiting: 'a text waits for its receiver',
  sent: 'a text was sent',
  delivered: 'a text was delivered',
  failed: 'a text could not be delivered',
  received: 'a text came in',
}

/**
 * Sends what is queued. At least once: killed between the sending and the note of it, the same text goes out again at
 * the next start, which is better than never.
 */
export function textSender({ db, clock, log, bus, carrierOf }: SendTextOptions): TextSender {
  const now = (): Date => new Date(clock.wall())
  // How often someone appeared, per receiver with a text in flight: whoever registers between "not there" and "waiting"
  // would otherwise never get it.
  const inFlight = new Map<string, { texts: number; appeared: number }>()

  async function settle(message: MessageRow, state: MessageState, reason: string | null): Promise<void> {
    const moved = await moveMessage(db, message.id, state, now(), reason)
    if (moved === undefined) return
    const { from, to } = moved
    log.info({ message: moved.id, from, to, ...(reason === null ? {} : { reason }) }, told[state])
    announce(bus, moved)
  }

  async function requeue(to: string): Promise<void> {
    for (const message of await requeueFor(db, to, now())) announce(bus, message)
  }

  return {
    async send(id, lastTry) {
      const message = await countAttempt(db, id)
      if (message === undefined) {
        // Delivered, failed or deleted since: the job ran twice.
        log.debug(
          { message: id, found: (await getMessage(db, id))?.state ?? null },
          'a text was not to be sent any more',
        )
        return
      }
      const flight = inFlight.get(message.to) ?? { texts: 0, appeared: 0 }
      inFlight.set(message.to, flight)
      flight.texts++
      const before = flight.appeared
      try {
        const { from, to, body } = message
        const text = { id, from, to, body }
        let result: TextResult
        try {
          result = await carrierOf(text).send(text)
        } catch (error) {
          log.warn({ message: id, err: error, lastTry }, 'sending a text failed')
          if (!lastTry) throw error
          result = {
            kind: 'failed',
            sentence: `Sending failed ${message.attempts} times; the last fault is in the log.`,
          }
        }
        switch (result.kind) {
          case 'delivered':
            return await settle(message, 'delivered', null)
          case 'sent':
            // Before its state: a report may come at once.
            if (result.ref !== undefined) await putCarrierRef(db, id, result.ref)
            return await settle(message, 'sent', null)
          case 'failed':
            return await settle(message, 'failed', result.sentence)
          case 'later':
            await settle(message, 'waiting', result.sentence)
            if (flight.appeared !== before) await requeue(message.to)
        }
      } finally {
        flight.texts--
        if (flight.texts === 0) inFlight.delete(message.to)
      }
    },

    async receiverAppeared(username) {
      const numbers = await numbersOf(db, { kind: 'extension', username })
      for (const to of [username, ...numbers.map((number) => number.e164)]) {
        const flight = inFlight.get(to)
        if (flight !== undefined) flight.appeared++
        await requeue(to)
      }
    },
  }
}

export function announce(bus: Bus<ServiceEvent>, message: MessageRow): void {
  bus.publish({
    type: `message.${message.state}`,
    at: message.updatedAt.getTime(),
    message: message.id as Id<'message'>,
  })
}
