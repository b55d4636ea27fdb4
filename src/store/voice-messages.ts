import { and, eq, inArray } from 'drizzle-orm'
import { voiceMessages } from './schema.ts'
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
