import { asc, eq, gt, lte, sql } from 'drizzle-orm'
import { bindings } from './schema.ts'
import type { Db } from './store.ts'

export type BindingRow = typeof bindings.$inferSelect

/** Replaces all that is registered for an extension, in one transaction; an empty list removes it. */
export async function putBindings(
  db: Db,
  username: string,
  rows: readonly Omit<BindingRow, 'username'>[],
): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.delete(bindings).where(eq(bindings.username, username))
    if (rows.length === 0) return
    // A phone may register in the moment in which its extension is deleted: nothing is kept then.
    const there = await tx.execute(sql`select 1 from extensions where username = ${username} for key share`)
    if (there.rowCount === 0) return
    await tx.insert(bindings).values(rows.map((row) => ({ ...row, username })))
  })
}

/** Everything still valid; read once at start, so that registrations outlive a restart. */
export async function liveBindings(db: Db, now: Date): Promise<readonly BindingRow[]> {
  return db.select().from(bindings).where(gt(bindings.expiresAt, now)).orderBy(asc(bindings.username))
}

export async function purgeBindings(db: Db, now: Date): Promise<number> {
  const gone = await db.delete(bindings).where(lte(bindings.expiresAt, now)).returning({ contact: bindings.contact })
  return gone.length
}
