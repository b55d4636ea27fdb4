import { and, asc, eq, gt, like, sql } from 'drizzle-orm'
import { cutPage, type Page, type PageQuery } from './page.ts'
import { numbers } from './schema.ts'
import type { StoredAssignment } from './shapes.ts'
import type { Db } from './store.ts'

export type NumberRow = typeof numbers.$inferSelect

export interface OfferedRange {
  readonly first: string
  readonly last: string
}

/**
 * Makes the carrier's free numbers those of the ranges. Numbers that are rented stay whatever the ranges say; out of
 * range they go when they are released.
 */
export async function offerNumbers(
  db: Db,
  carrier: string,
  ranges: readonly OfferedRange[],
  makeId: () => string,
): Promise<{ readonly added: number; readonly withdrawn: number }> {
  const offered = [...new Set(ranges.flatMap(expand))]
  return db.transaction(async (tx) => {
    // Two services starting at once would both insert.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`offer ${carrier}`}))`)
    const outside = and(eq(numbers.carrier, carrier), notIn(offered))
    const gone = await tx
      .delete(numbers)
      .where(and(outside, eq(numbers.state, 'available')))
      .returning({ e164: numbers.e164 })
    await tx.update(numbers).set({ offered: false }).where(outside)
    let added = 0
    for (let i = 0; i < offered.length; i += 5000) {
      const rows = offered.slice(i, i + 5000).map((e164) => ({
        e164,
        id: makeId(),
        carrier,
        state: 'available' as const,
        offered: true,
      }))
      const made = await tx
        .insert(numbers)
        .values(rows)
        .onConflictDoNothing({ target: numbers.e164 })
        .returning({ e164: numbers.e164 })
      added += made.length
    }
    await tx
      .update(numbers)
      .set({ offered: true })
      .where(and(eq(numbers.carrier, carrier), eq(numbers.offered, false), inList(offered)))
    return { added, withdrawn: gone.length }
  })
}

// One array parameter: `in (…)` would be one parameter per number, of which PostgreSQL takes 65,535.
const inList = (list: readonly string[]) => sql`${numbers.e164} = any(${sql.param([...list])}::text[])`
const notIn = (list: readonly string[]) => sql`${numbers.e164} <> all(${sql.param([...list])}::text[])`

function expand({ first, last }: OfferedRange): string[] {
  const from = Number(first.slice(1))
  return Array.from({ length: Number(last.slice(1)) - from + 1 }, (_, i) => `+${from + i}`)
}

/** Free numbers, lowest first, those above `after`. @param contains digits that stand in the number, with or without a leading `+` */
export async function availableNumbers(
  db: Db,
  carrier: string,
  query: { readonly contains?: string | undefined; readonly after?: string | undefined; readonly limit: number },
): Promise<readonly NumberRow[]> {
  const pattern =
    query.contains === undefined ? undefined : like(numbers.e164, `%${query.contains.replace(/[\\%_]/g, '\\$&')}%`)
  const above = query.after === undefined ? undefined : gt(numbers.e164, query.after)
  return db
    .select()
    .from(numbers)
    .where(and(eq(numbers.carrier, carrier), eq(numbers.state, 'available'), eq(numbers.offered, true), pattern, above))
    .orderBy(asc(numbers.e164))
    .limit(query.limit)
}

export type RentResult =
  | { readonly kind: 'rented'; readonly row: NumberRow }
  | { readonly kind: 'taken' }
  | { readonly kind: 'none_free' }
  | { readonly kind: 'not_offered' }

/** Rents the number named, or the lowest free one. Of many at once each gets another number. */
export async function rentNumber(db: Db, carrier: string, now: Date, e164?: string): Promise<RentResult> {
  const free = and(
    eq(numbers.carrier, carrier),
    eq(numbers.state, 'available'),
    eq(numbers.offered, true),
    e164 === undefined ? undefined : eq(numbers.e164, e164),
  )
  const pick = db
    .select({ e164: numbers.e164 })
    .from(numbers)
    .where(free)
    .orderBy(asc(numbers.e164))
    .limit(1)
    // One that is named is waited for: the other transaction may still roll back. Of any, a locked one is passed over.
    .for('update', e164 === undefined ? { skipLocked: true } : {})
  const [row] = await db
    .update(numbers)
    .set({ state: 'rented', rentedAt: now })
    .where(eq(numbers.e164, sql`(${pick})`))
    .returning()
  if (row !== undefined) return { kind: 'rented', row }
  if (e164 === undefined) return { kind: 'none_free' }
  const there = await getNumber(db, e164)
  return there?.carrier === carrier && there.state === 'rented' ? { kind: 'taken' } : { kind: 'not_offered' }
}

/** One that was bought at a company; false where it is in the store already. */
export async function insertRented(
  db: Db,
  row: Pick<NumberRow, 'id' | 'e164' | 'carrier'> & { readonly rentedAt: Date },
): Promise<boolean> {
  const made = await db
    .insert(numbers)
    .values({ ...row, state: 'rented', offered: false })
    .onConflictDoNothing({ target: numbers.e164 })
    .returning({ id: numbers.id })
  return made.length > 0
}

export type ReleaseResult =
  | { readonly kind: 'released' }
  | { readonly kind: 'not_rented' }
  | { readonly kind: 'in_use'; readonly assignment: StoredAssignment }

/** Refuses while calls to the number lead to a forward. */
export async function releaseNumber(db: Db, e164: string): Promise<ReleaseResult> {
  return db.transaction(async (tx) => {
    const [row] = await tx.select().from(numbers).where(eq(numbers.e164, e164)).for('update')
    if (row === undefined || row.state !== 'rented') return { kind: 'not_rented' }
    if (row.assignment?.kind === 'forward' || row.assignment?.kind === 'voicemail') {
      return { kind: 'in_use', assignment: row.assignment }
    }
    if (row.offered) {
      await tx
        .update(numbers)
        .set({
          state: 'available',
          assignment: null,
          trunkId: null,
          engine: null,
          rentedAt: null,
          alias: null,
          textsUrl: null,
          textsSealed: null,
        })
        .where(eq(numbers.e164, e164))
    } else {
      await tx.delete(numbers).where(eq(numbers.e164, e164))
    }
    return { kind: 'released' }
  })
}

/** @param key id or E.164 */
export async function getNumber(db: Db, key: string): Promise<NumberRow | undefined> {
  const [row] = await db
    .select()
    .from(numbers)
    .where(eq(key.startsWith('+') ? numbers.e164 : numbers.id, key))
  return row
}

/** What calls to a rented number lead to; `undefined` for a number that is not rented here, or leads nowhere. */
export async function assignmentOf(db: Db, e164: string): Promise<StoredAssignment | undefined> {
  const row = await getNumber(db, e164)
  return row?.state === 'rented' ? (row.assignment ?? undefined) : undefined
}

export async function updateNumber(
  db: Db,
  e164: string,
  change: Partial<Pick<NumberRow, 'assignment' | 'trunkId' | 'engine' | 'alias' | 'textsUrl' | 'textsSealed'>>,
): Promise<NumberRow | undefined> {
  const [row] = await db
    .update(numbers)
    .set(change)
    .where(and(eq(numbers.e164, e164), eq(numbers.state, 'rented')))
    .returning()
  return row
}

/** Numbers of an extension, or of a forward. */
export async function numbersOf(db: Db, assignment: Partial<StoredAssignment>): Promise<readonly NumberRow[]> {
  return db
    .select()
    .from(numbers)
    .where(and(eq(numbers.state, 'rented'), sql`${numbers.assignment} @> ${JSON.stringify(assignment)}::jsonb`))
    .orderBy(asc(numbers.e164))
}

export async function rentedNumbers(db: Db): Promise<readonly NumberRow[]> {
  return db.select().from(numbers).where(eq(numbers.state, 'rented')).orderBy(asc(numbers.e164))
}

export async function listNumbers(db: Db, { limit, after }: PageQuery): Promise<Page<NumberRow>> {
  const from = after === undefined ? undefined : gt(numbers.e164, after)
  const rows = await db
    .select()
    .from(numbers)
    .where(and(eq(numbers.state, 'rented'), from))
    .orderBy(asc(numbers.e164))
    .limit(limit + 1)
  return cutPage(rows, limit, (row) => row.e164)
}
