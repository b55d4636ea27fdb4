import { integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import type { StoredBroadcast, StoredRepeat } from '../shapes.ts'
import { time } from './columns.ts'

export const contacts = pgTable('contacts', {
  id: text('id').primaryKey(),
  /** E.164. */
  phone: text('phone').notNull(),
  name: text('name'),
  zone: text('zone'),
  groups: text('groups').array().notNull(),
  status: text('status').$type<ContactStatus>().notNull(),
  /** The last text to it that came to an end, and which. */
  textId: text('text_id'),
  textState: text('text_state'),
  /** What the last call of a broadcast came to. */
  callCode: text('call_code'),
  calledAt: time('called_at'),
  /** What reached it last. */
  contactedBy: text('contacted_by').$type<ReachedBy>(),
  contactedAt: time('contacted_at'),
  /** Since then it wants nothing, from whichever sender. */
  optedOutAt: time('opted_out_at'),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
})

/** `new`: no text to it has come to an end. `active`: the last one reached it. `inactive`: the last one did not. */
export type ContactStatus = 'new' | 'active' | 'inactive'
export type ReachedBy = 'text' | 'call' | 'voicemail'

export const broadcasts = pgTable('broadcasts', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  state: text('state').$type<BroadcastState>().notNull(),
  way: text('way').$type<BroadcastWay>().notNull(),
  plan: jsonb('plan').$type<StoredBroadcast>().notNull(),
  account: text('account'),
  startAt: time('start_at').notNull(),
  repeat: jsonb('repeat').$type<StoredRepeat>(),
  /** Of one that repeats: when the next round is due. */
  nextAt: time('next_at'),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
  /** When everybody of it was over. */
  endedAt: time('ended_at'),
})

export type BroadcastState = 'running' | 'paused' | 'canceled' | 'done'
/** `cycle`: a call to whom the last text did not reach, else a text. */
export type BroadcastWay = 'text' | 'call' | 'text_then_call' | 'cycle'

/** A contact as it was when the broadcast was made, and how far it is with it. */
export const broadcastTargets = pgTable(
  'broadcast_targets',
  {
    broadcastId: text('broadcast_id').notNull(),
    contactId: text('contact_id').notNull(),
    phone: text('phone').notNull(),
    name: text('name'),
    zone: text('zone'),
    state: text('state').$type<TargetState>().notNull(),
    /** Of what is due: when. While texting: after which a text that is still not sent is withdrawn. */
    nextAt: time('next_at'),
    texts: integer('texts').notNull(),
    /** Attempts at calls. */
    calls: integer('calls').notNull(),
    messageId: text('message_id'),
    /** Of the last call. */
    plannedId: text('planned_id'),
    by: text('reached_by').$type<ReachedBy>(),
    code: text('code'),
    sentence: text('sentence'),
    updatedAt: time('updated_at').notNull(),
    endedAt: time('ended_at'),
  },
  (table) => [primaryKey({ columns: [table.broadcastId, table.contactId] })],
)

export type TargetState =
  | 'text_due'
  | 'texting'
  | 'call_due'
  | 'calling'
  | 'reached'
  | 'unreached'
  | 'skipped'
  | 'canceled'
