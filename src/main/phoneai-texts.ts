import { z } from 'zod'
import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Scope } from '../base/scope.ts'
import type { ServiceEvent } from '../phone/event.ts'
import { getMessage, type MessageRow } from '../store/messages.ts'
import { lastTextCallback, repliesUntold, replyCause } from '../store/phoneai.ts'
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

/** How old an answer may be that a program is told of by the next start of a service that was killed. */
const missedMs = 24 * 3600_000

async function tell(row: MessageRow, { store, outbox }: Pick<PhoneaiTextsOptions, 'store' | 'outbox'>): Promise<void> {
  // The answer goes the other way than the text did: one to another number of ours is no answer to it.
  const asked = await lastTextCallback(store.db, { from: row.to, to: row.from, before: row.id })
  if (asked === undefined) return
  const { url, secret } = Kept.parse(JSON.parse(store.keys.open(asked.sealed, asked.id)))
  const plain = (who: string): string => who.replace(/^\+/, '')
  await outbox.send({
    ...{ url, method: 'POST', contentType: 'application/json' },
    body: JSON.stringify({ from: plain(row.from), to: plain(row.to), text: row.body }),
    ...{ key: asked.id, cause: replyCause(row.id), event: 'message.received' },
    signing: { dialect: 'standard', secret },
  })
}

/** Tells of answers that a kill came in between. To be run before texts come in. */
export async function tellMissedReplies(
  options: Pick<PhoneaiTextsOptions, 'store' | 'outbox' | 'log'> & { readonly clock: Pick<Clock, 'wall'> },
): Promise<void> {
  const { store, clock, log } = options
  for (const row of await repliesUntold(store.db, new Date(clock.wall() - missedMs))) {
    try {
      await tell(row, options)
    } catch (err) {
      // Others are told; this one is tried again at the next start.
      log.error({ message: row.id, err }, 'a program could not be told of an answer to its text')
    }
  }
}

/** Tells programs of the menu crawler's dialect what was answered to their texts. */
export function followReplies({ store, bus, outbox, log, scope }: PhoneaiTextsOptions): void {
  const open = new Set<Promise<void>>()

  const unsubscribe = bus.subscribe((event) => {
    // One between two of the site is queued, one from outside is received.
    if (event.type !== 'message.received' && event.type !== 'message.queued') return
    const { message } = event
    const work = getMessage(store.db, message)
      .then((row) => (row === undefined || row.attempts > 0 ? undefined : tell(row, { store, outbox })))
      .catch((err: unknown) => log.error({ message, err }, 'a program could not be told of an answer to its text'))
      .finally(() => open.delete(work))
    open.add(work)
  })
  scope.add('answers to texts', async () => {
    unsubscribe()
    await Promise.all(open)
  })
}
