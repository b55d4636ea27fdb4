import { and, asc, count, desc, eq, gt, gte, lt, lte, ne, type SQL } from 'drizzle-orm'
import { cutPage, type Page, type PageQuery } from './page.ts'
import { recordings } from './schema.ts'
import type { Db } from './store.ts'

export type RecordingRow = typeof recordings.$inferSelect
export type NewRecording = Pick<RecordingRow, 'id' | 'callId' | 'path' | 'createdAt'> &
  Partial<Pick<RecordingRow, 'format' | 'room'>>

/** Written before the first sample, so that a recording cut off by a crash is found again. */
export async function insertRecording(db: Db, row: NewRecording): Promise<RecordingRow> {
  const [made] = await db
    .insert(recordings)
    .values({ ...row, state: 'recording', ms: 0, speechMs: 0 })
    .returning()
  return made!
}

export interface RecordingResult {
  /** `lost`: there is no file, or nothing of it can be read. */
  readonly state: 'kept' | 'lost'
  readonly ms: number
  readonly speechMs: number
  readonly endedBy: string
  readonly finishedAt: Date
}

/** False when it was finished before: whoever finishes it first does what follows, and nobody does it twice. */
export async function finishRecording(db: Db, id: string, result: RecordingResult): Promise<boolean> {
  const done = await db
    .update(recordings)
    .set(result)
    .where(and(eq(recordings.id, id), eq(recordings.state, 'recording')))
    .returning({ id: recordings.id })
  return done.length > 0
}

/** What a crash left; read at start, before the first call. */
export async function openRecordings(db: Db): Promise<readonly RecordingRow[]> {
  return db.select().from(recordings).where(eq(recordings.state, 'recording')).orderBy(asc(recordings.id))
}

/** Those of a call whose audio is whole, oldest first. */
export async function finishedRecordingsOf(db: Db, callId: string): Promise<readonly RecordingRow[]> {
  const whole = and(eq(recordings.callId, callId), ne(recordings.state, 'recording'))
  return db.select().from(recordings).where(whole).orderBy(asc(recordings.id))
}

export async function getRecording(db: Db, id: string): Promise<RecordingRow | undefined> {
  const [row] = await db.select().from(recordings).where(eq(recordings.id, id))
  return row
}

/** Its voicemail and links go with it; the file is the caller's to delete. */
export async function deleteRecording(db: Db, id: string): Promise<RecordingRow | undefined> {
  const [row] = await db.delete(recordings).where(eq(recordings.id, id)).returning()
  return row
}

/** Newest first; also those that are being recorded, and those that a crash left without audio. */
export async function pageOfRecordings(
  db: Db,
  { call, state }: { readonly call?: string | undefined; readonly state?: RecordingRow['state'] | undefined },
  { limit, after }: PageQuery,
): Promise<Page<RecordingRow>> {
  const rows = await db
    .select()
    .from(recordings)
    .where(
      and(
        after === undefined ? undefined : lt(recordings.id, after),
        call === undefined ? undefined : eq(recordings.callId, call),
        state === undefined ? undefined : eq(recordings.state, state),
      ),
    )
    .orderBy(desc(recordings.id))
    .limit(limit + 1)
  return cutPage(rows, limit, (row) => row.id)
}

export interface RecordingFilter {
  readonly call?: string | undefined
  readonly since?: { readonly at: Date; readonly included: boolean } | undefined
  readonly until?: { readonly at: Date; readonly included: boolean } | undefined
}

/** Newest first; finished ones only. */
export async function listRecordings(
  db: Db,
  { call, since, until }: RecordingFilter,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly rows: readonly RecordingRow[]; readonly total: number }> {
  const wanted: (SQL | undefined)[] = [
    eq(recordings.state, 'kept'),
    call === undefined ? undefined : eq(recordings.callId, call),
    since && (since.included ? gte : gt)(recordings.createdAt, since.at),
    until && (until.included ? lte : lt)(recordings.createdAt, until.at),
  ]
  const where = and(...wanted)
  const rows = await db.select().from(recordings).where(where).orderBy(desc(recordings.id)).limit(limit).offset(offset)
  const [all] = await db.select({ total: count() }).from(recordings).where(where)
  return { rows, total: all?.total ?? 0 }
}
