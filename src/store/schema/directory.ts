import { bigint, boolean, doublePrecision, integer, jsonb, pgTable, primaryKey, real, text } from 'drizzle-orm/pg-core'
import type {
  StoredAssignment,
  StoredEngine,
  StoredFlow,
  StoredForwardEmail,
  StoredOffer,
  StoredOutbound,
  StoredPrompts,
  StoredSrtp,
  StoredTarget,
  StoredVoicemailLimits,
} from '../shapes.ts'
import { bytea, time } from './columns.ts'

export const tokens = pgTable('tokens', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  hash: bytea('hash').notNull(),
  scopes: text('scopes').array().notNull(),
  createdAt: time('created_at').notNull(),
  lastUsedAt: time('last_used_at'),
  expiresAt: time('expires_at'),
  revokedAt: time('revoked_at'),
})

export const extensions = pgTable('extensions', {
  id: text('id').primaryKey(),
  username: text('username').notNull(),
  name: text('name').notNull(),
  realm: text('realm').notNull(),
  ha1Md5: text('ha1_md5').notNull(),
  ha1Sha256: text('ha1_sha256').notNull(),
  outbound: jsonb('outbound').$type<StoredOutbound>().notNull(),
  /** E.164 of a rented number that others see; absent: the first number assigned to the extension, or the username. */
  callerId: text('caller_id'),
  srtp: text('srtp').$type<StoredSrtp>().notNull().default('allowed'),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
})

export const bindings = pgTable(
  'bindings',
  {
    username: text('username').notNull(),
    contact: text('contact').notNull(),
    callId: text('call_id').notNull(),
    cseq: bigint('cseq', { mode: 'number' }).notNull(),
    q: real('q').notNull(),
    userAgent: text('user_agent'),
    flow: jsonb('flow').$type<StoredFlow>().notNull(),
    expiresAt: time('expires_at').notNull(),
    updatedAt: time('updated_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.username, table.contact] })],
)

export const trunks = pgTable('trunks', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  uri: text('uri').notNull(),
  username: text('username'),
  passwordSealed: bytea('password_sealed'),
  register: boolean('register').notNull(),
  isDefault: boolean('is_default').notNull(),
  addresses: text('addresses').array().notNull(),
  maxCalls: integer('max_calls').notNull(),
  /** Of the dialer; null: as many as come. */
  callsPerSecond: doublePrecision('calls_per_second'),
  srtp: text('srtp').$type<StoredSrtp>().notNull().default('allowed'),
  callerId: text('caller_id'),
  offer: text('offer').$type<StoredOffer>().notNull().default('early'),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
})

export const numbers = pgTable('numbers', {
  e164: text('e164').primaryKey(),
  id: text('id').notNull(),
  carrier: text('carrier').notNull(),
  state: text('state').$type<'available' | 'rented'>().notNull(),
  /** False once it left the carrier's range; a rented one then goes away when it is released. */
  offered: boolean('offered').notNull(),
  assignment: jsonb('assignment').$type<StoredAssignment>(),
  trunkId: text('trunk_id'),
  /** By a trunk of which its calls go out, where it has none of its own. */
  engine: text('engine').$type<StoredEngine>(),
  rentedAt: time('rented_at'),
  /** What a program calls it. */
  alias: text('alias'),
  /** Told of texts that come to it, as it may be shown. */
  textsUrl: text('texts_url'),
  /** The whole URL, and what signs. */
  textsSealed: bytea('texts_sealed'),
})

export const forwards = pgTable('forwards', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  number: text('number').notNull(),
  voicemailNumber: text('voicemail_number').notNull(),
  targets: jsonb('targets').$type<readonly StoredTarget[]>().notNull(),
  notify: text('notify'),
  callerId: text('caller_id').$type<'caller' | 'number'>().notNull(),
  prompts: jsonb('prompts').$type<StoredPrompts>().notNull(),
  voicemail: jsonb('voicemail').$type<StoredVoicemailLimits>().notNull(),
  /** Who gets a copy of each message. */
  email: jsonb('email').$type<StoredForwardEmail>(),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
})

export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    tokenId: text('token_id').notNull(),
    key: text('key').notNull(),
    requestHash: bytea('request_hash').notNull(),
    status: integer('status'),
    body: text('body'),
    createdAt: time('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tokenId, table.key] })],
)

/** Extensions that were made as endpoints: calls from them are given to the application. */
export const endpoints = pgTable('endpoints', {
  extensionId: text('extension_id').primaryKey(),
  alias: text('alias').notNull(),
  applicationId: text('application_id'),
})
