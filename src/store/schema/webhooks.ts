import { bigint, boolean, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import type { StoredTry } from '../shapes.ts'
import { bytea, time } from './columns.ts'

export const webhooks = pgTable('webhooks', {
  id: text('id').primaryKey(),
  /** Without credentials, as is the fallback; those are among the sealed secrets. */
  url: text('url').notNull(),
  fallbackUrl: text('fallback_url'),
  events: text('events').array().notNull(),
  description: text('description').notNull(),
  enabled: boolean('enabled').notNull(),
  secretsSealed: bytea('secrets_sealed').notNull(),
  /** Until then what is sent is signed with the former secret as well. */
  formerUntil: time('former_until'),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
})

export const webhookDeliveries = pgTable('webhook_deliveries', {
  id: text('id').primaryKey(),
  /** The order in which deliveries of a key go out. */
  seq: bigint('seq', { mode: 'number' }).generatedAlwaysAsIdentity(),
  key: text('key').notNull(),
  /** What the receiver knows it by; a replay has that of the first. */
  message: text('message').notNull(),
  /** The log outlives the subscription. */
  webhookId: text('webhook_id'),
  /** Two deliveries of a webhook never share one. */
  cause: text('cause'),
  event: text('event'),
  dialect: text('dialect').$type<'standard' | 'plivo' | 'blocks'>().notNull(),
  method: text('method').$type<'GET' | 'POST'>().notNull(),
  /** Without credentials, as is the fallback; those are among the sealed secrets. */
  url: text('url').notNull(),
  fallbackUrl: text('fallback_url'),
  contentType: text('content_type').notNull(),
  body: text('body').notNull(),
  secretsSealed: bytea('secrets_sealed'),
  state: text('state').$type<'queued' | 'delivered' | 'failed'>().notNull(),
  attempts: integer('attempts').notNull(),
  tries: jsonb('tries').$type<readonly StoredTry[]>().notNull(),
  replayOf: text('replay_of'),
  createdAt: time('created_at').notNull(),
  nextAt: time('next_at'),
  settledAt: time('settled_at'),
})

/** What is still to be told of the end of a call, by whoever lives to see it. */
export const pendingEnds = pgTable('pending_ends', {
  /** The call, or a part of it that ends with it. */
  id: text('id').primaryKey(),
  callId: text('call_id').notNull(),
  dialect: text('dialect').$type<'blocks' | 'documents'>().notNull(),
  /** Sealed: a URL may have a password in it. */
  sealed: bytea('sealed').notNull(),
  createdAt: time('created_at').notNull(),
})
