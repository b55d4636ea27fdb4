import { count, desc, eq } from 'drizzle-orm'
import { type ExtensionRow, insertExtension } from './extensions.ts'
import { endpoints, extensions } from './schema.ts'
import type { Db } from './store.ts'

export type EndpointRow = typeof endpoints.$inferSelect
export interface Endpoint {
  readonly endpoint: EndpointRow
  readonly extension: ExtensionRow
}

/** Both or neither. @throws as `insertExtension` does */
export async function insertEndpoint(db: Db, extension: ExtensionRow, row: EndpointRow): Promise<void> {
  await db.transaction(async (tx) => {
    await insertExtension(tx, extension)
    await tx.insert(endpoints).values(row)
  })
}

const joined = (db: Db) =>
  db
    .select({ endpoint: endpoints, extension: extensions })
    .from(endpoints)
    .innerJoin(extensions, eq(extensions.id, endpoints.extensionId))

export async function getEndpoint(db: Db, extensionId: string): Promise<Endpoint | undefined> {
  const [row] = await joined(db).where(eq(endpoints.extensionId, extensionId))
  return row
}

/** Newest first. */
export async function listEndpoints(
  db: Db,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly rows: readonly Endpoint[]; readonly total: number }> {
  const rows = await joined(db).orderBy(desc(endpoints.extensionId)).limit(limit).offset(offset)
  const [all] = await db.select({ total: count() }).from(endpoints)
  return { rows, total: all?.total ?? 0 }
}

export async function updateEndpoint(
  db: Db,
  extensionId: string,
  change: Partial<Pick<EndpointRow, 'alias' | 'applicationId'>>,
): Promise<void> {
  if (Object.keys(change).length > 0)
    await db.update(endpoints).set(change).where(eq(endpoints.extensionId, extensionId))
}

/** Applications that calls from extensions are given to, by username. */
export async function endpointApplications(db: Db): Promise<ReadonlyMap<string, string>> {
  const rows = await joined(db)
  return new Map(
    rows.flatMap(({ endpoint, extension }) =>
      endpoint.applicationId === null ? [] : [[extension.username, endpoint.applicationId] as const],
    ),
  )
}
