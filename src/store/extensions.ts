import { asc, eq, gt } from 'drizzle-orm'
import { cutPage, type Page, type PageQuery } from './page.ts'
import { extensions } from './schema.ts'
import type { Db } from './store.ts'

export type ExtensionRow = typeof extensions.$inferSelect
export type ExtensionChange = Partial<
  Pick<ExtensionRow, 'name' | 'realm' | 'ha1Md5' | 'ha1Sha256' | 'outbound' | 'callerId' | 'srtp' | 'updatedAt'>
>

/** @throws a unique conflict on `extensions_username` or, when it differs in case only, `extensions_username_folded` */
export async function insertExtension(db: Db, row: ExtensionRow): Promise<ExtensionRow> {
  const [made] = await db.insert(extensions).values(row).returning()
  return made!
}

/** @param key id or username; neither can look like the other */
export async function getExtension(db: Db, key: string): Promise<ExtensionRow | undefined> {
  const column = key.startsWith('ext_') ? extensions.id : extensions.username
  const [row] = await db.select().from(extensions).where(eq(column, key))
  return row
}

/** All of them; for the registrar's cache and for reading addresses. */
export async function allExtensions(db: Db): Promise<readonly ExtensionRow[]> {
  return db.select().from(extensions).orderBy(asc(extensions.username))
}

export async function listExtensions(db: Db, { limit, after }: PageQuery): Promise<Page<ExtensionRow>> {
  const where = after === undefined ? undefined : gt(extensions.id, after)
  const rows = await db
    .select()
    .from(extensions)
    .where(where)
    .orderBy(asc(extensions.id))
    .limit(limit + 1)
  return cutPage(rows, limit, (row) => row.id)
}

export async function updateExtension(db: Db, id: string, change: ExtensionChange): Promise<ExtensionRow | undefined> {
  const [row] = await db.update(extensions).set(change).where(eq(extensions.id, id)).returning()
  return row
}

/** Its registrations go with it. */
export async function deleteExtension(db: Db, id: string): Promise<boolean> {
  const gone = await db.delete(extensions).where(eq(extensions.id, id)).returning({ id: extensions.id })
  return gone.length > 0
}
