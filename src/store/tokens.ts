import { createHash, randomBytes } from 'node:crypto'
import { and, desc, eq, gt, isNull, lt, or } from 'drizzle-orm'
import { cutPage, type Page, type PageQuery } from './page.ts'
import { tokens } from './schema.ts'
import type { Db } from './store.ts'

export type TokenRow = typeof tokens.$inferSelect
export type NewToken = Pick<TokenRow, 'id' | 'name' | 'scopes' | 'createdAt' | 'expiresAt'>

/**
 * A token is 256 random bits, so one round of SHA-256 is enough: there is no dictionary to try it against, and a slow
 * password hash would only slow every request. Looking a hash up in an index leaks nothing about the token by time.
 */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest()

export const makeToken = (): string => `oh_${randomBytes(32).toString('base64url')}`

/** @param token shown to its owner once; only the hash is kept */
export async function insertToken(db: Db, row: NewToken, token: string): Promise<TokenRow> {
  const [made] = await db
    .insert(tokens)
    .values({ ...row, hash: hashToken(token) })
    .returning()
  return made!
}

/** The admin token of the settings or the data folder, under one fixed id; a changed token replaces the former. */
export async function putAdminToken(db: Db, id: string, token: string, now: Date): Promise<void> {
  const hash = hashToken(token)
  const values = { id, name: 'admin', hash, scopes: ['admin'], createdAt: now }
  await db
    .insert(tokens)
    .values(values)
    .onConflictDoUpdate({ target: tokens.id, set: { hash, scopes: ['admin'], revokedAt: null, expiresAt: null } })
}

/** The token if it is known, not revoked and not expired. */
export async function findToken(db: Db, token: string, now: Date): Promise<TokenRow | undefined> {
  const valid = and(
    eq(tokens.hash, hashToken(token)),
    isNull(tokens.revokedAt),
    or(isNull(tokens.expiresAt), gt(tokens.expiresAt, now)),
  )
  const [row] = await db.select().from(tokens).where(valid)
  return row
}

export async function touchToken(db: Db, id: string, now: Date): Promise<void> {
  await db.update(tokens).set({ lastUsedAt: now }).where(eq(tokens.id, id))
}

export async function getToken(db: Db, id: string): Promise<TokenRow | undefined> {
  const [row] = await db.select().from(tokens).where(eq(tokens.id, id))
  return row
}

export async function listTokens(db: Db, { limit, after }: PageQuery): Promise<Page<TokenRow>> {
  const where = after === undefined ? undefined : lt(tokens.id, after)
  const rows = await db
    .select()
    .from(tokens)
    .where(where)
    .orderBy(desc(tokens.id))
    .limit(limit + 1)
  return cutPage(rows, limit, (row) => row.id)
}

/** False when there is no such token. Revoking one twice keeps the first time. */
export async function revokeToken(db: Db, id: string, now: Date): Promise<boolean> {
  await db
    .update(tokens)
    .set({ revokedAt: now })
    .where(and(eq(tokens.id, id), isNull(tokens.revokedAt)))
  return (await getToken(db, id)) !== undefined
}
