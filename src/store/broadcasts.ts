import { and, asc, count, desc, eq, inArray, isNotNull, isNull, lt, lte, min, type SQL, sql } from 'drizzle-orm'
import { type ContactFilter, contactsWhere } from './contacts.ts'
import { cutPage, type Page, type PageQuery } from './page.ts'
import type { BroadcastState, BroadcastWay, ReachedBy, TargetState } from './schema/contacts.ts'
import { broadcasts, broadcastTargets, contacts } from './schema.ts'
import type { Db } from './store.ts'

export type BroadcastRow = typeof broadcasts.$inferSelect
export type { BroadcastState, BroadcastWay, ReachedBy, TargetState }

/** With everybody that it is for, as they are now. @returns how many that are */
export async function insertBroadcast(db: Db, row: BroadcastRow, audience: ContactFilter): Promise<number> {
  return db.transaction(async (tx) => {
    await tx.insert(broadcasts).values(row)
    const called =
      row.way === 'call' ? sql`true` : row.way === 'cycle' ? sql`${contacts.status} = 'inactive'` : sql`false`
    const state = sql`case when ${contacts.optedOutAt} is not null then 'skipped' when ${called} then 'call_due' else 'text_due' end`
    const unlessOut = (value: SQL): SQL => sql`case when ${contacts.optedOutAt} is null then ${value} end`
    const start = sql`${row.startAt.toISOString()}::timestamptz`
    const at = sql`${row.createdAt.toISOString()}::timestamptz`
    const { rowCount } = (await tx.execute(sql`
      insert into broadcast_targets
        (broadcast_id, contact_id, phone, name, zone, state, next_at, texts, calls, code, sentence, updated_at, ended_at)
      select ${row.id}, ${contacts.id}, ${contacts.phone}, ${contacts.name}, ${contacts.zone}, ${state},
             ${unlessOut(start)}, 0, 0,
             case when ${contacts.optedOutAt} is not null then 'opted_out' end,
             case when ${contacts.optedOutAt} is not null then 'the contact wants nothing' end,
             ${at}, case when ${contacts.optedOutAt} is not null then ${at} end
      from contacts where ${contactsWhere(audience) ?? sql`true`}`)) as { readonly rowCount: number | null }
    return rowCount ?? 0
  })
}

export async function getBroadcast(db: Db, id: string): Promise<BroadcastRow | undefined> {
  const [row] = await db.select().from(broadcasts).where(eq(broadcasts.id, id))
  return row
}

/** Newest first. */
export async function listBroadcasts(
  db: Db,
  state: BroadcastState | undefined,
  { limit, after }: PageQuery,
): Promise<Page<BroadcastRow>> {
  const rows = await db
    .select()
    .from(broadcasts)
    .where(
      and(
        state === undefined ? undefined : eq(broadcasts.state, state),
        after === undefined ? undefined : lt(broadcasts.id, after),
      ),
    )
    .orderBy(desc(broadcasts.id))
    .limit(limit + 1)
  return cutPage(rows, limit, (row) => row.id)
}

/** Those of which somebody is not over, oldest first. */
export async function openBroadcasts(db: Db): Promise<readonly BroadcastRow[]> {
  return db.select().from(broadcasts).where(isNull(broadcasts.endedAt)).orderBy(asc(broadcasts.id))
}

/** @param from what it must be in. @returns it as it is then; `undefined` where it was in another state */
export async function moveBroadcast(
  db: Db,
  id: string,
  from: readonly BroadcastState[],
  to: BroadcastState,
  now: Date,
): Promise<BroadcastRow | undefined> {
  const [row] = await db
    .update(broadcasts)
    .set({ state: to, updatedAt: now, ...(to === 'canceled' ? { nextAt: null } : {}) })
    .where(and(eq(broadcasts.id, id), isNull(broadcasts.endedAt), inArray(broadcasts.state, [...from])))
    .returning()
  return row
}

/** Of one that is over: there are no further rounds. @returns it; `undefined` where there were none to come */
export async function stopRounds(db: Db, id: string, now: Date): Promise<BroadcastRow | undefined> {
  const [row] = await db
    .update(broadcasts)
    .set({ nextAt: null, updatedAt: now })
    .where(and(eq(broadcasts.id, id), isNotNull(broadcasts.endedAt), isNotNull(broadcasts.nextAt)))
    .returning()
  return row
}

/** Those that are over and whose next round is due, oldest first. */
export async function dueRounds(db: Db, now: Date): Promise<readonly BroadcastRow[]> {
  const { endedAt, nextAt, id } = broadcasts
  return db
    .select()
    .from(broadcasts)
    .where(and(isNotNull(endedAt), lte(nextAt, now)))
    .orderBy(asc(id))
}

/** @returns how many it is for; `undefined` where the round was begun, or called off, meanwhile */
export async function beginRound(db: Db, former: string, row: BroadcastRow): Promise<number | undefined> {
  return db.transaction(async (tx) => {
    const [due] = await tx
      .update(broadcasts)
      .set({ nextAt: null })
      .where(and(eq(broadcasts.id, former), isNotNull(broadcasts.nextAt)))
      .returning({ id: broadcasts.id })
    return due === undefined ? undefined : insertBroadcast(tx, row, row.repeat?.audience ?? {})
  })
}

/** When the next round of those that are over is due. */
export async function nextRoundAt(db: Db): Promise<Date | undefined> {
  const { endedAt, nextAt } = broadcasts
  const [row] = await db
    .select({ at: min(nextAt) })
    .from(broadcasts)
    .where(and(isNotNull(endedAt), isNotNull(nextAt)))
  return row?.at ?? undefined
}

/** Whether it runs, and does so to the end of the transaction: whoever pauses it waits for that. */
export async function staysRunning(db: Db, id: string): Promise<boolean> {
  const [row] = await db.select({ state: broadcasts.state }).from(broadcasts).where(eq(broadcasts.id, id)).for('share')
  return row?.state === 'running'
}

/** Where everybody of it is over. @returns whether it ended just now */
export async function endBroadcast(db: Db, id: string, now: Date): Promise<boolean> {
  const at = now.toISOString()
  const { rows } = await db.execute(sql`
    update broadcasts set ended_at = ${at}::timestamptz, updated_at = ${at}::timestamptz,
      state = case when state = 'canceled' then state else 'done' end
    where id = ${id} and ended_at is null
      and not exists (select 1 from broadcast_targets t where t.broadcast_id = ${id} and t.ended_at is null)
    returning id`)
  return rows.length > 0
}

/** With what came of each contact; those with a round to come stay. */
export async function purgeBroadcasts(db: Db, endedBefore: Date): Promise<number> {
  const gone = await db
    .delete(broadcasts)
    .where(and(lt(broadcasts.endedAt, endedBefore), isNull(broadcasts.nextAt)))
    .returning({ id: broadcasts.id })
  return gone.length
}

export interface TargetCount {
  readonly state: TargetState
  readonly by: ReachedBy | null
  readonly code: string | null
  readonly contacts: number
  readonly texts: number
  readonly calls: number
}

/** How many are how far. */
export async function countTargets(db: Db, id: string): Promise<readonly TargetCount[]> {
  const { state, by, code } = broadcastTargets
  return db
    .select({
      ...{ state, by, code, contacts: count() },
      texts: sql<number>`sum(${broadcastTargets.texts})::int`,
      calls: sql<number>`sum(${broadcastTargets.calls})::int`,
    })
    .from(broadcastTargets)
    .where(eq(broadcastTargets.broadcastId, id))
    .groupBy(state, by, code)
    .orderBy(state, by, code)
}
