import { and, asc, desc, eq, lt } from 'drizzle-orm'
import { cutPage, type Page, type PageQuery } from './page.ts'
import { webhookDeliveries, webhooks } from './schema.ts'
import type { Db } from './store.ts'

export type WebhookRow = typeof webhooks.$inferSelect

export async function insertWebhook(db: Db, row: WebhookRow): Promise<WebhookRow> {
  const [made] = await db.insert(webhooks).values(row).returning()
  return made!
}

/** `undefined` when there is none of that id. */
export async function changeWebhook(
  db: Db,
  id: string,
  change: Partial<Omit<WebhookRow, 'id' | 'createdAt'>>,
): Promise<WebhookRow | undefined> {
  const [row] = await db.update(webhooks).set(change).where(eq(webhooks.id, id)).returning()
  return row
}

/** What still waits for it is given up; its log stays. False when there was none. */
export async function deleteWebhook(db: Db, id: string, at: Date): Promise<boolean> {
  return db.transaction(async (tx) => {
    const gone = await tx.delete(webhooks).where(eq(webhooks.id, id)).returning({ id: webhooks.id })
    await tx
      .update(webhookDeliveries)
      .set({ state: 'failed', nextAt: null, settledAt: at })
      .where(and(eq(webhookDeliveries.webhookId, id), eq(webhookDeliveries.state, 'queued')))
    return gone.length > 0
  })
}

export async function getWebhook(db: Db, id: string): Promise<WebhookRow | undefined> {
  const [row] = await db.select().from(webhooks).where(eq(webhooks.id, id))
  return row
}

/** Oldest first. */
export async function allWebhooks(db: Db): Promise<readonly WebhookRow[]> {
  return db.select().from(webhooks).orderBy(asc(webhooks.id))
}

/** Newest first. */
export async function listWebhooks(db: Db, { limit, after }: PageQuery): Promise<Page<WebhookRow>> {
  const rows = await db
    .select()
    .from(webhooks)
    .where(after === undefined ? undefined : lt(webhooks.id, after))
    .orderBy(desc(webhooks.id))
    .limit(limit + 1)
  return cutPage(rows, limit, (row) => row.id)
}
