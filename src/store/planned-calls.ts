import { and, asc, desc, eq, inArray, lt, lte, ne, notLike, sql } from 'drizzle-orm'
import { cutPage, type Page, type PageQuery } from './page.ts'
import { calls, dialAttempts, plannedCalls } from './schema.ts'
import type { Db } from './store.ts'

export type PlannedCallRow = typeof plannedCalls.$inferSelect
export type NewPlannedCall = Omit<PlannedCallRow, 'seq'>
export type DialAttemptRow = typeof dialAttempts.$inferSelect

/** Those whose run of a schedule was planned before are left out. */
export async function insertPlanned(db: Db, rows: readonly NewPlannedCall[]): Promise<readonly PlannedCallRow[]> {
  if (rows.length === 0) return []
  return db
    .insert(plannedCalls)
    .values([...rows])
    .onConflictDoNothing()
    .returning()
}

export async function getPlanned(db: Db, id: string): Promise<PlannedCallRow | undefined> {
  const [row] = await db.select().from(plannedCalls).where(eq(plannedCalls.id, id))
  return row
}

export interface PlannedFilter {
  readonly state?: PlannedCallRow['state'] | undefined
  readonly to?: string | undefined
  readonly account?: string | undefined
  readonly schedule?: string | undefined
}

/** Newest first. */
export async function listPlanned(
  db: Db,
  { state, to, account, schedule }: PlannedFilter,
  { limit, after }: PageQuery,
): Promise<Page<PlannedCallRow>> {
  const rows = await db
    .select()
    .from(plannedCalls)
    .where(
      and(
        state === undefined ? undefined : eq(plannedCalls.state, state),
        to === undefined ? undefined : eq(plannedCalls.toKey, to),
        account === undefined ? undefined : eq(plannedCalls.account, account),
        schedule === undefined ? undefined : eq(plannedCalls.scheduleId, schedule),
        after === undefined ? undefined : lt(plannedCalls.id, after),
      ),
    )
    .orderBy(desc(plannedCalls.id))
    .limit(limit + 1)
  return cutPage(rows, limit, (row) => row.id)
}

/** First the first. */
export async function attemptsOf(db: Db, planned: string): Promise<readonly DialAttemptRow[]> {
  return db
    .select()
    .from(dialAttempts)
    .where(eq(dialAttempts.plannedId, planned))
    .orderBy(asc(dialAttempts.number), asc(dialAttempts.claimedAt))
}

/** Where calls are due, that of the most urgent one first. */
export async function dueLanes(db: Db, now: Date): Promise<readonly string[]> {
  const rows = await db
    .select({ lane: plannedCalls.lane })
    .from(plannedCalls)
    .where(and(eq(plannedCalls.state, 'waiting'), lte(plannedCalls.nextAt, now)))
    .groupBy(plannedCalls.lane)
    .orderBy(sql`max(${plannedCalls.priority}) desc, min(${plannedCalls.nextAt}), min(${plannedCalls.seq})`)
  return rows.map(({ lane }) => lane)
}

/** What is due in a lane, in its order. @param but prefixes of numbers that may not be called now */
export async function dueIn(
  db: Db,
  { lane, now, but, limit }: { lane: string; now: Date; but: readonly string[]; limit: number },
): Promise<readonly PlannedCallRow[]> {
  return db
    .select()
    .from(plannedCalls)
    .where(
      and(
        eq(plannedCalls.state, 'waiting'),
        eq(plannedCalls.lane, lane),
        lte(plannedCalls.nextAt, now),
        ...but.map((prefix) => notLike(plannedCalls.toKey, `${prefix}%`)),
      ),
    )
    .orderBy(desc(plannedCalls.priority), asc(plannedCalls.nextAt), asc(plannedCalls.seq))
    .limit(limit)
}

/** When the next one will be due that is not yet. */
export async function nextDue(db: Db, now: Date): Promise<Date | undefined> {
  const [row] = await db
    .select({ at: plannedCalls.nextAt })
    .from(plannedCalls)
    .where(and(eq(plannedCalls.state, 'waiting'), sql`${plannedCalls.nextAt} > ${now.toISOString()}`))
    .orderBy(asc(plannedCalls.nextAt))
    .limit(1)
  return row?.at ?? undefined
}

/** Takes calls on, each with the id of the call that its attempt will be. @returns ids of those that still waited */
export async function claimPlanned(
  db: Db,
  claims: readonly { readonly id: string; readonly callId: string }[],
  now: Date,
): Promise<ReadonlySet<string>> {
  if (claims.length === 0) return new Set()
  const at = now.toISOString()
  const { rows } = await db.execute<{ planned_id: string }>(sql`
    with claimed as (
      update planned_calls p
      set state = 'calling', attempts = p.attempts + 1, call_id = c.call_id, next_at = null, sentence = null,
          updated_at = ${at}::timestamptz
      from jsonb_to_recordset(${JSON.stringify(claims.map(({ id, callId }) => ({ id, call_id: callId })))}::jsonb)
        as c (id text, call_id text)
      where p.id = c.id and p.state = 'waiting'
      returning p.id, p.call_id, p.attempts
    )
    insert into dial_attempts (call_id, planned_id, number, state, claimed_at)
    select call_id, id, attempts, 'claimed', ${at}::timestamptz from claimed
    returning planned_id`)
  return new Set(rows.map((row) => row.planned_id))
}

/** Right before its INVITE leaves. False: it was canceled meanwhile. */
export async function placeAttempt(db: Db, callId: string, now: Date): Promise<boolean> {
  const placed = await db
    .update(dialAttempts)
    .set({ state: 'placed', placedAt: now })
    .where(
      and(
        eq(dialAttempts.callId, callId),
        eq(dialAttempts.state, 'claimed'),
        sql`exists (select 1 from planned_calls p where p.id = ${dialAttempts.plannedId} and p.state = 'calling')`,
      ),
    )
    .returning({ id: dialAttempts.callId })
  return placed.length > 0
}

/** An attempt that was surely not sent is taken back, and its call waits again. */
export async function unclaim(db: Db, callId: string, nextAt: Date, sentence: string | null): Promise<void> {
  await db.transaction(async (tx) => {
    const [gone] = await tx
      .delete(dialAttempts)
      .where(and(eq(dialAttempts.callId, callId), ne(dialAttempts.state, 'over')))
      .returning()
    if (gone === undefined) return
    await tx
      .update(plannedCalls)
      .set({
        ...{ state: 'waiting', nextAt, sentence, callId: null, updatedAt: nextAt },
        attempts: sql`${plannedCalls.attempts} - 1`,
      })
      .where(and(eq(plannedCalls.id, gone.plannedId), eq(plannedCalls.state, 'calling')))
  })
}

export interface AttemptEnd {
  readonly callId: string
  readonly code: string
  readonly sentence: string
  readonly at: Date
  /** What becomes of the call, unless it was canceled meanwhile. */
  readonly becomes:
    | { readonly state: 'done' | 'failed' }
    | { readonly state: 'waiting'; readonly nextAt: Date; readonly retried: Readonly<Record<string, number>> }
}

/** False: the attempt was over before. */
export async function endAttempt(db: Db, { callId, code, sentence, at, becomes }: AttemptEnd): Promise<boolean> {
  return db.transaction(async (tx) => {
    const [over] = await tx
      .update(dialAttempts)
      .set({ state: 'over', code, sentence, endedAt: at })
      .where(and(eq(dialAttempts.callId, callId), ne(dialAttempts.state, 'over')))
      .returning()
    if (over === undefined) return false
    const next =
      becomes.state === 'waiting' ? { nextAt: becomes.nextAt, retried: becomes.retried } : { nextAt: null, endedAt: at }
    await tx
      .update(plannedCalls)
      .set({ state: becomes.state, code, sentence, updatedAt: at, ...next })
      .where(and(eq(plannedCalls.id, over.plannedId), eq(plannedCalls.state, 'calling')))
    return true
  })
}

export interface PlannedChange {
  readonly nextAt?: Date
  readonly sentence?: string
  readonly lane?: string
  /** It is over without an attempt. */
  readonly failed?: { readonly code: string; readonly sentence: string }
}

/** Of one that waits. */
export async function changeWaiting(db: Db, id: string, change: PlannedChange, now: Date): Promise<void> {
  const { failed, ...rest } = change
  const end = failed === undefined ? {} : { ...failed, state: 'failed' as const, nextAt: null, endedAt: now }
  await db
    .update(plannedCalls)
    .set({ ...rest, ...end, updatedAt: now })
    .where(and(eq(plannedCalls.id, id), eq(plannedCalls.state, 'waiting')))
}

/** The row as it was before. `undefined`: it was over, or there is none. */
export async function cancelPlanned(
  db: Db,
  id: string,
  { sentence, now }: { sentence: string; now: Date },
): Promise<PlannedCallRow | undefined> {
  return db.transaction(async (tx) => {
    const [row] = await tx
      .select()
      .from(plannedCalls)
      .where(and(eq(plannedCalls.id, id), inArray(plannedCalls.state, ['waiting', 'calling'])))
      .for('update')
    if (row === undefined) return undefined
    await tx
      .update(plannedCalls)
      .set({ state: 'canceled', code: 'canceled', sentence, nextAt: null, updatedAt: now, endedAt: now })
      .where(eq(plannedCalls.id, id))
    return row
  })
}

export interface OpenAttempt {
  readonly attempt: DialAttemptRow
  readonly planned: PlannedCallRow
  readonly answeredAt: Date | null
}

/** What a service that was killed left under way. */
export async function openAttempts(db: Db): Promise<readonly OpenAttempt[]> {
  return db
    .select({ attempt: dialAttempts, planned: plannedCalls, answeredAt: calls.answeredAt })
    .from(dialAttempts)
    .innerJoin(plannedCalls, eq(plannedCalls.id, dialAttempts.plannedId))
    .leftJoin(calls, eq(calls.id, dialAttempts.callId))
    .where(ne(dialAttempts.state, 'over'))
    .orderBy(asc(dialAttempts.callId))
}

/** Deletes those that are over, with their attempts. */
export async function purgePlanned(db: Db, endedBefore: Date): Promise<number> {
  const gone = await db
    .delete(plannedCalls)
    .where(lt(plannedCalls.endedAt, endedBefore))
    .returning({ id: plannedCalls.id })
  return gone.length
}

const isCallFile = sql`${plannedCalls.does} ->> 'kind' = 'call_file'`

/** Attempts at call files that wait or are under way. */
export async function openCallFiles(db: Db): Promise<readonly PlannedCallRow[]> {
  return db
    .select()
    .from(plannedCalls)
    .where(and(inArray(plannedCalls.state, ['waiting', 'calling']), isCallFile))
}

/** Calls of scans that wait or are under way. */
export async function openScanCalls(db: Db): Promise<readonly PlannedCallRow[]> {
  return db
    .select()
    .from(plannedCalls)
    .where(and(inArray(plannedCalls.state, ['waiting', 'calling']), sql`${plannedCalls.does} ->> 'kind' = 'scan'`))
}

/** The last attempt at a call file that was planned. */
export async function lastOfCallFile(db: Db, file: string): Promise<PlannedCallRow | undefined> {
  const [row] = await db
    .select()
    .from(plannedCalls)
    .where(and(isCallFile, sql`${plannedCalls.does} ->> 'file' = ${file}`))
    .orderBy(desc(plannedCalls.seq))
    .limit(1)
  return row
}
