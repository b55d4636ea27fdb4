import { and, count, desc, eq, inArray, isNull, or, type SQL, sql } from 'drizzle-orm'
import type { CallRow } from './calls.ts'
import { calls, documentCalls } from './schema.ts'
import type { Db } from './store.ts'

export type DocumentCallRow = typeof documentCalls.$inferSelect
export type DocumentCallChange = Partial<Omit<DocumentCallRow, 'callId'>>

/** A call, and what documents made of it where any did. */
export interface CallRecord {
  readonly call: CallRow
  readonly made: DocumentCallRow | null
}

/** The row of the call is there. What is left out stays as it was. */
export async function noteDocumentCall(db: Db, callId: string, change: DocumentCallChange): Promise<void> {
  await db
    .insert(documentCalls)
    .values({ callId, ...change })
    .onConflictDoUpdate({ target: documentCalls.callId, set: { callId, ...change } })
}

export async function getCallRecord(db: Db, id: string): Promise<CallRecord | undefined> {
  const [row] = await db
    .select({ call: calls, made: documentCalls })
    .from(calls)
    .leftJoin(documentCalls, eq(documentCalls.callId, calls.id))
    .where(eq(calls.id, id))
  return row
}

export type Comparison = '=' | '>' | '>=' | '<' | '<='

export interface CallRecordFilter {
  readonly state?: readonly CallRow['state'][] | undefined
  readonly direction?: CallRow['direction'] | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly parent?: string | undefined
  readonly endedAt?: readonly { readonly is: Comparison; readonly at: Date }[] | undefined
  /** Whole seconds of talk. */
  readonly seconds?: readonly { readonly is: Comparison; readonly seconds: number }[] | undefined
  /** How documents called the end; `codes` and `by` are those of ends that none did. */
  readonly cause?: { readonly code: number; readonly codes: readonly string[] } | undefined
  readonly source?: { readonly name: string; readonly by: readonly string[] } | undefined
}

const talk = sql`coalesce(round(extract(epoch from ${calls.endedAt} - ${calls.answeredAt})), 0)`

/** One of five, never what a user wrote. */
const compared = (value: SQL, is: Comparison, to: SQL): SQL => sql`${value} ${sql.raw(is)} ${to}`

/** Newest first. */
export async function listCallRecords(
  db: Db,
  filter: CallRecordFilter,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly rows: readonly CallRecord[]; readonly total: number }> {
  const { state, direction, from, to, parent, endedAt = [], seconds = [], cause, source } = filter
  const wanted: (SQL | undefined)[] = [
    state === undefined ? undefined : inArray(calls.state, [...state]),
    direction === undefined ? undefined : eq(calls.direction, direction),
    from === undefined ? undefined : eq(calls.fromKey, from),
    to === undefined ? undefined : eq(calls.toKey, to),
    parent === undefined ? undefined : eq(documentCalls.parentCallId, parent),
    ...endedAt.map(({ is, at }) => compared(sql`${calls.endedAt}`, is, sql`${at.toISOString()}::timestamptz`)),
    ...seconds.map((one) => compared(talk, one.is, sql`${one.seconds}::int`)),
    cause === undefined
      ? undefined
      : or(
          eq(documentCalls.causeCode, cause.code),
          and(isNull(documentCalls.causeCode), inArray(calls.endCode, ['', ...cause.codes])),
        ),
    source === undefined
      ? undefined
      : or(
          eq(documentCalls.causeSource, source.name),
          and(isNull(documentCalls.causeSource), inArray(sql`${calls.end}->>'by'`, ['', ...source.by])),
        ),
  ]
  const where = and(...wanted)
  const joined = eq(documentCalls.callId, calls.id)
  const rows = await db
    .select({ call: calls, made: documentCalls })
    .from(calls)
    .leftJoin(documentCalls, joined)
    .where(where)
    .orderBy(desc(calls.id))
    .limit(limit)
    .offset(offset)
  const [all] = await db.select({ total: count() }).from(calls).leftJoin(documentCalls, joined).where(where)
  return { rows, total: all?.total ?? 0 }
}
