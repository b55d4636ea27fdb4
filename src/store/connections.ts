import { and, desc, eq, isNull, lt } from 'drizzle-orm'
import { cutPage, type Page, type PageQuery } from './page.ts'
import { connections } from './schema.ts'
import type { Db } from './store.ts'

export type ConnectionRow = typeof connections.$inferSelect
export type ConnectionChange = Partial<
  Pick<ConnectionRow, 'state' | 'pressed' | 'talkSeconds' | 'failure' | 'callId' | 'recordingId' | 'endedAt'>
> &
  Pick<ConnectionRow, 'updatedAt'>

export async function insertConnection(db: Db, row: ConnectionRow): Promise<void> {
  await db.insert(connections).values(row)
}

export async function getConnection(db: Db, id: string): Promise<ConnectionRow | undefined> {
  const [row] = await db.select().from(connections).where(eq(connections.id, id))
  return row
}

/** Newest first. */
export async function listConnections(db: Db, { limit, after }: PageQuery): Promise<Page<ConnectionRow>> {
  const rows = await db
    .select()
    .from(connections)
    .where(after === undefined ? undefined : lt(connections.id, after))
    .orderBy(desc(connections.id))
    .limit(limit + 1)
  return cutPage(rows, limit, (row) => row.id)
}

/** One that is over stays as it is; whether it was changed. */
export async function updateConnection(db: Db, id: string, change: ConnectionChange): Promise<boolean> {
  const changed = await db
    .update(connections)
    .set(change)
    .where(and(eq(connections.id, id), isNull(connections.endedAt)))
    .returning({ id: connections.id })
  return changed.length > 0
}

/** What a killed service left open; for its next start. */
export async function interruptConnections(db: Db, now: Date, sentence: string): Promise<void> {
  await db
    .update(connections)
    .set({ state: 'failed', failure: { code: 'interrupted', sentence }, endedAt: now, updatedAt: now })
    .where(isNull(connections.endedAt))
}
