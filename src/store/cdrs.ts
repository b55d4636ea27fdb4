import { and, asc, desc, eq, gt, gte, inArray, lt, lte, type SQL, sql } from 'drizzle-orm'
import type { CallEventRow, CallRow } from './calls.ts'
import { cutPage, type Page, type PageQuery } from './page.ts'
import { callEvents, calls, cdrs } from './schema.ts'
import type { Db } from './store.ts'

export type CdrRow = typeof cdrs.$inferSelect

/** Each call has one; the first that was written stands. @returns the calls whose record this wrote */
export async function insertCdrs(db: Db, rows: readonly CdrRow[]): Promise<ReadonlySet<string>> {
  if (rows.length === 0) return new Set()
  const written = await db
    .insert(cdrs)
    .values([...rows])
    .onConflictDoNothing()
    .returning({ id: cdrs.callId })
  return new Set(written.map(({ id }) => id))
}

export async function getCdr(db: Db, call: string): Promise<CdrRow | undefined> {
  const [row] = await db.select().from(cdrs).where(eq(cdrs.callId, call))
  return row
}

export interface CdrFilter {
  readonly account?: string | undefined
  readonly disposition?: string | undefined
  readonly since?: Date | undefined
  readonly until?: Date | undefined
}

/** Of the newest call first, or the oldest. */
export async function listCdrs(
  db: Db,
  { account, disposition, since, until }: CdrFilter,
  { limit, after }: PageQuery,
  oldestFirst = false,
): Promise<Page<CdrRow>> {
  const where: (SQL | undefined)[] = [
    after === undefined ? undefined : oldestFirst ? gt(cdrs.callId, after) : lt(cdrs.callId, after),
    account === undefined ? undefined : eq(cdrs.account, account),
    disposition === undefined ? undefined : eq(cdrs.disposition, disposition),
    since === undefined ? undefined : gte(cdrs.startedAt, since),
    until === undefined ? undefined : lte(cdrs.startedAt, until),
  ]
  const rows = await db
    .select()
    .from(cdrs)
    .where(and(...where))
    .orderBy(oldestFirst ? asc(cdrs.callId) : desc(cdrs.callId))
    .limit(limit + 1)
  return cutPage(rows, limit, (row) => row.callId)
}

export interface CallWithStory {
  readonly call: CallRow
  readonly story: readonly CallEventRow[]
}

/** Those of these that have ended, each with its story. */
export async function endedWithStory(db: Db, ids: readonly string[]): Promise<readonly CallWithStory[]> {
  if (ids.length === 0) return []
  const wanted = [...ids]
  const [ended, events] = await Promise.all([
    db
      .select()
      .from(calls)
      .where(and(inArray(calls.id, wanted), eq(calls.state, 'ended'))),
    db.select().from(callEvents).where(inArray(callEvents.callId, wanted)).orderBy(asc(callEvents.seq)),
  ])
  const stories = new Map<string, CallEventRow[]>(ended.map(({ id }) => [id, []]))
  for (const { seq: _, callId, ...event } of events) stories.get(callId)?.push(event)
  return ended.map((call) => ({ call, story: stories.get(call.id) ?? [] }))
}

/** Calls that ended since then and have no record: what a kill left. */
export async function callsWithoutCdr(db: Db, since: Date, limit: number): Promise<readonly string[]> {
  const { rows } = await db.execute<{ id: string }>(
    sql`select id from calls where state = 'ended' and ended_at >= ${since.toISOString()}
          and not exists (select 1 from cdrs where cdrs.call_id = calls.id) order by id limit ${limit}`,
  )
  return rows.map(({ id }) => id)
}
