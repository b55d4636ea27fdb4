/** One page of a list. `next` is where the following one begins (`after`); absent on the last. */
export interface Page<T> {
  readonly rows: readonly T[]
  readonly next?: string
}

export interface PageQuery {
  /** 1–200. */
  readonly limit: number
  /** The `next` of the page before. Rows made or deleted meanwhile neither repeat nor hide others. */
  readonly after?: string | undefined
}

/** @param rows one more than the limit was asked for, which tells whether there is a next page */
export function cutPage<T>(rows: readonly T[], limit: number, cursor: (row: T) => string): Page<T> {
  const last = rows[limit - 1]
  return rows.length > limit && last !== undefined ? { rows: rows.slice(0, limit), next: cursor(last) } : { rows }
}
