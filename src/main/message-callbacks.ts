import { z } from 'zod'
import type { DocumentSource } from '../apps/document/ports.ts'
import { type TextFacts, textStatusOf, textStatusParams } from '../apps/document/text-params.ts'
import { readWebTarget, type WebTarget } from '../apps/document/web-target.ts'
import { getMessageCallback, putMessageCallback } from '../store/message-callbacks.ts'
import type { MessageRow, MessageState } from '../store/messages.ts'
import type { Db, Store } from '../store/store.ts'

const Kept = z.object({ url: z.string(), method: z.enum(['GET', 'POST']), token: z.string() })

/** Who is told of the states of texts that went out by documents or their REST interface. */
export class MessageCallbacks {
  readonly #store: Store

  constructor({ store }: { readonly store: Store }) {
    this.#store = store
  }

  /** @param db where the text was put, e.g. in the same transaction; @param token signs what is told */
  async put(db: Db, message: string, { url, method }: WebTarget, token: string): Promise<void> {
    const { keys } = this.#store
    await putMessageCallback(db, message, keys.seal(JSON.stringify({ url, method, token }), message))
  }

  /** @param state which it has come to; the row may be further. @param source requests signed with a token */
  async tell(row: MessageRow, state: MessageState, source: (token: string) => DocumentSource): Promise<void> {
    const { db, keys } = this.#store
    // That it waits for its receiver is no news to those who know it as queued.
    if (row.direction !== 'outbound' || state === 'waiting') return
    const sealed = await getMessageCallback(db, row.id)
    if (sealed === undefined) return
    const { url, method, token } = Kept.parse(JSON.parse(keys.open(sealed, row.id)))
    const target = readWebTarget(url, method)
    if (typeof target === 'string') throw new Error(`The callback of ${row.id} takes ${target}.`)
    source(token).tell(target, textStatusParams(factsOf(row), textStatusOf[state]), { id: row.id })
  }
}

export const factsOf = ({ id, from, to, body, createdAt, updatedAt }: MessageRow): TextFacts => ({
  id,
  from,
  to,
  body,
  createdAt: createdAt.getTime(),
  updatedAt: updatedAt.getTime(),
})
