import { asc, eq, gt } from 'drizzle-orm'
import { cutPage, type Page, type PageQuery } from './page.ts'
import { forwards } from './schema.ts'
import type { Db } from './store.ts'

export type ForwardRow = typeof forwards.$inferSelect
export type ForwardChange = Partial<
  Pick<ForwardRow, 'name' | 'targets' | 'notify' | 'callerId' | 'prompts' | 'voicemail' | 'email' | 'updatedAt'>
>

/** The two numbers are rented before, in the same transaction. */
export async function insertForward(db: Db, row: ForwardRow): Promise<ForwardRow> {
  const [made] = await db.insert(forwards).values(row).returning()
  return made!
}

export async function getForward(db: Db, id: string): Promise<ForwardRow | undefined> {
  const [row] = await db.select().from(forwards).where(eq(forwards.id, id))
  return row
}

export async function listForwards(db: Db, { limit, after }: PageQuery): Promise<Page<ForwardRow>> {
  const where = after === undefined ? undefined : gt(forwards.id, after)
  const rows = await db
    .select()
    .from(forwards)
    .where(where)
    .orderBy(asc(forwards.id))
    .limit(limit + 1)
  return cutPage(rows, limit, (row) => row.id)
}

/** All of them; there are as many as people. For finding what still rings an extension. */
export async function allForwards(db: Db): Promise<readonly ForwardRow[]> {
  return db.select().from(forwards).orderBy(asc(forwards.id))
}

export async function updateForward(db: Db, id: string, change: ForwardChange): Promise<ForwardRow | undefined> {
  const [row] = await db.update(forwards).set(change).where(eq(forwards.id, id)).returning()
  return row
}

export async function deleteForward(db: Db, id: string): Promise<ForwardRow | undefined> {
  const [row] = await db.delete(forwards).where(eq(forwards.id, id)).returning()
  return row
}
