import { and, asc, eq } from 'drizzle-orm'
import { callActions } from './schema.ts'
import type { Db } from './store.ts'

export type ActionRow = typeof callActions.$inferSelect

export async function insertAction(
  db: Db,
  row: Pick<ActionRow, 'id' | 'callId' | 'block' | 'startedAt'>,
): Promise<ActionRow> {
  const [made] = await db
    .insert(callActions)
    .values({ ...row, state: 'running' })
    .returning()
  return made!
}

/** Once: what was finished before stays as it is. */
export async function finishAction(
  db: Db,
  id: string,
  end: Pick<ActionRow, 'state' | 'result' | 'error' | 'endedAt'>,
): Promise<void> {
  await db
    .update(callActions)
    .set(end)
    .where(and(eq(callActions.id, id), eq(callActions.state, 'running')))
}

export async function getAction(db: Db, id: string): Promise<ActionRow | undefined> {
  const [row] = await db.select().from(callActions).where(eq(callActions.id, id))
  return row
}

/** All of a call, oldest first. */
export async function actionsOf(db: Db, callId: string): Promise<readonly ActionRow[]> {
  return db.select().from(callActions).where(eq(callActions.callId, callId)).orderBy(asc(callActions.id))
}

/** Those that a kill of the service cut off. */
export async function interruptActions(db: Db, endedAt: Date, error: ActionRow['error']): Promise<void> {
  await db.update(callActions).set({ state: 'failed', error, endedAt }).where(eq(callActions.state, 'running'))
}
