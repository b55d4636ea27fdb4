import { DrizzleQueryError } from 'drizzle-orm/errors'

/** No connection of the pool came free in time: a load, not a fault. The pool gives its error no code. */
export function isBusy(error: unknown): boolean {
  const cause = error instanceof DrizzleQueryError ? error.cause : error
  return cause instanceof Error && cause.message === 'timeout exceeded when trying to connect'
}
