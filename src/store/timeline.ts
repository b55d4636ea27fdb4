import { inArray, sql } from 'drizzle-orm'
import type { CallRow } from './calls.ts'
import type { MessageRow } from './messages.ts'
import type { Page, PageQuery } from './page.ts'
import { calls, messages, ussdSessions, voiceMessages } from './schema.ts'
import type { Db } from './store.ts'
import type { UssdSessionRow } from './ussd.ts'
import type { VoiceMessageRow } from './voice-messages.ts'

export type TimelineEntry =
  | { readonly kind: 'text'; readonly row: MessageRow }
  | { readonly kind: 'call'; readonly row: CallRow }
  | { readonly kind: 'ussd'; readonly row: UssdSessionRow }
  | { readonly kind: 'voice_message'; readonly row: VoiceMessageRow }

/** Texts, calls and USSD sessions with one number, newest first. Ids sort by age behind their prefix. @param phone E.164 */
export async function timelineOf(db: Db, phone: string, { limit, after }: PageQuery): Promise<Page<TimelineEntry>> {
  const age = after === undefined ? undefined : after.slice(after.indexOf('_') + 1)
  const of = (table: string, prefix: string, column: string) => {
    const older = age === undefined ? sql`` : sql` and id < ${`${prefix}_${age}`}`
    return sql`(select id from ${sql.identifier(table)} where ${sql.identifier(column)} = ${phone}${older} order by id desc limit ${limit + 1})`
  }
  const { rows: found } = await db.execute<{ id: string }>(sql`
    select id from (
      select id from (${sql.join(
        [
          of('messages', 'msg', 'to'),
          of('messages', 'msg', 'from'),
          of('calls', 'call', 'to_key'),
          of('calls', 'call', 'from_key'),
          of('ussd_sessions', 'uss', 'phone'),
          of('voice_messages', 'vms', 'phone'),
        ],
        sql` union `,
      )}) kinds
    ) entries order by split_part(id, '_', 2) collate "C" desc limit ${limit + 1}`)
  const ids = found.slice(0, limit).map(({ id }) => id)
  const wanted = (prefix: string): string[] => ids.filter((id) => id.startsWith(`${prefix}_`))
  const [texts, placed, sessions, spoken] = await Promise.all([
    db
      .select()
      .from(messages)
      .where(inArray(messages.id, wanted('msg'))),
    db
      .select()
      .from(calls)
      .where(inArray(calls.id, wanted('call'))),
    db
      .select()
      .from(ussdSessions)
      .where(inArray(ussdSessions.id, wanted('uss'))),
    db
      .select()
      .from(voiceMessages)
      .where(inArray(voiceMessages.id, wanted('vms'))),
  ])
  const entries = new Map<string, TimelineEntry>([
    ...texts.map((row): [string, TimelineEntry] => [row.id, { kind: 'text', row }]),
    ...placed.map((row): [string, TimelineEntry] => [row.id, { kind: 'call', row }]),
    ...sessions.map((row): [string, TimelineEntry] => [row.id, { kind: 'ussd', row }]),
    ...spoken.map((row): [string, TimelineEntry] => [row.id, { kind: 'voice_message', row }]),
  ])
  const rows = ids.map((id) => entries.get(id)).filter((entry) => entry !== undefined)
  const last = ids.at(-1)
  return found.length > limit && last !== undefined ? { rows, next: last } : { rows }
}
