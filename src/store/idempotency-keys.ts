import { and, eq, isNull, lt, or, sql } from 'drizzle-orm'
import { idempotencyKeys } from './schema.ts'
import type { Db } from './store.ts'

export interface KeyUse {
  readonly tokenId: string
  readonly key: string
  /** SHA-256 over method, path and body. */
  readonly requestHash: Buffer
  readonly now: Date
}

export type KeyLook =
  | { readonly kind: 'first' }
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  | { readonly kind: 'in_progress' }
  | { readonly kind: 'other_request' }

const keptMs = 24 * 3600_000
/** A request that never got its answer: the service was killed in it. */
const abandonedMs = 60_000

/** Takes the key for this request, or tells what became of the one that took it. Of many at once one is `first`. */
export async function takeKey(db: Db, use: KeyUse): Promise<KeyLook> {
  const { tokenId, key, requestHash, now } = use
  const which = and(eq(idempotencyKeys.tokenId, tokenId), eq(idempotencyKeys.key, key))
  const abandoned = and(
    isNull(idempotencyKeys.status),
    lt(idempotencyKeys.createdAt, new Date(now.getTime() - abandonedMs)),
  )
  const tooOld = lt(idempotencyKeys.createdAt, new Date(now.getTime() - keptMs))
  const taken = await db
    .insert(idempotencyKeys)
    .values({ tokenId, key, requestHash, createdAt: now })
    .onConflictDoUpdate({
      target: [idempotencyKeys.tokenId, idempotencyKeys.key],
      set: { requestHash, createdAt: now, status: null, body: null },
      setWhere: sql`${or(abandoned, tooOld)}`,
    })
    .returning({ key: idempotencyKeys.key })
  if (taken.length > 0) return { kind: 'first' }
  const [row] = await db.select().from(idempotencyKeys).where(which)
  if (row === undefined) return takeKey(db, use) // given back between the two statements
  if (!row.requestHash.equals(requestHash)) return { kind: 'other_request' }
  if (row.status === null) return { kind: 'in_progress' }
  return { kind: 'answered', status: row.status, body: row.body ?? '' }
}

export async function answerKey(
  db: Db,
  use: Pick<KeyUse, 'tokenId' | 'key'>,
  answer: { readonly status: number; readonly body: string },
): Promise<void> {
  await db
    .update(idempotencyKeys)
    .set(answer)
    .where(and(eq(idempotencyKeys.tokenId, use.tokenId), eq(idempotencyKeys.key, use.key)))
}

/** The request failed through our fault: the same key may try again. */
export async function giveBackKey(db: Db, use: Pick<KeyUse, 'tokenId' | 'key'>): Promise<void> {
  await db
    .delete(idempotencyKeys)
    .where(
      and(eq(idempotencyKeys.tokenId, use.tokenId), eq(idempotencyKeys.key, use.key), isNull(idempotencyKeys.status)),
    )
}

export async function purgeKeys(db: Db, now: Date): Promise<number> {
  const old = lt(idempotencyKeys.createdAt, new Date(now.getTime() - keptMs))
  const gone = await db.delete(idempotencyKeys).where(old).returning({ key: idempotencyKeys.key })
  return gone.length
}
