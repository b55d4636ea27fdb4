import { bigint, integer, jsonb, pgTable, primaryKey, real, text } from 'drizzle-orm/pg-core'
import type { StoredAddress, StoredCallFlow, StoredEnd, StoredEventData } from '../shapes.ts'
import { time } from './columns.ts'

export const calls = pgTable('calls', {
  id: text('id').primaryKey(),
  direction: text('direction').$type<'inbound' | 'outbound'>().notNull(),
  state: text('state').$type<'ringing' | 'up' | 'ended'>().notNull(),
  fromKey: text('from_key').notNull(),
  from: jsonb('from_address').$type<StoredAddress>().notNull(),
  toKey: text('to_key').notNull(),
  to: jsonb('to_address').$type<StoredAddress>().notNull(),
  forwardId: text('forward_id'),
  startedAt: time('started_at').notNull(),
  answeredAt: time('answered_at'),
  endedAt: time('ended_at'),
  endCode: text('end_code'),
  end: jsonb('end').$type<StoredEnd>(),
  account: text('account'),
})

export const callEvents = pgTable(
  'call_events',
  {
    callId: text('call_id').notNull(),
    seq: bigint('seq', { mode: 'number' }).generatedAlwaysAsIdentity(),
    at: time('at').notNull(),
    kind: text('kind').notNull(),
    text: text('text').notNull(),
    data: jsonb('data').$type<StoredEventData>(),
  },
  (table) => [primaryKey({ columns: [table.callId, table.seq] })],
)

export const callActions = pgTable('call_actions', {
  id: text('id').primaryKey(),
  callId: text('call_id').notNull(),
  block: text('block').notNull(),
  state: text('state').$type<'running' | 'done' | 'failed'>().notNull(),
  result: jsonb('result').$type<Readonly<Record<string, unknown>>>(),
  error: jsonb('error').$type<{ readonly code: string; readonly sentence: string }>(),
  startedAt: time('started_at').notNull(),
  endedAt: time('ended_at'),
})

export const recordings = pgTable('recordings', {
  id: text('id').primaryKey(),
  callId: text('call_id'),
  /** Relative to the data folder. */
  path: text('path').notNull(),
  state: text('state').$type<'recording' | 'kept' | 'lost'>().notNull(),
  ms: integer('ms').notNull(),
  speechMs: integer('speech_ms').notNull(),
  /** What ended it: key, silence, limit, hangup, stopped; `interrupted` when the service was killed. */
  endedBy: text('ended_by'),
  createdAt: time('created_at').notNull(),
  finishedAt: time('finished_at'),
  /** What it is given away as; `path` is of the WAV in any case. */
  format: text('format').$type<'wav' | 'mp3'>().notNull().default('wav'),
  /** Of a conference. */
  room: text('room'),
})

export const voicemails = pgTable('voicemails', {
  id: text('id').primaryKey(),
  callId: text('call_id'),
  forwardId: text('forward_id').notNull(),
  /** `open` while it is recorded; `empty` when nobody spoke; `lost` when a crash left no audio. */
  state: text('state').$type<'open' | 'new' | 'empty' | 'lost'>().notNull(),
  fromKey: text('from_key').notNull(),
  from: jsonb('from_address').$type<StoredAddress>().notNull(),
  recordingId: text('recording_id').notNull(),
  createdAt: time('created_at').notNull(),
  heardAt: time('heard_at'),
})

export const links = pgTable('links', {
  id: text('id').primaryKey(),
  recordingId: text('recording_id').notNull(),
  createdAt: time('created_at').notNull(),
  expiresAt: time('expires_at').notNull(),
  revokedAt: time('revoked_at'),
})

export const flows = pgTable('flows', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  /** As they were written, for those who read and change them. */
  written: jsonb('written').$type<readonly object[]>().notNull(),
  flow: jsonb('flow').$type<StoredCallFlow>().notNull(),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
})

/** Calls through somebody's phone menu to a branch of it, to be put through there. */
export const connections = pgTable('connections', {
  id: text('id').primaryKey(),
  /** Of the menu, and who is put through. */
  number: text('number').notNull(),
  to: text('to_address').notNull(),
  caller: text('caller').notNull(),
  way: jsonb('way').$type<readonly { readonly press: string; readonly hear?: string }[]>().notNull(),
  seconds: integer('seconds').notNull(),
  state: text('state').$type<'calling' | 'travelling' | 'ringing' | 'connected' | 'done' | 'failed'>().notNull(),
  /** Keys of the way that are behind it. */
  pressed: integer('pressed').notNull(),
  talkSeconds: integer('talk_seconds'),
  failure: jsonb('failure').$type<{ readonly code: string; readonly sentence: string }>(),
  callId: text('call_id'),
  recordingId: text('recording_id'),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
  endedAt: time('ended_at'),
})

export const cdrs = pgTable('cdrs', {
  callId: text('call_id').primaryKey(),
  startedAt: time('started_at').notNull(),
  endedAt: time('ended_at').notNull(),
  account: text('account'),
  disposition: text('disposition').notNull(),
  record: jsonb('record').$type<object>().notNull(),
})

/** Texts that a company's voice service speaks, which asks here for each. */
export const voiceMessages = pgTable('voice_messages', {
  id: text('id').primaryKey(),
  phone: text('phone').notNull(),
  body: text('body').notNull(),
  /** The text that it stands for. */
  messageId: text('message_id'),
  /** The call, as the company names it. */
  session: text('session'),
  state: text('state').$type<'placed' | 'speaking' | 'spoken' | 'failed'>().notNull(),
  reason: text('reason'),
  seconds: real('seconds'),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
})
