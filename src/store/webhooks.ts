import { asc } from 'drizzle-orm'
import { webhooks } from './schema.ts'
import type { Db } from './store.ts'

export type WebhookRow = typeof webhooks.$inferSelect

export async function insertWebhook(db: Db, row: WebhookRow): Promise<WebhookRow> {
  const [made] = await db.insert(webhooks).values(row).returning()
  return made!
}

/** Oldest first. */
export async function allWebhooks(db: Db): Promise<readonly WebhookRow[]> {
  return db.select().from(webhooks).orderBy(asc(webhooks.id))
}
