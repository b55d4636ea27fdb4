import { and, asc, eq, gt, ne } from 'drizzle-orm'
import type { Keys } from './keys.ts'
import { cutPage, type Page, type PageQuery } from './page.ts'
import { trunks } from './schema.ts'
import type { Db } from './store.ts'

type Row = typeof trunks.$inferSelect
export type TrunkRow = Omit<Row, 'passwordSealed'> & { readonly hasPassword: boolean }
/** `password` in clear is for the signalling alone: never shown, never logged. */
export type NewTrunk = Omit<Row, 'passwordSealed'> & { readonly password: string | null }
export type TrunkChange = Partial<Omit<NewTrunk, 'id' | 'createdAt'>>

const shown = ({ passwordSealed, ...row }: Row): TrunkRow => ({ ...row, hasPassword: passwordSealed !== null })

function sealed(change: TrunkChange, id: string, keys: Keys): Partial<Row> {
  const { password, ...rest } = change
  if (password === undefined) return rest
  return { ...rest, passwordSealed: password === null ? null : keys.seal(password, id) }
}

/** A default takes that role from the one before. @throws a unique conflict on `trunks_name` */
export async function insertTrunk(db: Db, keys: Keys, row: NewTrunk): Promise<TrunkRow> {
  return db.transaction(async (tx) => {
    if (row.isDefault) await tx.update(trunks).set({ isDefault: false }).where(eq(trunks.isDefault, true))
    const { password, ...rest } = row
    const passwordSealed = password === null ? null : keys.seal(password, row.id)
    const [made] = await tx
      .insert(trunks)
      .values({ ...rest, passwordSealed })
      .returning()
    return shown(made!)
  })
}

export async function updateTrunk(db: Db, keys: Keys, id: string, change: TrunkChange): Promise<TrunkRow | undefined> {
  return db.transaction(async (tx) => {
    if (change.isDefault === true) {
      await tx
        .update(trunks)
        .set({ isDefault: false })
        .where(and(eq(trunks.isDefault, true), ne(trunks.id, id)))
    }
    const [row] = await tx
      .update(trunks)
      .set(sealed(change, id, keys))
      .where(eq(trunks.id, id))
      .returning()
    return row === undefined ? undefined : shown(row)
  })
}

export async function getTrunk(db: Db, id: string): Promise<TrunkRow | undefined> {
  const [row] = await db.select().from(trunks).where(eq(trunks.id, id))
  return row === undefined ? undefined : shown(row)
}

/** Of every trunk. */
export async function trunkUris(db: Db): Promise<readonly string[]> {
  const rows = await db.select({ uri: trunks.uri }).from(trunks)
  return rows.map(({ uri }) => uri)
}

export async function listTrunks(db: Db, { limit, after }: PageQuery): Promise<Page<TrunkRow>> {
  const where = after === undefined ? undefined : gt(trunks.id, after)
  const rows = await db
    .select()
    .from(trunks)
    .where(where)
    .orderBy(asc(trunks.id))
    .limit(limit + 1)
  return cutPage(rows.map(shown), limit, (row) => row.id)
}

/** For the signalling: every trunk with its password in clear. @throws when the key file is not the one it was sealed with */
export async function trunksToUse(db: Db, keys: Keys): Promise<readonly NewTrunk[]> {
  const rows = await db.select().from(trunks).orderBy(asc(trunks.id))
  return rows.map(({ passwordSealed, ...row }) => ({
    ...row,
    password: passwordSealed === null ? null : keys.open(passwordSealed, row.id),
  }))
}

/** Numbers that went out by it use the default again. */
export async function deleteTrunk(db: Db, id: string): Promise<boolean> {
  const gone = await db.delete(trunks).where(eq(trunks.id, id)).returning({ id: trunks.id })
  return gone.length > 0
}
