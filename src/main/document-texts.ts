import type { Bus } from '../base/bus.ts'
import type { Logger } from '../base/log.ts'
import type { Scope } from '../base/scope.ts'
import type { ServiceEvent } from '../phone/event.ts'
import { getMessage, type MessageState } from '../store/messages.ts'
import type { Store } from '../store/store.ts'
import type { Documents } from './documents.ts'

export interface DocumentTextsOptions {
  readonly store: Store
  readonly documents: Documents
  readonly bus: Bus<ServiceEvent>
  readonly log: Logger
  readonly scope: Scope
}

/** Tells programs of the texts that they sent. */
export function followTexts({ store, documents, bus, log, scope }: DocumentTextsOptions): void {
  /** Those of one text follow each other, as its states did. */
  const last = new Map<string, Promise<void>>()

  async function tell(id: string, state: MessageState): Promise<void> {
    const row = await getMessage(store.db, id)
    if (row?.direction === 'outbound')
      await documents.callbacks.tell(row, state, (token) => documents.ports(token).source)
  }

  const unsubscribe = bus.subscribe((event) => {
    if (!('message' in event)) return
    const { message, type } = event
    const state = type.slice('message.'.length) as MessageState
    const work = (last.get(message) ?? Promise.resolve())
      .then(() => tell(message, state))
      .catch((err: unknown) => log.error({ message, err }, 'a program could not be told of a text'))
      .finally(() => {
        if (last.get(message) === work) last.delete(message)
      })
    last.set(message, work)
  })
  scope.add('programs told of texts', async () => {
    unsubscribe()
    await Promise.all(last.values())
  })
}
