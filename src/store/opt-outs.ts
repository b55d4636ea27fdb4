import { and, asc, eq, gt, inArray, or, sql } from 'drizzle-orm'
import { cutPage, type Page, type PageQuery } from './page.ts'
import { optOuts } from './schema.ts'
import type { Db } from './store.ts'

export type OptOutRow = typeof optOuts.$inferSelect

/** @returns whether it was new */
export async function putOptOut(db: Db, row: OptOutRow): Promise<boolean> {
  const made = await db.insert(optOuts).values(row).onConflictDoNothing().returning({ sender: optOuts.sender })
  return made.length > 0
}

/** @returns whether there was one */
export async function deleteOptOut(db: Db, sender: string, receiver: string): Promise<boolean> {
  const gone = await db
    .delete(optOuts)
    .where(and(eq(optOuts.sender, sender), eq(optOuts.receiver, receiver)))
    .returning({ sender: optOuts.sender })
  return gone.length > 0
}

/** Of these senders, those that the receiver wants nothing from. */
export async function optedOut(db: Db, senders: readonly string[], receiver: string): Promise<ReadonlySet<string>> {
  if (senders.length === 0) return new Set()
  const rows = await db
    .select({ sender: optOuts.sender })
    .from(optOuts)
    .where(and(inArray(optOuts.sender, [...senders]), eq(optOuts.receiver, receiver)))
  return new Set(rows.map(({ sender }) => sender))
}

/** Of these pairs, those where the receiver wants nothing from the sender; each as `<receiver> <sender>`. */
export async function optedOutPairs(
  db: Db,
  pairs: readonly { readonly sender: string; readonly receiver: string }[],
): Promise<ReadonlySet<string>> {
  if (pairs.length === 0) return new Set()
  const senders = sql.param(pairs.map(({ sender }) => sender))
  const receivers = sql.param(pairs.map(({ receiver }) => receiver))
  const rows = await db
    .select({ sender: optOuts.sender, receiver: optOuts.receiver })
    .from(optOuts)
    .where(
      sql`(${optOuts.sender}, ${optOuts.receiver}) in (select * from unnest(${senders}::text[], ${receivers}::text[]))`,
    )
  return new Set(rows.map(({ sender, receiver }) => `${receiver} ${sender}`))
}

export interface OptOutFilter {
  readonly sender?: string | undefined
  readonly receiver?: string | undefined
}

/** By receiver, then sender; a page goes on after `<receiver> <sender>`. */
export async function listOptOuts(
  db: Db,
  { sender, receiver }: OptOutFilter,
  { limit, after }: PageQuery,
): Promise<Page<OptOutRow>> {
  const [lastReceiver = '', lastSender = ''] = after?.split(' ') ?? []
  const rows = await db
    .select()
    .from(optOuts)
    .where(
      and(
        sender === undefined ? undefined : eq(optOuts.sender, sender),
        receiver === undefined ? undefined : eq(optOuts.receiver, receiver),
        after === undefined
          ? undefined
          : or(
              gt(optOuts.receiver, lastReceiver),
              and(eq(optOuts.receiver, lastReceiver), gt(optOuts.sender, lastSender)),
            ),
      ),
    )
    .orderBy(asc(optOuts.receiver), asc(optOuts.sender))
    .limit(limit + 1)
  return cutPage(rows, limit, (row) => `${row.receiver} ${row.sender}`)
}
