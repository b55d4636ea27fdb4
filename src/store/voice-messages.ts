import { and, desc, eq, inArray, notExists, sql } from 'drizzle-orm'
import type { MessageRow } from './messages.ts'
import { messages, textRefs, voiceMessages } from './schema.ts'
import type { Db } from './store.ts'

export type VoiceMessageRow = typeof voiceMessages.$inferSelect

/** The same session twice keeps one. */
export async function insertVoiceMessage(db: Db, row: VoiceMessageRow): Promise<VoiceMessageRow> {
  const [made] = await db
    .insert(voiceMessages)
    .values(row)
    .onConflictDoNothing({ target: voiceMessages.session })
    .returning()
  return made ?? (await voiceMessageOfSession(db, row.session!))!
}

export async function getVoiceMessage(db: Db, id: string): Promise<VoiceMessageRow | undefined> {
  const [row] = await db.select().from(voiceMessages).where(eq(voiceMessages.id, id))
  return row
}

export async function voiceMessageOfSession(db: Db, session: string): Promise<VoiceMessageRow | undefined> {
  const [row] = await db.select().from(voiceMessages).where(eq(voiceMessages.session, session))
  return row
}

/** The oldest that is on its way to one of these phones and that no call asked for yet. */
export async function awaitedVoiceMessage(db: Db, phones: readonly string[]): Promise<VoiceMessageRow | undefined> {
  const [row] = await db
    .select()
    .from(voiceMessages)
    .where(and(inArray(voiceMessages.phone, [...phones]), eq(voiceMessages.state, 'placed')))
    .orderBy(voiceMessages.id)
    .limit(1)
  return row
}

export async function updateVoiceMessage(
  db: Db,
  id: string,
  change: Partial<Pick<VoiceMessageRow, 'session' | 'state' | 'reason' | 'seconds' | 'updatedAt'>>,
): Promise<void> {
  await db.update(voiceMessages).set(change).where(eq(voiceMessages.id, id))
}

/** The newest text that went to one of these phones, or was to. */
export async function lastTextTo(db: Db, phones: readonly string[]): Promise<MessageRow | undefined> {
  const [row] = await db
    .select()
    .from(messages)
    .where(and(eq(messages.direction, 'outbound'), inArray(messages.to, [...phones])))
    .orderBy(desc(messages.id))
    .limit(1)
  return row
}

/** Texts to this phone, at most two, that wait for a report and that this carrier gave no name. */
export async function namelessTextsTo(db: Db, carrier: string, phone: string): Promise<readonly MessageRow[]> {
  const named = db.select({ one: sql`1` }).from(textRefs).where(eq(textRefs.messageId, messages.id))
  return db
    .select()
    .from(messages)
    .where(
      and(
        ...[eq(messages.direction, 'outbound'), eq(messages.to, phone), eq(messages.state, 'sent')],
        ...[sql`coalesce(${messages.carrier}, ${carrier}) = ${carrier}`, notExists(named)],
      ),
    )
    .limit(2)
}

/** Whether this carrier told, or was told, of a text by this name. */
export async function hasRef(db: Db, carrier: string, ref: string): Promise<boolean> {
  const rows = await db
    .select({ ref: textRefs.ref })
    .from(textRefs)
    .where(and(eq(textRefs.carrier, carrier), eq(textRefs.ref, ref), sql`${textRefs.messageId} is not null`))
  return rows.length > 0
}
