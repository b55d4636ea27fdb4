import { and, asc, desc, eq, lt, lte } from 'drizzle-orm'
import { cutPage, type Page, type PageQuery } from './page.ts'
import { insertPlanned, type NewPlannedCall, type PlannedCallRow } from './planned-calls.ts'
import { schedules } from './schema.ts'
import type { Db } from './store.ts'

export type ScheduleRow = typeof schedules.$inferSelect
export type ScheduleChange = Partial<Omit<ScheduleRow, 'id' | 'createdAt'>>

export async function insertSchedule(db: Db, row: ScheduleRow): Promise<ScheduleRow> {
  const [made] = await db.insert(schedules).values(row).returning()
  return made!
}

export async function getSchedule(db: Db, id: string): Promise<ScheduleRow | undefined> {
  const [row] = await db.select().from(schedules).where(eq(schedules.id, id))
  return row
}

/** Newest first. */
export async function listSchedules(db: Db, { limit, after }: PageQuery): Promise<Page<ScheduleRow>> {
  const rows = await db
    .select()
    .from(schedules)
    .where(after === undefined ? undefined : lt(schedules.id, after))
    .orderBy(desc(schedules.id))
    .limit(limit + 1)
  return cutPage(rows, limit, (row) => row.id)
}

export async function changeSchedule(db: Db, id: string, change: ScheduleChange): Promise<ScheduleRow | undefined> {
  const [row] = await db.update(schedules).set(change).where(eq(schedules.id, id)).returning()
  return row
}

/** Calls that it planned stay. */
export async function deleteSchedule(db: Db, id: string): Promise<boolean> {
  const gone = await db.delete(schedules).where(eq(schedules.id, id)).returning({ id: schedules.id })
  return gone.length > 0
}

export async function dueSchedules(db: Db, now: Date): Promise<readonly ScheduleRow[]> {
  return db
    .select()
    .from(schedules)
    .where(and(eq(schedules.enabled, true), lte(schedules.nextAt, now)))
    .orderBy(asc(schedules.nextAt))
    .limit(100)
}

export async function nextSchedule(db: Db): Promise<Date | undefined> {
  const [row] = await db
    .select({ at: schedules.nextAt })
    .from(schedules)
    .where(eq(schedules.enabled, true))
    .orderBy(asc(schedules.nextAt))
    .limit(1)
  return row?.at ?? undefined
}

/** Plans the call of a run and moves on to the next run, in one transaction. `undefined`: somebody else did. */
export async function runSchedule(
  db: Db,
  { id, nextAt: due }: ScheduleRow,
  call: NewPlannedCall | undefined,
  next: { readonly nextAt: Date | null; readonly at: Date },
): Promise<PlannedCallRow | undefined> {
  return db.transaction(async (tx) => {
    if (due === null) return undefined
    const [moved] = await tx
      .update(schedules)
      .set({ nextAt: next.nextAt, ...(call === undefined ? {} : { lastAt: due }), updatedAt: next.at })
      .where(and(eq(schedules.id, id), eq(schedules.nextAt, due)))
      .returning({ id: schedules.id })
    if (moved === undefined || call === undefined) return undefined
    const [planned] = await insertPlanned(tx, [call])
    return planned
  })
}
