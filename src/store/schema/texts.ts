import { boolean, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { bytea, time } from './columns.ts'

export const messages = pgTable('messages', {
  id: text('id').primaryKey(),
  direction: text('direction').$type<'inbound' | 'outbound'>().notNull(),
  state: text('state').$type<MessageState>().notNull(),
  from: text('from').notNull(),
  to: text('to').notNull(),
  body: text('body').notNull(),
  attempts: integer('attempts').notNull(),
  /** A sentence: why it waits or failed. */
  reason: text('reason'),
  /** Two messages never share one: what caused the message, so that a job run again does not send twice. */
  key: text('key'),
  /** A word for the reason. */
  code: text('code'),
  /** The carrier that took it, or was tried last. */
  carrier: text('carrier'),
  /** Never sent again where it is not known whether it went out. */
  once: boolean('once').notNull().default(false),
  /** Goes out to those who want no texts as well. */
  notice: boolean('notice').notNull().default(false),
  /** After so long without a report it counts as not delivered. */
  reportSeconds: integer('report_seconds'),
  /** When it was given to a carrier whose answer is not known, be it since that was cut off. */
  tryingSince: time('trying_since'),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
})

export type MessageState =
  | 'queued'
  | 'waiting'
  | 'sent'
  | 'delivered'
  | 'undelivered'
  | 'failed'
  | 'rejected'
  | 'expired'
  | 'received'

/** What carriers know texts by, one row for each part of a text; those without a message were reported on before that was known. */
export const textRefs = pgTable(
  'text_refs',
  {
    carrier: text('carrier').notNull(),
    ref: text('ref').notNull(),
    messageId: text('message_id'),
    outcome: text('outcome').$type<'delivered' | 'undelivered' | 'failed' | 'rejected' | 'expired'>(),
    reason: text('reason'),
    code: text('code'),
    createdAt: time('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.carrier, table.ref] })],
)

/** Receivers who want no texts from a sender. */
export const optOuts = pgTable(
  'opt_outs',
  {
    sender: text('sender').notNull(),
    receiver: text('receiver').notNull(),
    createdAt: time('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.sender, table.receiver] })],
)

export const textRules = pgTable('text_rules', {
  one: boolean('one').primaryKey(),
  rules: jsonb('rules').$type<object>().notNull(),
})

/** Who is told of the states of a text. */
export const messageCallbacks = pgTable('message_callbacks', {
  messageId: text('message_id').primaryKey(),
  /** Sealed: a URL may have a password in it. */
  sealed: bytea('sealed').notNull(),
})
