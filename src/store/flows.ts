import { asc, eq, gt } from 'drizzle-orm'
import { cutPage, type Page, type PageQuery } from './page.ts'
import { flows } from './schema.ts'
import type { Db } from './store.ts'

export type FlowRow = typeof flows.$inferSelect
export type FlowChange = Partial<Pick<FlowRow, 'name' | 'written' | 'flow' | 'updatedAt'>>

/** @throws a unique conflict on `flows_name` */
export async function insertFlow(db: Db, row: FlowRow): Promise<FlowRow> {
  const [made] = await db.insert(flows).values(row).returning()
  return made!
}

export async function getFlow(db: Db, id: string): Promise<FlowRow | undefined> {
  const [row] = await db.select().from(flows).where(eq(flows.id, id))
  return row
}

export async function listFlows(db: Db, { limit, after }: PageQuery): Promise<Page<FlowRow>> {
  const rows = await db
    .select()
    .from(flows)
    .where(after === undefined ? undefined : gt(flows.id, after))
    .orderBy(asc(flows.id))
    .limit(limit + 1)
  return cutPage(rows, limit, (row) => row.id)
}

export async function allFlows(db: Db): Promise<readonly FlowRow[]> {
  return db.select().from(flows).orderBy(asc(flows.id))
}

/** @throws a unique conflict on `flows_name` */
export async function updateFlow(db: Db, id: string, change: FlowChange): Promise<FlowRow | undefined> {
  const [row] = await db.update(flows).set(change).where(eq(flows.id, id)).returning()
  return row
}

export async function deleteFlow(db: Db, id: string): Promise<boolean> {
  const gone = await db.delete(flows).where(eq(flows.id, id)).returning({ id: flows.id })
  return gone.length > 0
}
