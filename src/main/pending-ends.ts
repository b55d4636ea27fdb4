import { z } from 'zod'
import type { Unfinished } from '../apps/document/ports.ts'
import type { PendingNotice } from '../apps/session/notice.ts'
import type { Clock } from '../base/clock.ts'
import type { PendingEndRow } from '../store/pending-ends.ts'
import { allPendingEnds, keepPendingEnd, settlePendingEnd } from '../store/pending-ends.ts'
import type { Store } from '../store/store.ts'
import type { Outbox, OutgoingWebhook } from '../webhooks/outbox.ts'
import type { Author } from './document-requests.ts'

export interface PendingEndsOptions {
  readonly store: Pick<Store, 'db' | 'keys'>
  readonly clock: Pick<Clock, 'wall'>
  readonly outbox: Pick<Outbox, 'sendWith'>
}

/** The hangup URL of a document's call. */
export interface PendingHangup extends Author {
  readonly url: string
  readonly method: 'GET' | 'POST'
}

/** A part of a document's call that was not over. */
export interface PendingPart extends Author {
  readonly unfinished: Unfinished
}

/** What was kept of a call whose service was killed. */
export type PendingEnd =
  | (PendingBase & { readonly dialect: 'blocks'; readonly value: PendingNotice })
  | (PendingBase & { readonly dialect: 'documents'; readonly value: PendingHangup | PendingPart })

interface PendingBase {
  readonly id: string
  readonly call: string
  /** Milliseconds since 1970. */
  readonly keptAt: number
}

// Nobody else can have sealed them: the seal proves where they come from, and migrations never change them.
const Kept = {
  blocks: z.custom<PendingNotice>(),
  documents: z.custom<PendingHangup | PendingPart>(),
}

/**
 * Keeps in the store what is to be told when a call ends, for as long as it lives: a service that is killed tells it
 * after its next start. What is told and what is kept change in one transaction, so that it is told once.
 */
export class PendingEnds {
  readonly #options: PendingEndsOptions

  constructor(options: PendingEndsOptions) {
    this.#options = options
  }

  /** @param id the call, or a part of it that ends with it; what was kept under it before is replaced */
  async keep(id: string, call: string, dialect: PendingEndRow['dialect'], value: object): Promise<void> {
    const { store, clock } = this.#options
    const sealed = store.keys.seal(JSON.stringify(value), id)
    await keepPendingEnd(store.db, { id, callId: call, dialect, sealed, createdAt: new Date(clock.wall()) })
  }

  /** Queues what is told, where something is, and forgets what was kept. */
  async settle(id: string, told: readonly OutgoingWebhook[]): Promise<void> {
    const { store, outbox } = this.#options
    if (told.length === 0) await settlePendingEnd(store.db, id, [])
    else await outbox.sendWith(told, (rows) => settlePendingEnd(store.db, id, rows))
  }

  /** Oldest first. */
  all(): Promise<readonly PendingEndRow[]> {
    return allPendingEnds(this.#options.store.db)
  }

  /** @throws when it was sealed with another key */
  open({ id, callId, dialect, sealed, createdAt }: PendingEndRow): PendingEnd {
    const kept: unknown = JSON.parse(this.#options.store.keys.open(sealed, id))
    const base = { id, call: callId, keptAt: createdAt.getTime() }
    switch (dialect) {
      case 'blocks':
        return { ...base, dialect, value: Kept.blocks.parse(kept) }
      case 'documents':
        return { ...base, dialect, value: Kept.documents.parse(kept) }
    }
  }
}
