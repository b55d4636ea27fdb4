import { asc, eq, gt } from 'drizzle-orm'
import { cutPage, type Page, type PageQuery } from './page.ts'
import { dialerRules, doNotCall } from './schema.ts'
import type { Db } from './store.ts'

export type DoNotCallRow = typeof doNotCall.$inferSelect

export async function getDialerRules(db: Db): Promise<object | undefined> {
  const [row] = await db.select().from(dialerRules)
  return row?.rules
}

export async function putDialerRules(db: Db, rules: object): Promise<void> {
  await db
    .insert(dialerRules)
    .values({ one: true, rules })
    .onConflictDoUpdate({ target: dialerRules.one, set: { rules } })
}

/** One that stands there gets the new reason. */
export async function putDoNotCall(db: Db, row: DoNotCallRow): Promise<DoNotCallRow> {
  const [made] = await db
    .insert(doNotCall)
    .values(row)
    .onConflictDoUpdate({ target: doNotCall.prefix, set: { reason: row.reason } })
    .returning()
  return made!
}

export async function listDoNotCall(db: Db, { limit, after }: PageQuery): Promise<Page<DoNotCallRow>> {
  const rows = await db
    .select()
    .from(doNotCall)
    .where(after === undefined ? undefined : gt(doNotCall.prefix, after))
    .orderBy(asc(doNotCall.prefix))
    .limit(limit + 1)
  return cutPage(rows, limit, (row) => row.prefix)
}

export async function deleteDoNotCall(db: Db, prefix: string): Promise<boolean> {
  const gone = await db.delete(doNotCall).where(eq(doNotCall.prefix, prefix)).returning({ prefix: doNotCall.prefix })
  return gone.length > 0
}

export async function allDoNotCall(db: Db): Promise<readonly Pick<DoNotCallRow, 'prefix' | 'reason'>[]> {
  return db.select({ prefix: doNotCall.prefix, reason: doNotCall.reason }).from(doNotCall)
}
