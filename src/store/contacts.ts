import { and, arrayOverlaps, desc, eq, inArray, lt, type SQL, sql } from 'drizzle-orm'
import { cutPage, type Page, type PageQuery } from './page.ts'
import type { ContactStatus } from './schema/contacts.ts'
import { contacts } from './schema.ts'
import type { Db } from './store.ts'

export type ContactRow = typeof contacts.$inferSelect
export type { ContactStatus }

/** @throws a conflict on `contacts_phone` */
export async function insertContact(db: Db, row: ContactRow): Promise<ContactRow> {
  const [made] = await db.insert(contacts).values(row).returning()
  return made!
}

export async function getContact(db: Db, id: string): Promise<ContactRow | undefined> {
  const [row] = await db.select().from(contacts).where(eq(contacts.id, id))
  return row
}

/** @param phone E.164 */
export async function contactOf(db: Db, phone: string): Promise<ContactRow | undefined> {
  const [row] = await db.select().from(contacts).where(eq(contacts.phone, phone))
  return row
}

/** Whom a list or a broadcast is about; what is not given narrows nothing. */
export interface ContactFilter {
  readonly status?: ContactStatus | undefined
  /** In any of these. */
  readonly groups?: readonly string[] | undefined
  readonly phone?: string | undefined
  readonly ids?: readonly string[] | undefined
}

export const contactsWhere = ({ status, groups, phone, ids }: ContactFilter): SQL | undefined =>
  and(
    status === undefined ? undefined : eq(contacts.status, status),
    groups === undefined ? undefined : arrayOverlaps(contacts.groups, [...groups]),
    phone === undefined ? undefined : eq(contacts.phone, phone),
    ids === undefined ? undefined : inArray(contacts.id, [...ids]),
  )

/** Newest first. */
export async function listContacts(
  db: Db,
  filter: ContactFilter,
  { limit, after }: PageQuery,
): Promise<Page<ContactRow>> {
  const rows = await db
    .select()
    .from(contacts)
    .where(and(contactsWhere(filter), after === undefined ? undefined : lt(contacts.id, after)))
    .orderBy(desc(contacts.id))
    .limit(limit + 1)
  return cutPage(rows, limit, (row) => row.id)
}

export type ContactChange = Partial<
  Pick<ContactRow, 'phone' | 'name' | 'zone' | 'groups' | 'status' | 'optedOutAt' | 'updatedAt'>
>

export async function updateContact(db: Db, id: string, change: ContactChange): Promise<ContactRow | undefined> {
  const [row] = await db.update(contacts).set(change).where(eq(contacts.id, id)).returning()
  return row
}

/** @returns whether there was one */
export async function deleteContact(db: Db, id: string): Promise<boolean> {
  const gone = await db.delete(contacts).where(eq(contacts.id, id)).returning({ id: contacts.id })
  return gone.length > 0
}

/** Of a file: what it does not say of a contact that is known stays as it is. */
export interface ImportedContact {
  /** Where its phone is new. */
  readonly id: string
  readonly phone: string
  readonly name?: string
  readonly zone?: string
  readonly groups?: readonly string[]
  readonly status?: ContactStatus
}

/** All of them or none. @param rows no phone twice. @returns how many are new, and how many differ from what was known */
export async function importContacts(
  db: Db,
  rows: readonly ImportedContact[],
  now: Date,
): Promise<{ readonly added: number; readonly changed: number }> {
  let added = 0
  let changed = 0
  const at = now.toISOString()
  await db.transaction(async (tx) => {
    for (let from = 0; from < rows.length; from += importBatch) {
      const batch = JSON.stringify(rows.slice(from, from + importBatch))
      const { rows: written } = await tx.execute<{ is_new: boolean }>(sql`
        insert into contacts as c (id, phone, name, zone, groups, status, created_at, updated_at)
        select n.id, n.phone, n.name, n.zone, coalesce(n.groups, '{}'), coalesce(n.status, 'new'),
               ${at}::timestamptz, ${at}::timestamptz
        from jsonb_to_recordset(${batch}::jsonb)
          as n (id text, phone text, name text, zone text, groups text[], status text)
        on conflict (phone) do update
        set name = coalesce(excluded.name, c.name),
            zone = coalesce(excluded.zone, c.zone),
            groups = case when cardinality(excluded.groups) = 0 then c.groups else excluded.groups end,
            status = case when excluded.status = 'new' then c.status else excluded.status end,
            updated_at = excluded.updated_at
        where (coalesce(excluded.name, c.name), coalesce(excluded.zone, c.zone),
               case when cardinality(excluded.groups) = 0 then c.groups else excluded.groups end,
               case when excluded.status = 'new' then c.status else excluded.status end)
          is distinct from (c.name, c.zone, c.groups, c.status)
        returning (xmax = 0) as is_new`)
      for (const { is_new } of written) is_new ? added++ : changed++
    }
  })
  return { added, changed }
}

const importBatch = 1000

/**
 * What the end of a text says of the contact that it went to; news of a text before the last one are none. Nobody waits
 * for a report on it any more.
 */
export async function noteTextEnd(
  db: Db,
  { to, id, state, updatedAt }: { readonly to: string; readonly id: string; readonly state: string; updatedAt: Date },
): Promise<void> {
  const reached = state === 'delivered'
  const at = sql`${updatedAt.toISOString()}::timestamptz`
  const by = reached ? sql`, contacted_by = 'text', contacted_at = ${at}` : sql``
  await db.execute(sql`
    with noted as (
      update contacts
      set status = ${reached ? 'active' : 'inactive'}, text_id = ${id}, text_state = ${state}, updated_at = ${at}${by}
      where phone = ${to} and (text_id is null or text_id <= ${id})
    )
    select graphile_worker.remove_job(${`text-silent:${id}`})`)
}

/** What a call that speaks a message came to. A contact that was reached by a call is still one whom texts do not reach. */
export async function noteCallEnd(
  db: Db,
  id: string,
  { code, by, at }: { readonly code: string; readonly by: 'call' | 'voicemail' | undefined; readonly at: Date },
): Promise<void> {
  await db
    .update(contacts)
    .set({
      ...{ callCode: code, calledAt: at, updatedAt: at },
      ...(by === undefined ? {} : { contactedBy: by, contactedAt: at }),
    })
    .where(eq(contacts.id, id))
}

export interface AudienceCount {
  readonly status: ContactStatus
  /** Whether they want nothing, or must not be called. */
  readonly skipped: 'opted_out' | 'not_allowed' | null
  readonly contacts: number
}

/** How many a broadcast would be for. @param from the sender of its texts, whose STOPs count */
export async function countAudience(
  db: Db,
  filter: ContactFilter,
  from: string | undefined,
): Promise<readonly AudienceCount[]> {
  const stopped =
    from === undefined
      ? sql``
      : sql` or exists (select 1 from opt_outs o where o.sender = ${from} and o.receiver = ${contacts.phone})`
  const { rows } = await db.execute<{ status: ContactStatus; skipped: AudienceCount['skipped']; contacts: number }>(sql`
    select status, skipped, count(*)::int as contacts from (
      select ${contacts.status} as status,
        case when ${contacts.optedOutAt} is not null${stopped} then 'opted_out'
             when exists (select 1 from do_not_call d where starts_with(${contacts.phone}, d.prefix)) then 'not_allowed'
        end as skipped
      from contacts where ${contactsWhere(filter) ?? sql`true`}
    ) audience group by status, skipped`)
  return rows
}
