import { sql } from 'drizzle-orm'
import { indexed, type NewCall } from './calls.ts'
import type { StoredEnd, StoredEventData } from './shapes.ts'
import type { Db } from './store.ts'

/** What became of one call since it was written last. */
export interface CallChange {
  readonly id: string
  /** Absent: it has its row already. */
  readonly started?: NewCall | undefined
  readonly answeredAt?: Date | undefined
  readonly forwardId?: string | undefined
  readonly end?: StoredEnd | undefined
  /** In order, behind those that were written before. */
  readonly events: readonly { at: number; kind: string; text: string; data?: StoredEventData }[]
}

/**
 * Writes changes of many calls in one statement, all or none: calls come by the hundred per second, and a statement costs
 * the same for one as for all of them. As with one by one, the first end of a call stands.
 */
export async function writeCallChanges(db: Db, changes: readonly CallChange[]): Promise<void> {
  const begun = changes.flatMap(({ started, answeredAt, forwardId, end }) =>
    started === undefined ? [] : [{ ...row(answeredAt, forwardId, end), ...newRow(started) }],
  )
  const changed = changes.flatMap(({ id, started, answeredAt, forwardId, end }) => {
    const nothing = answeredAt === undefined && forwardId === undefined && end === undefined
    return started !== undefined || nothing ? [] : [{ id, ...row(answeredAt, forwardId, end) }]
  })
  const events = changes.flatMap(({ id, events }) =>
    events.map(({ at, ...event }) => ({ call_id: id, at: new Date(at).toISOString(), ...event })),
  )
  for (const [n, event] of events.entries()) Object.assign(event, { n })
  if (begun.length + changed.length + events.length === 0) return
  await db.execute(sql`
    with begun as (
      insert into calls (id, direction, state, from_key, from_address, to_key, to_address,
                         forward_id, started_at, answered_at, ended_at, end_code, "end")
      select id, direction,
             case when "end" is not null then 'ended' when answered_at is not null then 'up' else 'ringing' end,
             from_key, from_address, to_key, to_address, forward_id, started_at, answered_at, ended_at, end_code, "end"
      from jsonb_to_recordset(${JSON.stringify(begun)}::jsonb) as b (
        id text, direction text, from_key text, from_address jsonb, to_key text, to_address jsonb, forward_id text,
        started_at timestamptz(3), answered_at timestamptz(3), ended_at timestamptz(3), end_code text, "end" jsonb)
    ), changed as (
      update calls set
        forward_id = coalesce(c.forward_id, calls.forward_id),
        answered_at = case when calls.state = 'ringing' then coalesce(c.answered_at, calls.answered_at) else calls.answered_at end,
        state = case when calls.state = 'ended' or c."end" is not null then 'ended'
                     when c.answered_at is not null then 'up' else calls.state end,
        ended_at = coalesce(calls.ended_at, c.ended_at),
        end_code = coalesce(calls.end_code, c.end_code),
        "end" = coalesce(calls."end", c."end")
      from jsonb_to_recordset(${JSON.stringify(changed)}::jsonb) as c (
        id text, forward_id text, answered_at timestamptz(3), ended_at timestamptz(3), end_code text, "end" jsonb)
      where calls.id = c.id
    )
    insert into call_events (call_id, at, kind, text, data)
    select call_id, at, kind, text, data
    from jsonb_to_recordset(${JSON.stringify(events)}::jsonb) as e (
      n int, call_id text, at timestamptz(3), kind text, text text, data jsonb)
    order by n`)
}

function newRow({ id, direction, from, fromKey, to, toKey, startedAt }: NewCall): object {
  return {
    id,
    direction,
    from_key: indexed(fromKey),
    from_address: from,
    to_key: indexed(toKey),
    to_address: to,
    started_at: startedAt.toISOString(),
  }
}

function row(answeredAt: Date | undefined, forwardId: string | undefined, end: StoredEnd | undefined): object {
  return {
    ...(answeredAt === undefined ? {} : { answered_at: answeredAt.toISOString() }),
    ...(forwardId === undefined ? {} : { forward_id: forwardId }),
    ...(end === undefined ? {} : { end, end_code: end.code, ended_at: new Date(end.at).toISOString() }),
  }
}
