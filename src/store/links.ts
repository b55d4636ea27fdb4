import { and, desc, eq, isNull, lt } from 'drizzle-orm'
import type { Keys } from './keys.ts'
import { links } from './schema.ts'
import type { Db } from './store.ts'

export type LinkRow = typeof links.$inferSelect
export type NewLink = Omit<LinkRow, 'revokedAt'>

export async function insertLink(db: Db, row: NewLink): Promise<LinkRow> {
  const [made] = await db.insert(links).values(row).returning()
  return made!
}

/** What stands after `/r/` in a link: its id and a signature over id and expiry, so that neither can be guessed. */
export function linkToken(keys: Keys, link: Pick<LinkRow, 'id' | 'expiresAt'>): string {
  return `${link.id.slice('lnk_'.length)}.${keys.sign(signed(link))}`
}

const signed = (link: Pick<LinkRow, 'id' | 'expiresAt'>): string => `link ${link.id} ${link.expiresAt.getTime()}`

export type LinkLook =
  | { readonly kind: 'valid'; readonly link: LinkRow }
  | { readonly kind: 'expired' | 'revoked'; readonly link: LinkRow }
  | { readonly kind: 'unknown' }

/** Only who has the right signature is told whether a link expired or was revoked. */
export async function findLink(db: Db, keys: Keys, token: string, now: Date): Promise<LinkLook> {
  const match = /^([0-9a-z]{24})\.([A-Za-z0-9_-]{22})$/.exec(token)
  if (match === null) return { kind: 'unknown' }
  const [link] = await db
    .select()
    .from(links)
    .where(eq(links.id, `lnk_${match[1]}`))
  if (link === undefined || !keys.verify(signed(link), match[2]!)) return { kind: 'unknown' }
  if (link.revokedAt !== null) return { kind: 'revoked', link }
  return link.expiresAt <= now ? { kind: 'expired', link } : { kind: 'valid', link }
}

export async function linksOf(db: Db, recordingId: string): Promise<readonly LinkRow[]> {
  return db.select().from(links).where(eq(links.recordingId, recordingId)).orderBy(desc(links.id))
}

/** False when there is no such link of that recording. */
export async function revokeLink(db: Db, recordingId: string, id: string, now: Date): Promise<boolean> {
  const which = and(eq(links.id, id), eq(links.recordingId, recordingId))
  await db
    .update(links)
    .set({ revokedAt: now })
    .where(and(which, isNull(links.revokedAt)))
  return (await db.$count(links, which)) > 0
}

/** Links long expired; until then they answer "expired" in place of "unknown". */
export async function purgeLinks(db: Db, expiredBefore: Date): Promise<number> {
  const gone = await db.delete(links).where(lt(links.expiresAt, expiredBefore)).returning({ id: links.id })
  return gone.length
}
