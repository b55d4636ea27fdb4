import { and, asc, desc, eq, gte, inArray, lt, lte, ne, type SQL } from 'drizzle-orm'
import { cutPage, type Page, type PageQuery } from './page.ts'
import { callEvents, calls } from './schema.ts'
import type { StoredAddress, StoredEnd, StoredEventData } from './shapes.ts'
import type { Db } from './store.ts'

export type CallRow = typeof calls.$inferSelect
export type CallEventRow = Omit<typeof callEvents.$inferSelect, 'seq' | 'callId'>
export type CallState = CallRow['state']

export interface NewCall {
  readonly id: string
  readonly direction: 'inbound' | 'outbound'
  readonly from: StoredAddress
  readonly fromKey: string
  readonly to: StoredAddress
  readonly toKey: string
  readonly startedAt: Date
  /** Whom it is charged to. */
  readonly account?: string | null
}

/** What an index takes: an entry of a B-tree has room for 2,704 bytes, a URI may have more. The address itself is kept whole. */
export const indexed = (key: string): string => key.slice(0, 500)

/** Written when the call arrives, so that one cut off by a crash leaves an open row. */
export async function insertCall(db: Db, call: NewCall): Promise<CallRow> {
  const [row] = await db
    .insert(calls)
    .values({ ...call, fromKey: indexed(call.fromKey), toKey: indexed(call.toKey), state: 'ringing' })
    .returning()
  return row!
}

export async function answerCall(db: Db, id: string, at: Date): Promise<void> {
  await db
    .update(calls)
    .set({ state: 'up', answeredAt: at })
    .where(and(eq(calls.id, id), eq(calls.state, 'ringing')))
}

export async function setCallForward(db: Db, id: string, forwardId: string): Promise<void> {
  await db.update(calls).set({ forwardId }).where(eq(calls.id, id))
}

/** False when it had ended before: the first end stands. */
export async function endCall(db: Db, id: string, end: StoredEnd): Promise<boolean> {
  const ended = await db
    .update(calls)
    .set({ state: 'ended', endedAt: new Date(end.at), endCode: end.code, end })
    .where(and(eq(calls.id, id), ne(calls.state, 'ended')))
    .returning({ id: calls.id })
  return ended.length > 0
}

/** Adds to the story of a call; order within a list is kept. */
export async function addCallEvents(
  db: Db,
  callId: string,
  events: readonly { at: number; kind: string; text: string; data?: StoredEventData }[],
): Promise<void> {
  if (events.length === 0) return
  await db
    .insert(callEvents)
    .values(events.map(({ at, kind, text, data }) => ({ callId, at: new Date(at), kind, text, data: data ?? null })))
}

export async function callEventsOf(db: Db, callId: string): Promise<readonly CallEventRow[]> {
  return db
    .select({ at: callEvents.at, kind: callEvents.kind, text: callEvents.text, data: callEvents.data })
    .from(callEvents)
    .where(eq(callEvents.callId, callId))
    .orderBy(asc(callEvents.seq))
}

/** Rows that no process ended: what a crash left. Read at start, before the first call; each is then ended. */
export async function openCalls(db: Db): Promise<readonly CallRow[]> {
  return db.select().from(calls).where(ne(calls.state, 'ended')).orderBy(asc(calls.id))
}

export async function getCall(db: Db, id: string): Promise<CallRow | undefined> {
  const [row] = await db.select().from(calls).where(eq(calls.id, id))
  return row
}

export interface CallFilter {
  readonly direction?: CallRow['direction'] | undefined
  readonly state?: readonly CallState[] | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly forward?: string | undefined
  readonly account?: string | undefined
  readonly endCode?: string | undefined
  readonly since?: Date | undefined
  readonly until?: Date | undefined
}

/** Newest first. */
export async function listCalls(db: Db, filter: CallFilter, { limit, after }: PageQuery): Promise<Page<CallRow>> {
  const where: (SQL | undefined)[] = [
    after === undefined ? undefined : lt(calls.id, after),
    filter.direction === undefined ? undefined : eq(calls.direction, filter.direction),
    filter.state === undefined ? undefined : inArray(calls.state, [...filter.state]),
    filter.from === undefined ? undefined : eq(calls.fromKey, filter.from),
    filter.to === undefined ? undefined : eq(calls.toKey, filter.to),
    filter.forward === undefined ? undefined : eq(calls.forwardId, filter.forward),
    filter.account === undefined ? undefined : eq(calls.account, filter.account),
    filter.endCode === undefined ? undefined : eq(calls.endCode, filter.endCode),
    filter.since === undefined ? undefined : gte(calls.startedAt, filter.since),
    filter.until === undefined ? undefined : lte(calls.startedAt, filter.until),
  ]
  const rows = await db
    .select()
    .from(calls)
    .where(and(...where))
    .orderBy(desc(calls.id))
    .limit(limit + 1)
  return cutPage(rows, limit, (row) => row.id)
}

/** Deletes ended calls with their story. Voicemails and recordings stay. */
export async function purgeCalls(db: Db, endedBefore: Date): Promise<number> {
  const gone = await db
    .delete(calls)
    .where(and(eq(calls.state, 'ended'), lt(calls.endedAt, endedBefore)))
    .returning({ id: calls.id })
  return gone.length
}
