import { and, asc, desc, eq, gt, lt } from 'drizzle-orm'
import { cutPage, type Page, type PageQuery } from './page.ts'
import { ussdCodes, ussdSessions } from './schema.ts'
import type { Db } from './store.ts'

export type UssdCodeRow = typeof ussdCodes.$inferSelect
export type UssdCodeChange = Partial<
  Pick<UssdCodeRow, 'menuId' | 'url' | 'characters' | 'seconds' | 'keys' | 'updatedAt' | 'secretSealed'>
>
export type UssdSessionRow = typeof ussdSessions.$inferSelect

/** @throws a unique conflict on `ussd_codes_code` */
export async function insertUssdCode(db: Db, row: UssdCodeRow): Promise<UssdCodeRow> {
  const [made] = await db.insert(ussdCodes).values(row).returning()
  return made!
}

export async function getUssdCode(db: Db, id: string): Promise<UssdCodeRow | undefined> {
  const [row] = await db.select().from(ussdCodes).where(eq(ussdCodes.id, id))
  return row
}

export async function findUssdCode(db: Db, code: string): Promise<UssdCodeRow | undefined> {
  const [row] = await db.select().from(ussdCodes).where(eq(ussdCodes.code, code))
  return row
}

export async function listUssdCodes(db: Db, { limit, after }: PageQuery): Promise<Page<UssdCodeRow>> {
  const rows = await db
    .select()
    .from(ussdCodes)
    .where(after === undefined ? undefined : gt(ussdCodes.id, after))
    .orderBy(asc(ussdCodes.id))
    .limit(limit + 1)
  return cutPage(rows, limit, (row) => row.id)
}

export async function updateUssdCode(db: Db, id: string, change: UssdCodeChange): Promise<UssdCodeRow | undefined> {
  const [row] = await db.update(ussdCodes).set(change).where(eq(ussdCodes.id, id)).returning()
  return row
}

export async function deleteUssdCode(db: Db, id: string): Promise<boolean> {
  const gone = await db.delete(ussdCodes).where(eq(ussdCodes.id, id)).returning({ id: ussdCodes.id })
  return gone.length > 0
}

/** What a gateway knows a session by: its own id alone could be that of another subscriber. */
export type UssdSessionKey = Pick<UssdSessionRow, 'session' | 'phone' | 'code'>

export async function findUssdSession(db: Db, key: UssdSessionKey): Promise<UssdSessionRow | undefined> {
  const { session, phone, code } = key
  const [row] = await db
    .select()
    .from(ussdSessions)
    .where(and(eq(ussdSessions.session, session), eq(ussdSessions.phone, phone), eq(ussdSessions.code, code)))
  return row
}

/** The codes that lead to this menu. */
export async function ussdCodesOfMenu(db: Db, menuId: string): Promise<readonly string[]> {
  const rows = await db.select({ code: ussdCodes.code }).from(ussdCodes).where(eq(ussdCodes.menuId, menuId))
  return rows.map(({ code }) => code)
}

/** Writes a session down as it stands after a request. */
export async function putUssdSession(db: Db, row: UssdSessionRow): Promise<void> {
  const { id: _, session: _session, phone: _phone, code: _code, startedAt: _started, ...changed } = row
  await db
    .insert(ussdSessions)
    .values(row)
    .onConflictDoUpdate({ target: [ussdSessions.session, ussdSessions.phone, ussdSessions.code], set: changed })
}

export interface UssdSessionFilter {
  readonly phone?: string | undefined
  readonly code?: string | undefined
}

/** Newest first. */
export async function listUssdSessions(
  db: Db,
  { phone, code }: UssdSessionFilter,
  { limit, after }: PageQuery,
): Promise<Page<UssdSessionRow>> {
  const rows = await db
    .select()
    .from(ussdSessions)
    .where(
      and(
        phone === undefined ? undefined : eq(ussdSessions.phone, phone),
        code === undefined ? undefined : eq(ussdSessions.code, code),
        after === undefined ? undefined : lt(ussdSessions.id, after),
      ),
    )
    .orderBy(desc(ussdSessions.id))
    .limit(limit + 1)
  return cutPage(rows, limit, (row) => row.id)
}

export async function purgeUssdSessions(db: Db, before: Date): Promise<number> {
  const gone = await db
    .delete(ussdSessions)
    .where(lt(ussdSessions.updatedAt, before))
    .returning({ id: ussdSessions.id })
  return gone.length
}
