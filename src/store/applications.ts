import { and, count, desc, eq, sql } from 'drizzle-orm'
import { applications, numbers } from './schema.ts'
import type { Db } from './store.ts'

export type ApplicationRow = typeof applications.$inferSelect
export type ApplicationChange = Partial<Omit<ApplicationRow, 'id' | 'createdAt'>>

/** A default takes the place of the former one. */
export async function insertApplication(db: Db, row: ApplicationRow): Promise<ApplicationRow> {
  return db.transaction(async (tx) => {
    await makeRoom(tx, row)
    const [made] = await tx.insert(applications).values(row).returning()
    return made!
  })
}

async function makeRoom(tx: Db, { isDefault, isEndpointDefault }: ApplicationChange): Promise<void> {
  if (isDefault === true)
    await tx.update(applications).set({ isDefault: false }).where(eq(applications.isDefault, true))
  if (isEndpointDefault === true)
    await tx.update(applications).set({ isEndpointDefault: false }).where(eq(applications.isEndpointDefault, true))
}

export async function updateApplication(
  db: Db,
  id: string,
  change: ApplicationChange,
): Promise<ApplicationRow | undefined> {
  return db.transaction(async (tx) => {
    await makeRoom(tx, change)
    const [row] = await tx.update(applications).set(change).where(eq(applications.id, id)).returning()
    return row
  })
}

export async function getApplication(db: Db, id: string): Promise<ApplicationRow | undefined> {
  const [row] = await db.select().from(applications).where(eq(applications.id, id))
  return row
}

export async function defaultApplication(db: Db): Promise<ApplicationRow | undefined> {
  const [row] = await db.select().from(applications).where(eq(applications.isDefault, true))
  return row
}

export async function defaultEndpointApplication(db: Db): Promise<ApplicationRow | undefined> {
  const [row] = await db.select().from(applications).where(eq(applications.isEndpointDefault, true))
  return row
}

/** Newest first. */
export async function listApplications(
  db: Db,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly rows: readonly ApplicationRow[]; readonly total: number }> {
  const rows = await db.select().from(applications).orderBy(desc(applications.id)).limit(limit).offset(offset)
  const [all] = await db.select({ total: count() }).from(applications)
  return { rows, total: all?.total ?? 0 }
}

/** Its numbers are left without a use. */
export async function deleteApplication(db: Db, id: string): Promise<boolean> {
  return db.transaction(async (tx) => {
    const assigned = sql`${numbers.assignment} @> ${JSON.stringify({ kind: 'application', application: id })}::jsonb`
    await tx
      .update(numbers)
      .set({ assignment: null })
      .where(and(eq(numbers.state, 'rented'), assigned))
    const gone = await tx.delete(applications).where(eq(applications.id, id)).returning({ id: applications.id })
    return gone.length > 0
  })
}
