import { and, eq, isNull, lt, sql } from 'drizzle-orm'
import { textRefs } from './schema.ts'
import type { Db } from './store.ts'

export type TextRefRow = typeof textRefs.$inferSelect

/** Notes what a carrier knows the parts of a text by; reports that came before stay. @returns what was not noted so before */
export async function putRefs(
  db: Db,
  carrier: string,
  messageId: string,
  refs: readonly string[],
  createdAt: Date,
): Promise<readonly TextRefRow[]> {
  if (refs.length === 0) return []
  return db
    .insert(textRefs)
    .values(refs.map((ref) => ({ carrier, ref, messageId, createdAt })))
    .onConflictDoUpdate({
      target: [textRefs.carrier, textRefs.ref],
      // Where a carrier uses a number again, the report on the former text is none on this.
      set: {
        messageId,
        outcome: sql`case when ${textRefs.messageId} is null then ${textRefs.outcome} end`,
        reason: sql`case when ${textRefs.messageId} is null then ${textRefs.reason} end`,
        code: sql`case when ${textRefs.messageId} is null then ${textRefs.code} end`,
      },
      setWhere: sql`${textRefs.messageId} is distinct from ${messageId}`,
    })
    .returning()
}

/** Notes a report; the first of an end stays. @returns the row, whether or not it was the first */
export async function noteReport(
  db: Db,
  report: Pick<TextRefRow, 'carrier' | 'ref' | 'outcome' | 'reason' | 'code' | 'createdAt'> & {
    readonly messageId?: string
  },
): Promise<TextRefRow> {
  const [row] = await db
    .insert(textRefs)
    .values(report)
    .onConflictDoUpdate({
      target: [textRefs.carrier, textRefs.ref],
      set: {
        outcome: sql`coalesce(${textRefs.outcome}, excluded.outcome)`,
        reason: sql`coalesce(${textRefs.reason}, excluded.reason)`,
        code: sql`coalesce(${textRefs.code}, excluded.code)`,
        messageId: sql`coalesce(${textRefs.messageId}, excluded.message_id)`,
      },
    })
    .returning()
  return row!
}

/** The parts of a text at a carrier. */
export async function refsOf(db: Db, carrier: string, messageId: string): Promise<readonly TextRefRow[]> {
  return db
    .select()
    .from(textRefs)
    .where(and(eq(textRefs.carrier, carrier), eq(textRefs.messageId, messageId)))
}

export async function purgeUnknownRefs(db: Db, before: Date): Promise<number> {
  const gone = await db
    .delete(textRefs)
    .where(and(isNull(textRefs.messageId), lt(textRefs.createdAt, before)))
    .returning({ ref: textRefs.ref })
  return gone.length
}
