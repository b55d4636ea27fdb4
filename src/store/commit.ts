import { sql } from 'drizzle-orm'

/**
 * Selected by a statement, it lets the transaction of the statement commit without waiting for the disk: what it wrote is there for
 * everybody at once, outlives the end of this process, and is on disk within 30 ms (three times `wal_writer_delay` of our own server).
 * Only a crash of the database itself loses it. Decision 10 tells where that is right.
 */
export const withoutWaiting = sql`set_config('synchronous_commit', 'off', true)`
