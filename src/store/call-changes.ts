import { sql } from 'drizzle-orm'
import { indexed, type NewCall } from './calls.ts'
import { withoutWaiting } from './commit.ts'
import type { StoredEnd, StoredEventData } from './shapes.ts'
import type { Db } from './store.ts'
import type { InsertedDelivery, NewDelivery } from './webhook-deliveries.ts'

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
 * @param told deliveries that are queued with them, in this order; those of a cause that was told before are left out
 */
export async function writeCallChanges(
  db: Db,
  changes: readonly CallChange[],
  told: readonly NewDelivery[] = [],
): Promise<readonly InsertedDelivery[]> {
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
  if (begun.length + changed.length + events.length + told.length === 0) return []
  const { rows } = await db.execute<{ id: string | null; seq: string; behind: boolean }>(sql`
    with begun as (
      insert into calls (id, direction, state, from_key, from_address, to_key, to_address,
                         forward_id, started_at, answered_at, ended_at, end_code, "end", account)
      select id, direction,
             case when "end" is not null then 'ended' when answered_at is not null then 'up' else 'ringing' end,
             from_key, from_address, to_key, to_address, forward_id, started_at, answered_at, ended_at, end_code, "end",
             account
      from jsonb_to_recordset(${jsonText(begun)}::jsonb) as b (
        id text, direction text, from_key text, from_address jsonb, to_key text, to_address jsonb, forward_id text,
        started_at timestamptz(3), answered_at timestamptz(3), ended_at timestamptz(3), end_code text, "end" jsonb,
        account text)
    ), changed as (
      update calls set
        forward_id = coalesce(c.forward_id, calls.forward_id),
        answered_at = case when calls.state = 'ringing' then coalesce(c.answered_at, calls.answered_at) else calls.answered_at end,
        state = case when calls.state = 'ended' or c."end" is not null then 'ended'
                     when c.answered_at is not null then 'up' else calls.state end,
        ended_at = coalesce(calls.ended_at, c.ended_at),
        end_code = coalesce(calls.end_code, c.end_code),
        "end" = coalesce(calls."end", c."end")
      from jsonb_to_recordset(${jsonText(changed)}::jsonb) as c (
        id text, forward_id text, answered_at timestamptz(3), ended_at timestamptz(3), end_code text, "end" jsonb)
      where calls.id = c.id
    ), story as (
      insert into call_events (call_id, at, kind, text, data)
      select call_id, at, kind, text, data
      from jsonb_to_recordset(${jsonText(events)}::jsonb) as e (
        n int, call_id text, at timestamptz(3), kind text, text text, data jsonb)
      order by n
    ), told as (
      insert into webhook_deliveries (id, key, message, webhook_id, cause, event, dialect, method, url, fallback_url,
                                      content_type, body, secrets_sealed, state, attempts, tries, replay_of, created_at)
      select id, key, message, webhook_id, cause, event, dialect, method, url, fallback_url, content_type, body,
             decode(sealed, 'base64'), 'queued', 0, '[]', null, created_at
      from jsonb_to_recordset(${jsonText(told.map(deliveryRow))}::jsonb) as t (
        n int, id text, key text, message text, webhook_id text, cause text, event text, dialect text, method text, url text,
        fallback_url text, content_type text, body text, sealed text, created_at timestamptz(3))
      -- One that was unsubscribed meanwhile is told no more, and must not cost the calls their rows.
      where exists (select 1 from webhooks where webhooks.id = t.webhook_id)
      order by n
      on conflict do nothing
      returning id, seq, key
    )
    -- The table as it was before this statement.
    select id, seq, exists (select 1 from webhook_deliveries w where w.key = told.key and w.state = 'queued') as behind
    from (select ${withoutWaiting}) as unwaited left join told on true order by seq`)
  return rows.flatMap(({ id, seq, behind }) => (id === null ? [] : [{ id, seq: Number(seq), behind }]))
}

/** What PostgreSQL does not take as text is shown as such: one letter must not cost many calls their rows. */
function jsonText(rows: readonly object[]): string {
  const text = JSON.stringify(rows)
  if (!/\\u(?:0000|d[89a-f])/.test(text)) return text
  return JSON.stringify(rows, (_key, value: unknown) =>
    typeof value === 'string' ? value.replace(/\0|\p{Cs}/gu, '\ufffd') : value,
  )
}

const deliveryRow = (row: NewDelivery, n: number): object => ({
  ...{
    n,
    id: row.id,
    key: row.key,
    message: row.message,
    webhook_id: row.webhookId,
    cause: row.cause,
    event: row.event,
  },
  ...{ dialect: row.dialect, method: row.method, url: row.url, fallback_url: row.fallbackUrl },
  ...{ content_type: row.contentType, body: row.body, sealed: row.secretsSealed?.toString('base64') ?? null },
  created_at: row.createdAt.toISOString(),
})

function newRow({ id, direction, from, fromKey, to, toKey, startedAt, account = null }: NewCall): object {
  return {
    id,
    direction,
    from_key: indexed(fromKey),
    from_address: from,
    to_key: indexed(toKey),
    to_address: to,
    started_at: startedAt.toISOString(),
    account,
  }
}

function row(answeredAt: Date | undefined, forwardId: string | undefined, end: StoredEnd | undefined): object {
  return {
    ...(answeredAt === undefined ? {} : { answered_at: answeredAt.toISOString() }),
    ...(forwardId === undefined ? {} : { forward_id: forwardId }),
    ...(end === undefined ? {} : { end, end_code: end.code, ended_at: new Date(end.at).toISOString() }),
  }
}
