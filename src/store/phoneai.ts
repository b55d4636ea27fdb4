import { and, asc, desc, eq, gt, inArray, lt, sql } from 'drizzle-orm'
import type { MessageRow } from './messages.ts'
import { messages, phoneaiExtensions, phoneaiIds, phoneaiTexts, webhookDeliveries } from './schema.ts'
import type { Db } from './store.ts'

/** The numbers of these references, in their order; made where there are none yet. */
export async function idsOf(db: Db, refs: readonly string[]): Promise<readonly number[]> {
  if (refs.length === 0) return []
  const read = () =>
    db
      .select()
      .from(phoneaiIds)
      .where(inArray(phoneaiIds.ref, [...refs]))
  let rows = await read()
  const known = new Set(rows.map(({ ref }) => ref))
  const missing = [...new Set(refs)].filter((ref) => !known.has(ref))
  if (missing.length > 0) {
    await db
      .insert(phoneaiIds)
      .values(missing.map((ref) => ({ ref })))
      .onConflictDoNothing()
    // Another request may have made some of them meanwhile.
    rows = await read()
  }
  const ids = new Map(rows.map(({ id, ref }) => [ref, id]))
  return refs.map((ref) => ids.get(ref)!)
}

export async function idOf(db: Db, ref: string): Promise<number> {
  const [id] = await idsOf(db, [ref])
  return id!
}

/** Of an `integer` of PostgreSQL, which refuses to compare with more. */
const largestId = 2_147_483_647

/** What is known by this number. */
export async function refOf(db: Db, id: number): Promise<string | undefined> {
  if (id > largestId) return undefined
  const [row] = await db.select().from(phoneaiIds).where(eq(phoneaiIds.id, id))
  return row?.ref
}

export interface ExtensionExtras {
  readonly cellphone: string
  readonly transcription: boolean
}

export async function extensionExtras(db: Db): Promise<ReadonlyMap<string, ExtensionExtras>> {
  const rows = await db.select().from(phoneaiExtensions)
  return new Map(rows.map(({ extensionId, ...extras }) => [extensionId, extras]))
}

export async function putExtensionExtras(db: Db, extensionId: string, extras: ExtensionExtras): Promise<void> {
  await db
    .insert(phoneaiExtensions)
    .values({ extensionId, ...extras })
    .onConflictDoUpdate({ target: phoneaiExtensions.extensionId, set: { ...extras } })
}

export async function putTextCallback(db: Db, messageId: string, sealed: Buffer): Promise<void> {
  await db.insert(phoneaiTexts).values({ messageId, sealed })
}

/** The callback of the last text that went this way before that one, and the text. */
export async function lastTextCallback(
  db: Db,
  { from, to, before }: { readonly from: string; readonly to: string; readonly before: string },
): Promise<{ readonly id: string; readonly sealed: Buffer } | undefined> {
  const [row] = await db
    .select({ id: messages.id, sealed: phoneaiTexts.sealed })
    .from(messages)
    .leftJoin(phoneaiTexts, eq(phoneaiTexts.messageId, messages.id))
    .where(
      and(eq(messages.direction, 'outbound'), eq(messages.from, from), eq(messages.to, to), lt(messages.id, before)),
    )
    .orderBy(desc(messages.id))
    .limit(1)
  return row === undefined || row.sealed === null ? undefined : { id: row.id, sealed: row.sealed }
}

/** What the program that wrote is told of an answer by: once. */
export const replyCause = (message: string): string => `reply ${message}`

/** Texts since then that may answer one with a callback, and that nobody was told of. Oldest first. */
export async function repliesUntold(db: Db, since: Date): Promise<readonly MessageRow[]> {
  const told = sql`exists (select 1 from ${webhookDeliveries} d where d.cause = ${replyCause('')} || ${messages.id})`
  const asked = sql`exists (
    select 1 from ${messages} a join ${phoneaiTexts} t on t.message_id = a.id
    where a.direction = 'outbound' and a."from" = ${messages.to} and a."to" = ${messages.from} and a.id < ${messages.id})`
  return db
    .select()
    .from(messages)
    .where(and(gt(messages.createdAt, since), asked, sql`not ${told}`))
    .orderBy(asc(messages.id))
}
