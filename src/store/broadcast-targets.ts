import { and, asc, eq, gt, inArray, isNull, lte, sql } from 'drizzle-orm'
import type { ActionRow } from './actions.ts'
import type { MessageRow } from './messages.ts'
import { cutPage, type Page, type PageQuery } from './page.ts'
import type { PlannedCallRow } from './planned-calls.ts'
import type { TargetState } from './schema/contacts.ts'
import { broadcastTargets, callActions, messages, plannedCalls } from './schema.ts'
import type { Db } from './store.ts'

export type TargetRow = typeof broadcastTargets.$inferSelect

/** Two passes at once must not take the same ones: what the other one has is left to it. */
const mine = { of: broadcastTargets, skipLocked: true } as const

/** What is due, first the first. In a transaction. */
export async function dueTargets(
  db: Db,
  { broadcast, state, now, limit }: { broadcast: string; state: TargetState; now: Date; limit: number },
): Promise<readonly TargetRow[]> {
  const t = broadcastTargets
  return db
    .select()
    .from(t)
    .where(and(eq(t.broadcastId, broadcast), eq(t.state, state), isNull(t.endedAt), lte(t.nextAt, now)))
    .orderBy(asc(t.nextAt), asc(t.contactId))
    .limit(limit)
    .for('update', mine)
}

export interface TargetOfText {
  readonly target: TargetRow
  readonly text: Pick<MessageRow, 'id' | 'state' | 'code' | 'reason'>
}

/** Those whose text came to an end; and those who wait for a call that need not be, since a late report says that it was delivered. */
export async function textsOver(db: Db, broadcast: string, limit: number): Promise<readonly TargetOfText[]> {
  const t = broadcastTargets
  return db
    .select({
      target: t,
      text: { id: messages.id, state: messages.state, code: messages.code, reason: messages.reason },
    })
    .from(t)
    .innerJoin(messages, eq(messages.id, t.messageId))
    .where(
      and(
        eq(t.broadcastId, broadcast),
        isNull(t.endedAt),
        sql`(${t.state} = 'texting' and ${messages.state} in ('delivered', 'undelivered', 'failed', 'rejected', 'expired')
          or ${t.state} = 'call_due' and ${messages.state} = 'delivered')`,
      ),
    )
    .orderBy(asc(t.contactId))
    .limit(limit)
    .for('update', mine)
}

/** Texts of a broadcast that were to be sent by now and were not. */
export async function textsNotSent(db: Db, broadcast: string, now: Date, limit: number): Promise<readonly string[]> {
  const t = broadcastTargets
  const rows = await db
    .select({ id: messages.id })
    .from(t)
    .innerJoin(messages, eq(messages.id, t.messageId))
    .where(
      and(
        ...[eq(t.broadcastId, broadcast), eq(t.state, 'texting'), isNull(t.endedAt), lte(t.nextAt, now)],
        ...[inArray(messages.state, ['queued', 'waiting']), isNull(messages.tryingSince)],
      ),
    )
    .limit(limit)
  return rows.map(({ id }) => id)
}

export interface TargetOfCall {
  readonly target: TargetRow
  readonly planned: PlannedCallRow
}

/** Those whose call is over. */
export async function callsOver(db: Db, broadcast: string, limit: number): Promise<readonly TargetOfCall[]> {
  const t = broadcastTargets
  return db
    .select({ target: t, planned: plannedCalls })
    .from(t)
    .innerJoin(plannedCalls, eq(plannedCalls.id, t.plannedId))
    .where(
      and(
        ...[eq(t.broadcastId, broadcast), eq(t.state, 'calling'), isNull(t.endedAt)],
        inArray(plannedCalls.state, ['done', 'failed', 'canceled']),
      ),
    )
    .orderBy(asc(t.contactId))
    .limit(limit)
    .for('update', mine)
}

/** What was done on each of these calls, oldest first. */
export async function actionsOfCalls(
  db: Db,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly ActionRow[]>> {
  const found = new Map<string, ActionRow[]>()
  if (ids.length === 0) return found
  const rows = await db
    .select()
    .from(callActions)
    .where(inArray(callActions.callId, [...ids]))
    .orderBy(asc(callActions.id))
  for (const row of rows) found.set(row.callId, [...(found.get(row.callId) ?? []), row])
  return found
}

/** What is under way of a broadcast and not done yet: texts that no carrier has, calls that were not begun. */
export async function underWay(db: Db, broadcast: string): Promise<{ readonly texts: number; readonly calls: number }> {
  const { rows } = await db.execute<{ texts: number; calls: number }>(sql`
    select
      (select count(*)::int from broadcast_targets t join messages m on m.id = t.message_id
        where t.broadcast_id = ${broadcast} and t.state = 'texting' and t.ended_at is null and m.state = 'queued') as texts,
      (select count(*)::int from broadcast_targets t join planned_calls p on p.id = t.planned_id
        where t.broadcast_id = ${broadcast} and t.state = 'calling' and t.ended_at is null and p.state = 'waiting') as calls`)
  return rows[0] ?? { texts: 0, calls: 0 }
}

export type TargetChange = Partial<Omit<TargetRow, 'broadcastId' | 'contactId'>>

/** Those of a broadcast to whom the same happens are one statement. */
export async function changeTargets(
  db: Db,
  broadcast: string,
  changes: readonly { readonly contact: string; readonly change: TargetChange }[],
): Promise<void> {
  const alike = new Map<string, { readonly change: TargetChange; readonly contacts: string[] }>()
  for (const { contact, change } of changes) {
    const key = JSON.stringify(change)
    const group = alike.get(key) ?? { change, contacts: [] }
    alike.set(key, group)
    group.contacts.push(contact)
  }
  const t = broadcastTargets
  for (const { change, contacts } of alike.values()) {
    await db
      .update(t)
      .set(change)
      .where(and(eq(t.broadcastId, broadcast), inArray(t.contactId, contacts)))
  }
}

/** Texts to them were put into the outbox. @param nextAt until when they must have been sent */
export async function noteTexts(
  db: Db,
  broadcast: string,
  texts: readonly { readonly contact: string; readonly message: string }[],
  { nextAt, now }: { readonly nextAt: Date; readonly now: Date },
): Promise<void> {
  if (texts.length === 0) return
  const contacts = sql.param(texts.map(({ contact }) => contact))
  const messages = sql.param(texts.map(({ message }) => message))
  await db.execute(sql`
    update broadcast_targets t
    set state = 'texting', message_id = put.message, texts = t.texts + 1, sentence = null,
        next_at = ${nextAt.toISOString()}::timestamptz, updated_at = ${now.toISOString()}::timestamptz
    from unnest(${contacts}::text[], ${messages}::text[]) as put(contact, message)
    where t.broadcast_id = ${broadcast} and t.contact_id = put.contact`)
}

/** Takes back calls that were not begun; whom they were for is due for one. @returns ids of the planned calls */
export async function takeBackCalls(
  db: Db,
  broadcast: string,
  { sentence, now, whose }: { sentence: string; now: Date; whose: 'all' | 'delivered' | 'opted_out' },
): Promise<readonly string[]> {
  const at = sql`${now.toISOString()}::timestamptz`
  const among = {
    all: sql``,
    delivered: sql` and exists (select 1 from messages m where m.id = t.message_id and m.state = 'delivered')`,
    opted_out: sql` and exists (select 1 from contacts c where c.id = t.contact_id and c.opted_out_at is not null)`,
  }[whose]
  const { rows } = await db.execute<{ id: string }>(sql`
    with gone as (
      update planned_calls p
      set state = 'canceled', code = 'canceled', sentence = ${sentence}, next_at = null, updated_at = ${at}, ended_at = ${at}
      where p.state = 'waiting' and p.id in (
        select t.planned_id from broadcast_targets t
        where t.broadcast_id = ${broadcast} and t.state = 'calling' and t.ended_at is null${among})
      returning p.id, p.attempts
    ), back as (
      update broadcast_targets t
      set state = 'call_due', planned_id = null, next_at = ${at}, updated_at = ${at}, calls = t.calls - 1
      from gone where t.broadcast_id = ${broadcast} and t.planned_id = gone.id
    )
    select id from gone`)
  return rows.map(({ id }) => id)
}

/** Ends what is due and was not begun. */
export async function cancelDue(db: Db, broadcast: string, now: Date): Promise<void> {
  const t = broadcastTargets
  await db
    .update(t)
    .set({
      ...{ state: 'canceled', code: 'canceled', sentence: 'the broadcast was canceled' },
      ...{ nextAt: null, updatedAt: now, endedAt: now },
    })
    .where(and(eq(t.broadcastId, broadcast), inArray(t.state, ['text_due', 'call_due']), isNull(t.endedAt)))
}

/** When more of it will be due. */
export async function nextTarget(db: Db, broadcast: string, now: Date): Promise<Date | undefined> {
  const t = broadcastTargets
  const [row] = await db
    .select({ at: t.nextAt })
    .from(t)
    .where(
      and(
        ...[eq(t.broadcastId, broadcast), isNull(t.endedAt), gt(t.nextAt, now)],
        inArray(t.state, ['text_due', 'call_due', 'texting']),
      ),
    )
    .orderBy(asc(t.nextAt))
    .limit(1)
  return row?.at ?? undefined
}

export interface TargetFilter {
  readonly broadcast?: string | undefined
  readonly contact?: string | undefined
  readonly state?: TargetState | undefined
}

/** In the order of contacts. */
export async function listTargets(
  db: Db,
  { broadcast, contact, state }: TargetFilter,
  { limit, after }: PageQuery,
): Promise<Page<TargetRow>> {
  const t = broadcastTargets
  const rows = await db
    .select()
    .from(t)
    .where(
      and(
        broadcast === undefined ? undefined : eq(t.broadcastId, broadcast),
        contact === undefined ? undefined : eq(t.contactId, contact),
        state === undefined ? undefined : eq(t.state, state),
        after === undefined ? undefined : gt(t.contactId, after),
      ),
    )
    .orderBy(asc(t.contactId))
    .limit(limit + 1)
  return cutPage(rows, limit, (row) => row.contactId)
}
