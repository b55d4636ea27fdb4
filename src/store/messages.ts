import {
  and,
  asc,
  count,
  desc,
  eq,
  gt,
  gte,
  inArray,
  isNotNull,
  lt,
  lte,
  notExists,
  or,
  type SQL,
  sql,
} from 'drizzle-orm'
import { noteTextEnd } from './contacts.ts'
import { cutPage, type Page, type PageQuery } from './page.ts'
import { type MessageState, messages, textRefs } from './schema.ts'
import type { Db } from './store.ts'

export type MessageRow = typeof messages.$inferSelect
export type { MessageState }

/** States that say whether a text reached its receiver. */
const textEnds: ReadonlySet<MessageState> = new Set(['delivered', 'undelivered', 'failed', 'rejected', 'expired'])

export type NewMessage = Pick<MessageRow, 'id' | 'from' | 'to' | 'body' | 'key' | 'createdAt'> &
  Partial<Pick<MessageRow, 'direction' | 'once' | 'notice' | 'reportSeconds'>>

/**
 * Puts a text into the outbox together with the job that sends it; both or neither. A `key` that was used before gives
 * the message of that time and sends nothing. It goes out, unless its direction says that it came in for a phone here.
 */
export async function queueMessage(db: Db, row: NewMessage): Promise<QueuedMessage> {
  return db.transaction(async (tx) => {
    const [queued] = await queueMessages(tx, [row])
    return queued!
  })
}

export interface QueuedMessage {
  readonly row: MessageRow
  readonly isNew: boolean
}

/** As `queueMessage`, many at once, in a transaction of the caller. @param rows no key twice. @returns what became of each, in their order */
export async function queueMessages(tx: Db, rows: readonly NewMessage[]): Promise<readonly QueuedMessage[]> {
  if (rows.length === 0) return []
  const made = await tx
    .insert(messages)
    .values(
      rows.map((row) => ({
        ...{ direction: 'outbound' as const, ...row, state: 'queued' as const },
        ...{ attempts: 0, updatedAt: row.createdAt },
      })),
    )
    .onConflictDoNothing({ target: messages.key })
    .returning()
  const byId = new Map(made.map((row) => [row.id, row]))
  const missing = rows.flatMap(({ id, key }) => (byId.has(id) || key === null ? [] : [key]))
  const former =
    missing.length === 0
      ? []
      : await tx
          .select()
          .from(messages)
          .where(inArray(messages.key, [...missing]))
  const byKey = new Map(former.map((row) => [row.key, row]))
  const added = rows.flatMap(({ id }) => (byId.has(id) ? [id] : []))
  await addSendJobs(tx, added)
  return rows.map(({ id, key }) => {
    const row = byId.get(id)
    return row === undefined ? { row: byKey.get(key)!, isNew: false } : { row, isNew: true }
  })
}

/** How often a job tries to send a text. */
const mostTries = 12

/** The text is tried later, in place of the try that was counted; its job has as many tries left as it had. */
export async function deferSend(db: Db, id: string, at: Date): Promise<void> {
  await db.transaction(async (tx) => {
    const [row] = await tx
      .update(messages)
      .set({ attempts: sql`greatest(${messages.attempts} - 1, 0)` })
      .where(and(eq(messages.id, id), inArray(messages.state, ['queued', 'waiting'])))
      .returning({ attempts: messages.attempts })
    if (row === undefined) return
    await tx.execute(sql`
      select graphile_worker.add_job('send-text', json_build_object('id', ${id}::text), job_key := ${`send-text:${id}`},
        run_at := ${at.toISOString()}::timestamptz, max_attempts := ${Math.max(1, mostTries - row.attempts)})`)
  })
}

/** One job per message: a second one while the first waits replaces it. */
async function addSendJobs(db: Db, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await db.execute(sql`
    select graphile_worker.add_job('send-text', json_build_object('id', id), job_key := 'send-text:' || id, max_attempts := ${mostTries}::int)
    from unnest(${sql.param([...ids])}::text[]) with ordinality as each(id, place) order by place`)
}

/** A text that came in. The same `key` twice (a retransmission) keeps one. */
export async function insertReceived(db: Db, row: NewMessage): Promise<{ row: MessageRow; isNew: boolean }> {
  const [made] = await db
    .insert(messages)
    .values({ ...row, direction: 'inbound', state: 'received', attempts: 0, updatedAt: row.createdAt })
    .onConflictDoNothing({ target: messages.key })
    .returning()
  if (made !== undefined) return { row: made, isNew: true }
  const [former] = await db.select().from(messages).where(eq(messages.key, row.key!))
  return { row: former!, isNew: false }
}

export type MessageChange = Partial<Pick<MessageRow, 'reason' | 'code' | 'carrier' | 'tryingSince'>> & {
  readonly state?: MessageState
}

type MakeChange = (row: MessageRow) => MessageChange | undefined

/**
 * Changes a text under the lock of its row; what its end says of the contact that it went to is written with it. @param change what to make of it as it stands; `undefined` for nothing
 * @returns the row where its state changed
 */
export async function changeMessage(db: Db, id: string, at: Date, change: MakeChange): Promise<MessageRow | undefined> {
  return db.transaction((tx) => changeMessageIn(tx, id, at, change))
}

/** As `changeMessage`, in a transaction of the caller. */
export async function changeMessageIn(
  tx: Db,
  id: string,
  at: Date,
  change: MakeChange,
): Promise<MessageRow | undefined> {
  const [row] = await tx.select().from(messages).where(eq(messages.id, id)).for('update')
  const made = row === undefined ? undefined : change(row)
  if (made === undefined || Object.keys(made).length === 0) return undefined
  const moved = made.state === undefined ? {} : { updatedAt: at }
  const [changed] = await tx
    .update(messages)
    .set({ ...made, ...moved })
    .where(eq(messages.id, id))
    .returning()
  if (made.state === undefined || changed === undefined) return undefined
  if (changed.direction === 'outbound' && textEnds.has(changed.state)) await noteTextEnd(tx, changed)
  return changed
}

/** Notes which carrier is about to be given the text. @returns whether it is still to be sent */
export async function noteTry(db: Db, id: string, carrier: string, at: Date): Promise<boolean> {
  const noted = await db
    .update(messages)
    .set({ carrier, tryingSince: at })
    .where(and(eq(messages.id, id), inArray(messages.state, ['queued', 'waiting'])))
    .returning({ id: messages.id })
  return noted.length > 0
}

/** Asks for a look at the text when its report is due. */
export async function addSilenceJob(db: Db, id: string, at: Date): Promise<void> {
  await db.execute(
    sql`select graphile_worker.add_job('text-silent', json_build_object('id', ${id}::text), run_at := ${at.toISOString()}::timestamptz, job_key := ${`text-silent:${id}`})`,
  )
}

/** Counts a try at sending; `undefined` when it is no longer to be sent. */
export async function countAttempt(db: Db, id: string): Promise<MessageRow | undefined> {
  const [row] = await db
    .update(messages)
    .set({ attempts: sql`${messages.attempts} + 1` })
    .where(and(eq(messages.id, id), inArray(messages.state, ['queued', 'waiting'])))
    .returning()
  return row
}

/** Queues again what waits for this receiver, oldest first, each with its job. */
export async function requeueFor(db: Db, to: string, at: Date): Promise<readonly MessageRow[]> {
  return db.transaction(async (tx) => {
    const rows = await tx
      .update(messages)
      .set({ state: 'queued', updatedAt: at })
      .where(and(eq(messages.to, to), eq(messages.state, 'waiting')))
      .returning()
    const inOrder = [...rows].sort((a, b) => (a.id < b.id ? -1 : 1))
    const ids = inOrder.map(({ id }) => id)
    await addSendJobs(tx, ids)
    return inOrder
  })
}

/** Receivers of waiting texts; asked at start, since some may have registered while the service was down. */
export async function waitingReceivers(db: Db): Promise<readonly string[]> {
  const rows = await db
    .selectDistinct({ to: messages.to })
    .from(messages)
    .where(eq(messages.state, 'waiting'))
    .orderBy(asc(messages.to))
  return rows.map((row) => row.to)
}

export async function getMessage(db: Db, id: string): Promise<MessageRow | undefined> {
  const [row] = await db.select().from(messages).where(eq(messages.id, id))
  return row
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
  // A kill may have come between the sending and the answer.
  const { state, tryingSince } = messages
  const cutOff = and(eq(state, 'queued'), isNotNull(tryingSince))
  const named = db.select({ one: sql`1` }).from(textRefs).where(eq(textRefs.messageId, messages.id))
  return db
    .select()
    .from(messages)
    .where(
      and(
        ...[eq(messages.direction, 'outbound'), eq(messages.to, phone), or(eq(messages.state, 'sent'), cutOff)],
        ...[sql`coalesce(${messages.carrier}, ${carrier}) = ${carrier}`, notExists(named)],
      ),
    )
    .limit(2)
}

export interface MessageFilter {
  readonly direction?: MessageRow['direction'] | undefined
  readonly state?: MessageState | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** Newest first. */
export async function listMessages(
  db: Db,
  filter: MessageFilter,
  { limit, after }: PageQuery,
): Promise<Page<MessageRow>> {
  const rows = await db
    .select()
    .from(messages)
    .where(
      and(
        after === undefined ? undefined : lt(messages.id, after),
        filter.direction === undefined ? undefined : eq(messages.direction, filter.direction),
        filter.state === undefined ? undefined : eq(messages.state, filter.state),
        filter.from === undefined ? undefined : eq(messages.from, filter.from),
        filter.to === undefined ? undefined : eq(messages.to, filter.to),
      ),
    )
    .orderBy(desc(messages.id))
    .limit(limit + 1)
  return cutPage(rows, limit, (row) => row.id)
}

export interface CountedFilter {
  readonly direction?: MessageRow['direction'] | undefined
  readonly states?: readonly MessageState[] | undefined
  readonly since?: { readonly at: Date; readonly included: boolean } | undefined
  readonly until?: { readonly at: Date; readonly included: boolean } | undefined
}

/** Newest first, from an offset on; with how many there are in all. */
export async function countedMessages(
  db: Db,
  { direction, states, since, until }: CountedFilter,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly rows: readonly MessageRow[]; readonly total: number }> {
  const wanted: (SQL | undefined)[] = [
    direction === undefined ? undefined : eq(messages.direction, direction),
    states === undefined ? undefined : inArray(messages.state, [...states]),
    since && (since.included ? gte : gt)(messages.createdAt, since.at),
    until && (until.included ? lte : lt)(messages.createdAt, until.at),
  ]
  const where = and(...wanted)
  const rows = await db.select().from(messages).where(where).orderBy(desc(messages.id)).limit(limit).offset(offset)
  const [all] = await db.select({ total: count() }).from(messages).where(where)
  return { rows, total: all?.total ?? 0 }
}
