import { bigint, boolean, integer, json, jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import type { StoredAddress, StoredTone, StoredWord } from '../shapes.ts'
import { bytea, time } from './columns.ts'

export const menus = pgTable('menus', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  /** As it was written, its fields in their order, which jsonb would not keep. */
  menu: json('menu').$type<object>().notNull(),
  /** Signs what its options send. */
  secretSealed: bytea('secret_sealed').notNull(),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
})

export const scans = pgTable('scans', {
  id: text('id').primaryKey(),
  /** Normal form of the number. */
  toKey: text('to_key').notNull(),
  to: jsonb('to_address').$type<StoredAddress>().notNull(),
  from: jsonb('from_address').$type<StoredAddress>().notNull(),
  name: text('name'),
  choice: jsonb('choice').$type<object>().notNull(),
  state: text('state').$type<'running' | 'waiting' | 'done' | 'failed' | 'stopped'>().notNull(),
  sentence: text('sentence'),
  /** Calls one after the other that told nothing new. */
  attempt: integer('attempt').notNull(),
  calls: integer('calls').notNull(),
  callMs: bigint('call_ms', { mode: 'number' }).notNull(),
  nextAt: time('next_at'),
  /** The scan of this number before it. */
  previous: text('previous'),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
  endedAt: time('ended_at'),
})

/** What was heard, in its order; the tree of a scan grows from it. */
export const scanHearings = pgTable('scan_hearings', {
  id: text('id').primaryKey(),
  scanId: text('scan_id').notNull(),
  seq: bigint('seq', { mode: 'number' }).generatedAlwaysAsIdentity(),
  way: jsonb('way').$type<readonly string[]>().notNull(),
  words: jsonb('words').$type<readonly StoredWord[]>().notNull(),
  tones: jsonb('tones').$type<readonly StoredTone[]>().notNull(),
  music: boolean('music').notNull(),
  hungUp: boolean('hung_up').notNull(),
  silentMs: integer('silent_ms').notNull(),
  /** A prompt heard before, known by its sound, and when it began. */
  bySound: jsonb('by_sound').$type<{ readonly node: string; readonly fromMs: number }>(),
  callId: text('call_id').notNull(),
  recordingId: text('recording_id'),
  /** Where it stands in the recording. */
  fromMs: integer('from_ms').notNull(),
  toMs: integer('to_ms').notNull(),
  at: time('at').notNull(),
})

export const ussdCodes = pgTable('ussd_codes', {
  id: text('id').primaryKey(),
  /** `*384*303#` */
  code: text('code').notNull(),
  /** What answers it: a menu, or a program. */
  menuId: text('menu_id'),
  url: text('url'),
  secretSealed: bytea('secret_sealed').notNull(),
  characters: integer('characters').notNull(),
  /** From one request of a session to its next. */
  seconds: integer('seconds').notNull(),
  keys: jsonb('keys').$type<{ readonly back: string; readonly home: string; readonly more: string }>().notNull(),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
})

export const ussdSessions = pgTable('ussd_sessions', {
  id: text('id').primaryKey(),
  /** As the gateway names it. */
  session: text('session').notNull(),
  code: text('code').notNull(),
  phone: text('phone').notNull(),
  network: text('network'),
  /** Where it stands; absent once it is over. */
  state: json('state').$type<object>(),
  /** All that was typed, joined by stars. */
  heard: text('heard').notNull(),
  /** The last screen. */
  reply: text('reply').notNull(),
  ends: boolean('ends').notNull(),
  hops: integer('hops').notNull(),
  /** Why it was ended, where the menu did not end it. */
  reason: text('reason'),
  startedAt: time('started_at').notNull(),
  updatedAt: time('updated_at').notNull(),
  expiresAt: time('expires_at').notNull(),
})
