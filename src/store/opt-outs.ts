import { and, asc, eq, gt, inArray, isNotNull, or, sql } from 'drizzle-orm'
import { cutPage, type Page, type PageQuery } from './page.ts'
import { contacts, optOuts } from './schema.ts'
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

/** Whether the receiver said STOP to the sender. */
export async function saidStop(db: Db, sender: string, receiver: string): Promise<boolean> {
  return (await stopped(db, [{ sender, receiver }])).size > 0
}

/** Of these phones, those of contacts that want nothing, from whichever sender. */
export async function optedOutContacts(db: Db, phones: readonly string[]): Promise<ReadonlySet<string>> {
  if (phones.length === 0) return new Set()
  const rows = await db
    .select({ phone: contacts.phone })
    .from(contacts)
    .where(and(inArray(contacts.phone, [...new Set(phones)]), isNotNull(contacts.optedOutAt)))
  return new Set(rows.map(({ phone }) => phone))
}

/** Of these senders, those that the receiver wants nothing from. */
export async function optedOut(db: Db, senders: readonly string[], receiver: string): Promise<ReadonlySet<string>> {
  const out = await optedOutPairs(
    db,
    senders.map((sender) => ({ sender, receiver })),
  )
  return new Set(senders.filter((sender) => out.has(`${receiver} ${sender}`)))
}

interface Pair {
  readonly sender: string
  readonly receiver: string
}

/** Of these pairs, those where the receiver wants nothing from the sender; each as `<receiver> <sender>`. */
export async function optedOutPairs(db: Db, pairs: readonly Pair[]): Promise<ReadonlySet<string>> {
  const out = await optedOutContacts(
    db,
    pairs.map(({ receiver }) => receiver),
  )
  const unwilling = pairs.filter(({ receiver }) => out.has(receiver)).map(nameOf)
  return new Set([...unwilling, ...(await stopped(db, pairs))])
}

const nameOf = ({ sender, receiver }: Pair): string => `${receiver} ${sender}`

async function stopped(db: Db, pairs: readonly Pair[]): Promise<ReadonlySet<string>> {
  if (pairs.length === 0) return new Set()
  const senders = sql.param(pairs.map(({ sender }) => sender))
  const receivers = sql.param(pairs.map(({ receiver }) => receiver))
  const rows = await db
    .select({ sender: optOuts.sender, receiver: optOuts.receiver })
    .from(optOuts)
    .where(
      sql`(${optOuts.sender}, ${optOuts.receiver}) in (select * from unnest(${senders}::text[], ${receivers}::text[]))`,
    )
  return new Set(rows.map(nameOf))
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
