import { and, asc, count, desc, eq, inArray, lt, sql } from 'drizzle-orm'
import { cutPage, type Page, type PageQuery } from './page.ts'
import { scanHearings, scans } from './schema.ts'
import type { Db } from './store.ts'

export type ScanRow = typeof scans.$inferSelect
export type ScanHearingRow = typeof scanHearings.$inferSelect
export type NewScanHearing = Omit<ScanHearingRow, 'seq' | 'bySound'> & Partial<Pick<ScanHearingRow, 'bySound'>>
export type ScanChange = Partial<
  Pick<ScanRow, 'state' | 'sentence' | 'attempt' | 'calls' | 'callMs' | 'nextAt' | 'endedAt' | 'choice'>
>

export async function insertScan(db: Db, row: ScanRow): Promise<ScanRow> {
  const [made] = await db.insert(scans).values(row).returning()
  return made!
}

export async function getScan(db: Db, id: string): Promise<ScanRow | undefined> {
  const [row] = await db.select().from(scans).where(eq(scans.id, id))
  return row
}

/** The newest of a number. */
export async function lastScanOf(db: Db, toKey: string): Promise<ScanRow | undefined> {
  const [row] = await db.select().from(scans).where(eq(scans.toKey, toKey)).orderBy(desc(scans.id)).limit(1)
  return row
}

export interface ScanFilter {
  readonly to?: string | undefined
  readonly state?: ScanRow['state'] | undefined
}

/** Newest first. */
export async function listScans(
  db: Db,
  { to, state }: ScanFilter,
  { limit, after }: PageQuery,
): Promise<Page<ScanRow>> {
  const rows = await db
    .select()
    .from(scans)
    .where(
      and(
        to === undefined ? undefined : eq(scans.toKey, to),
        state === undefined ? undefined : eq(scans.state, state),
        after === undefined ? undefined : lt(scans.id, after),
      ),
    )
    .orderBy(desc(scans.id))
    .limit(limit + 1)
  return cutPage(rows, limit, (row) => row.id)
}

/** Newest first, from an offset on; with how many there are in all. */
export async function countedScans(
  db: Db,
  { to }: Pick<ScanFilter, 'to'>,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly rows: readonly ScanRow[]; readonly total: number }> {
  const where = to === undefined ? undefined : eq(scans.toKey, to)
  const rows = await db.select().from(scans).where(where).orderBy(desc(scans.id)).limit(limit).offset(offset)
  const [all] = await db.select({ total: count() }).from(scans).where(where)
  return { rows, total: all?.total ?? 0 }
}

/** Those that are not over. */
export async function openScans(db: Db): Promise<readonly ScanRow[]> {
  return db
    .select()
    .from(scans)
    .where(inArray(scans.state, ['running', 'waiting']))
    .orderBy(asc(scans.id))
}

export async function changeScan(db: Db, id: string, change: ScanChange, at: Date): Promise<ScanRow | undefined> {
  const [row] = await db
    .update(scans)
    .set({ ...change, updatedAt: at })
    .where(eq(scans.id, id))
    .returning()
  return row
}

/** It waits, and the job that goes on with it stands in the same transaction. */
export async function postponeScan(
  db: Db,
  id: string,
  change: ScanChange & { readonly nextAt: Date },
  at: Date,
): Promise<void> {
  await db.transaction(async (tx) => {
    await changeScan(tx, id, { ...change, state: 'waiting' }, at)
    await tx.execute(
      sql`select graphile_worker.add_job('go-on-scanning', json_build_object('id', ${id}::text), job_key := ${`scan:${id}`}, run_at := ${change.nextAt.toISOString()}::timestamptz, max_attempts := 20)`,
    )
  })
}

/** Its hearings go with it; recordings stay with their calls. */
export async function deleteScan(db: Db, id: string): Promise<boolean> {
  const gone = await db.delete(scans).where(eq(scans.id, id)).returning({ id: scans.id })
  return gone.length > 0
}

export async function insertHearing(db: Db, row: NewScanHearing): Promise<void> {
  await db.insert(scanHearings).values(row)
}

/** In the order in which they were heard. */
export async function hearingsOf(db: Db, scan: string): Promise<readonly ScanHearingRow[]> {
  return db.select().from(scanHearings).where(eq(scanHearings.scanId, scan)).orderBy(asc(scanHearings.seq))
}
