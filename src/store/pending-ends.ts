import { asc, eq } from 'drizzle-orm'
import { pendingEnds } from './schema.ts'
import type { Db } from './store.ts'
import { type InsertedDelivery, insertDelivery, type NewDelivery } from './webhook-deliveries.ts'

export type PendingEndRow = typeof pendingEnds.$inferSelect

/** In the place of what was kept under this id before. */
export async function keepPendingEnd(db: Db, row: PendingEndRow): Promise<void> {
  const { id: target } = pendingEnds
  await db.insert(pendingEnds).values(row).onConflictDoUpdate({ target, set: row })
}

/** Oldest first; read at start, when no call is left that could tell them itself. */
export async function allPendingEnds(db: Db): Promise<readonly PendingEndRow[]> {
  return db.select().from(pendingEnds).orderBy(asc(pendingEnds.createdAt), asc(pendingEnds.id))
}

/** Queues what is told in its place and forgets it: both or neither, so that nobody is told twice. */
export async function settlePendingEnd(
  db: Db,
  id: string,
  told: readonly NewDelivery[],
): Promise<readonly InsertedDelivery[]> {
  return db.transaction(async (tx) => {
    await tx.delete(pendingEnds).where(eq(pendingEnds.id, id))
    const inserted: InsertedDelivery[] = []
    for (const row of told) {
      const made = await insertDelivery(tx, row)
      if (made !== undefined) inserted.push({ id: row.id, seq: made.row.seq, behind: made.behind })
    }
    return inserted
  })
}
