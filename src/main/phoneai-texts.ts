import { z } from 'zod'
import type { Bus } from '../base/bus.ts'
import type { Logger } from '../base/log.ts'
import type { Scope } from '../base/scope.ts'
import type { ServiceEvent } from '../phone/event.ts'
import { getMessage, type MessageRow } from '../store/messages.ts'
import { lastTextCallback } from '../store/phoneai.ts'
import type { Store } from '../store/store.ts'
import type { Outbox } from '../webhooks/outbox.ts'

export interface PhoneaiTextsOptions {
  readonly store: Store
  readonly bus: Bus<ServiceEvent>
  readonly outbox: Outbox
  readonly log: Logger
  readonly scope: Scope
}

const Kept = z.object({ url: z.string(), secret: z.string() })

/** Tells programs of the menu crawler's dialect what was answered to their texts. */
export function followReplies({ store, bus, outbox, log, scope }: PhoneaiTextsOptions): void {
  const open = new Set<Promise<void>>()

  async function tell(row: MessageRow): Promise<void> {
    // The answer goes the other way than the text did: one to another number of ours is no answer to it.
    const asked = await lastTextCallback(store.db, { from: row.to, to: row.from })
    if (asked === undefined) return
    const { url, secret } = Kept.parse(JSON.parse(store.keys.open(asked.sealed, asked.id)))
    const plain = (who: string): string => who.replace(/^\+/, '')
    await outbox.send({
      ...{ url, method: 'POST', contentType: 'application/json' },
      body: JSON.stringify({ from: plain(row.from), to: plain(row.to), text: row.body }),
      ...{ key: asked.id, cause: `reply ${row.id}`, event: 'message.received' },
      signing: { dialect: 'standard', secret },
    })
  }

  const unsubscribe = bus.subscribe((event) => {
    // One between two of the site is queued, one from outside is received.
    if (event.type !== 'message.received' && event.type !== 'message.queued') return
    const { message } = event
    const work = getMessage(store.db, message)
      .then((row) => (row === undefined || row.attempts > 0 ? undefined : tell(row)))
      .catch((err: unknown) => log.error({ message, err }, 'a program could not be told of an answer to its text'))
      .finally(() => open.delete(work))
    open.add(work)
  })
  scope.add('answers to texts', async () => {
    unsubscribe()
    await Promise.all(open)
  })
}
