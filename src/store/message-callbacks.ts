import { eq } from 'drizzle-orm'
import { messageCallbacks } from './schema.ts'
import type { Db } from './store.ts'

export async function putMessageCallback(db: Db, messageId: string, sealed: Buffer): Promise<void> {
  await db.insert(messageCallbacks).values({ messageId, sealed }).onConflictDoNothing()
}

export async function getMessageCallback(db: Db, messageId: string): Promise<Buffer | undefined> {
  const [row] = await db.select().from(messageCallbacks).where(eq(messageCallbacks.messageId, messageId))
  return row?.sealed
}
