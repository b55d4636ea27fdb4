import { and, asc, desc, eq, isNotNull, lt, sql } from 'drizzle-orm'
import { withoutWaiting } from './commit.ts'
import { cutPage, type Page, type PageQuery } from './page.ts'
import { webhookDeliveries as deliveries } from './schema.ts'
import type { StoredTry } from './shapes.ts'
import type { Db } from './store.ts'

export type DeliveryRow = typeof deliveries.$inferSelect
export type NewDelivery = Omit<DeliveryRow, 'seq' | 'state' | 'attempts' | 'tries' | 'nextAt' | 'settledAt'>

/** `behind`: an earlier one of the key is still to be delivered. */
export interface InsertedDelivery {
  readonly id: string
  readonly seq: number
  readonly behind: boolean
}

/** One that was just inserted, whole. */
export const queuedRow = (row: NewDelivery, seq: number): DeliveryRow => ({
  ...row,
  ...{ seq, state: 'queued', attempts: 0, tries: [], nextAt: null, settledAt: null },
})

/**
 * `undefined` when the webhook has one of that cause already. `behind`: an earlier one of the key is still to be
 * delivered. Those of one key are to be inserted one after the other.
 */
export async function insertDelivery(
  db: Db,
  row: NewDelivery,
  commit: 'waited' | 'unwaited' = 'waited',
): Promise<{ readonly row: DeliveryRow; readonly behind: boolean } | undefined> {
  const [made] = await db
    .insert(deliveries)
    .values({ ...row, state: 'queued', attempts: 0, tries: [] })
    .onConflictDoNothing()
    .returning({
      seq: deliveries.seq,
      ...(commit === 'unwaited' ? { unwaited: withoutWaiting } : {}),
      // As the table was before this row.
      behind: sql<boolean>`exists (select 1 from webhook_deliveries w where w.key = ${row.key} and w.state = 'queued')`,
    })
  if (made === undefined) return undefined
  return { row: queuedRow(row, made.seq), behind: made.behind }
}

/**
 * The one of this key whose turn it is: the oldest that is due, else the one that is due next. Those of one receiver wait
 * for each other, those of others do not wait for a receiver that is down.
 */
export async function firstQueued(db: Db, key: string, now: Date): Promise<DeliveryRow | undefined> {
  const [row] = await db
    .select()
    .from(deliveries)
    .where(
      and(
        eq(deliveries.key, key),
        eq(deliveries.state, 'queued'),
        sql`not exists (
          select 1 from webhook_deliveries w
          where w.key = ${key} and w.state = 'queued' and w.seq < ${deliveries.seq}
            and (w.url = ${deliveries.url} or w.webhook_id = ${deliveries.webhookId}))`,
      ),
    )
    .orderBy(sql`greatest(${deliveries.nextAt}, ${now.toISOString()}::timestamptz)`, asc(deliveries.seq))
    .limit(1)
  return row
}

/** Keys with something to deliver. */
export async function queuedKeys(db: Db): Promise<readonly string[]> {
  const rows = await db.selectDistinct({ key: deliveries.key }).from(deliveries).where(eq(deliveries.state, 'queued'))
  return rows.map(({ key }) => key)
}

/** What an attempt came to after which there is no other. */
export interface SettledAttempt {
  readonly id: string
  readonly tries: readonly StoredTry[]
  readonly state: 'delivered' | 'failed'
  readonly at: Date
}

/** Notes the last attempts of several deliveries in one statement. */
export async function settleDeliveries(db: Db, settled: readonly SettledAttempt[]): Promise<void> {
  const rows = settled.map(({ id, tries, state, at }) => ({ id, tries, state, at: at.toISOString() }))
  await db.execute(sql`
    update webhook_deliveries d
    set attempts = d.attempts + 1, tries = d.tries || s.tries, state = s.state, next_at = null, settled_at = s.at
    from jsonb_to_recordset(${json(rows)}::jsonb) as s (id text, tries jsonb, state text, at timestamptz(3)),
         (select ${withoutWaiting}) as unwaited
    where d.id = s.id`)
}

/** Notes an attempt together with the job that makes the next. */
export async function noteFailedAttempt(
  db: Db,
  { id, key }: Pick<DeliveryRow, 'id' | 'key'>,
  tries: readonly StoredTry[],
  next: Date,
): Promise<void> {
  await db.transaction(async (tx) => {
    await tx
      .update(deliveries)
      .set({
        attempts: sql`${deliveries.attempts} + 1`,
        tries: sql`${deliveries.tries} || ${json(tries)}::jsonb`,
        nextAt: next,
      })
      .where(eq(deliveries.id, id))
    await addDeliverJob(tx, key, next)
  })
}

/** The database takes no zero byte in JSON. */
const json = (value: unknown): string => JSON.stringify(value).replaceAll('\\u0000', '\\ufffd')

/** One job per key: a second one while the first waits replaces it. */
export async function addDeliverJob(db: Db, key: string, at: Date): Promise<void> {
  await db.execute(
    sql`select graphile_worker.add_job('deliver-webhook', json_build_object('id', ${key}::text), job_key := ${`webhook:${key}`}, run_at := ${at.toISOString()}::timestamptz, max_attempts := 20)`,
  )
}

export async function getDelivery(db: Db, id: string): Promise<DeliveryRow | undefined> {
  const [row] = await db.select().from(deliveries).where(eq(deliveries.id, id))
  return row
}

export interface DeliveryFilter {
  readonly state?: DeliveryRow['state'] | undefined
  readonly webhook?: string | undefined
  readonly event?: string | undefined
  readonly key?: string | undefined
}

/** Newest first. */
export async function listDeliveries(
  db: Db,
  filter: DeliveryFilter,
  { limit, after }: PageQuery,
): Promise<Page<DeliveryRow>> {
  const rows = await db
    .select()
    .from(deliveries)
    .where(
      and(
        after === undefined ? undefined : lt(deliveries.id, after),
        filter.state === undefined ? undefined : eq(deliveries.state, filter.state),
        filter.webhook === undefined ? undefined : eq(deliveries.webhookId, filter.webhook),
        filter.event === undefined ? undefined : eq(deliveries.event, filter.event),
        filter.key === undefined ? undefined : eq(deliveries.key, filter.key),
      ),
    )
    .orderBy(desc(deliveries.id))
    .limit(limit + 1)
  return cutPage(rows, limit, (row) => row.id)
}

/** Those settled before. */
export async function purgeDeliveries(db: Db, before: Date): Promise<number> {
  const gone = await db
    .delete(deliveries)
    .where(and(isNotNull(deliveries.settledAt), lt(deliveries.settledAt, before)))
    .returning({ id: deliveries.id })
  return gone.length
}
