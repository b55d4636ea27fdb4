import { DrizzleQueryError } from 'drizzle-orm/errors'
import pg from 'pg'

/** PostgreSQL's own codes (appendix A of its manual). */
const unique = '23505'
const foreignKey = '23503'

export interface Conflict {
  readonly kind: 'unique' | 'foreign_key'
  /** Name of the constraint or unique index. */
  readonly constraint: string
}

/** What a rejected statement ran into, when that is another row; anything else is `undefined` and a fault. */
export function conflictOf(error: unknown): Conflict | undefined {
  const cause = error instanceof DrizzleQueryError ? error.cause : error
  if (!(cause instanceof pg.DatabaseError)) return undefined
  if (cause.code === unique) return { kind: 'unique', constraint: cause.constraint ?? '' }
  if (cause.code === foreignKey) return { kind: 'foreign_key', constraint: cause.constraint ?? '' }
  return undefined
}
