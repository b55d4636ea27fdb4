import { and, desc, eq, inArray, isNotNull, isNull, lt, sql } from 'drizzle-orm'
import { insertLink, type NewLink } from './links.ts'
import { type MessageRow, type NewMessage, queueMessage } from './messages.ts'
import { cutPage, type Page, type PageQuery } from './page.ts'
import {
  finishRecording,
  insertRecording,
  type NewRecording,
  type RecordingResult,
  type RecordingRow,
} from './recordings.ts'
import { recordings, voicemails } from './schema.ts'
import type { Db } from './store.ts'

type Row = typeof voicemails.$inferSelect
export type VoicemailRow = Row & { readonly recording: RecordingRow }

export type NewVoicemail = Pick<Row, 'id' | 'callId' | 'forwardId' | 'fromKey' | 'from' | 'createdAt'>

/** Written with its recording before the first sample, so that a message cut off by a crash is found again. */
export async function beginVoicemail(db: Db, row: NewVoicemail, recording: NewRecording): Promise<void> {
  await db.transaction(async (tx) => {
    await insertRecording(tx, recording)
    await tx.insert(voicemails).values({ ...row, recordingId: recording.id, state: 'open' })
  })
}

export interface VoicemailAnnouncement {
  readonly link: NewLink
  /** Its `key` names the voicemail, so that a second try after a crash sends nothing. */
  readonly message: NewMessage
}

export type VoicemailFinish =
  | { readonly kind: 'finished'; readonly voicemail: VoicemailRow; readonly message?: MessageRow }
  /** It was finished before; nothing was done now. */
  | { readonly kind: 'was_finished' }

/**
 * Ends the recording, the voicemail with it, and queues the text that announces it, all or nothing. The text is left
 * out when nobody spoke. @param mailed whether a copy goes out by mail
 */
export async function finishVoicemail(
  db: Db,
  recordingId: string,
  result: RecordingResult,
  announcement: VoicemailAnnouncement | undefined,
  mailed = false,
): Promise<VoicemailFinish> {
  return db.transaction(async (tx) => {
    if (!(await finishRecording(tx, recordingId, result))) return { kind: 'was_finished' }
    const kept = result.speechMs > 0 ? 'new' : 'empty'
    await tx
      .update(voicemails)
      .set({ state: result.state === 'lost' ? 'lost' : kept })
      .where(eq(voicemails.recordingId, recordingId))
    const voicemail = await voicemailOfRecording(tx, recordingId)
    if (voicemail === undefined) throw new Error(`No voicemail has the recording ${recordingId}.`)
    if (voicemail.state !== 'new') return { kind: 'finished', voicemail }
    if (mailed) await addMailJob(tx, voicemail.id)
    if (announcement === undefined) return { kind: 'finished', voicemail }
    await insertLink(tx, announcement.link)
    const { row } = await queueMessage(tx, announcement.message)
    return { kind: 'finished', voicemail, message: row }
  })
}

async function addMailJob(db: Db, id: string): Promise<void> {
  await db.execute(
    sql`select graphile_worker.add_job('send-mail', json_build_object('id', ${id}::text), job_key := ${`send-mail:${id}`}, max_attempts := 12)`,
  )
}

const joined = (db: Db) =>
  db
    .select({ voicemail: voicemails, recording: recordings })
    .from(voicemails)
    .innerJoin(recordings, eq(voicemails.recordingId, recordings.id))

export async function getVoicemail(db: Db, id: string): Promise<VoicemailRow | undefined> {
  const [row] = await joined(db).where(eq(voicemails.id, id))
  return row === undefined ? undefined : { ...row.voicemail, recording: row.recording }
}

export async function voicemailOfRecording(db: Db, recordingId: string): Promise<VoicemailRow | undefined> {
  const [row] = await joined(db).where(eq(voicemails.recordingId, recordingId))
  return row === undefined ? undefined : { ...row.voicemail, recording: row.recording }
}

const shownStates = ['new', 'empty'] as const

export interface VoicemailFilter {
  /** `['new', 'empty']` unless given: what is still being recorded or was lost is left out. */
  readonly states?: readonly Row['state'][] | undefined
  readonly forward?: string | undefined
  readonly heard?: boolean | undefined
}

/** Newest first. */
export async function listVoicemails(
  db: Db,
  filter: VoicemailFilter,
  { limit, after }: PageQuery,
): Promise<Page<VoicemailRow>> {
  const heard = filter.heard === true ? isNotNull(voicemails.heardAt) : isNull(voicemails.heardAt)
  const rows = await joined(db)
    .where(
      and(
        inArray(voicemails.state, [...(filter.states ?? shownStates)]),
        after === undefined ? undefined : lt(voicemails.id, after),
        filter.forward === undefined ? undefined : eq(voicemails.forwardId, filter.forward),
        filter.heard === undefined ? undefined : heard,
      ),
    )
    .orderBy(desc(voicemails.id))
    .limit(limit + 1)
  const full = rows.map((row) => ({ ...row.voicemail, recording: row.recording }))
  return cutPage(full, limit, (row) => row.id)
}

/** @param at null marks it as not heard */
export async function setHeard(db: Db, id: string, at: Date | null): Promise<boolean> {
  const changed = await db
    .update(voicemails)
    .set({ heardAt: at })
    .where(eq(voicemails.id, id))
    .returning({ id: voicemails.id })
  return changed.length > 0
}
