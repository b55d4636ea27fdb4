import { boolean, integer, pgTable, text } from 'drizzle-orm/pg-core'
import { bytea, time } from './columns.ts'

/** Whose documents calls are given to. */
export const applications = pgTable('applications', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  /** Absent where it takes texts only. */
  answerUrl: text('answer_url'),
  answerMethod: text('answer_method').$type<'GET' | 'POST'>().notNull(),
  fallbackUrl: text('fallback_url'),
  fallbackMethod: text('fallback_method').$type<'GET' | 'POST'>().notNull(),
  hangupUrl: text('hangup_url'),
  hangupMethod: text('hangup_method').$type<'GET' | 'POST'>().notNull(),
  messageUrl: text('message_url'),
  messageMethod: text('message_method').$type<'GET' | 'POST'>().notNull(),
  /** Numbers rented without a word about their use are given to it. */
  isDefault: boolean('is_default').notNull(),
  /** Endpoints made without a word about their use are given to it. */
  isEndpointDefault: boolean('is_endpoint_default').notNull().default(false),
  /** The `auth_id` of whoever wrote it last; told to its program. */
  account: text('account'),
  /** The token of whoever wrote it last: requests about its calls are signed with it. */
  tokenSealed: bytea('token_sealed').notNull(),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
})

/** What documents made of a call. */
export const documentCalls = pgTable('document_calls', {
  callId: text('call_id').primaryKey(),
  applicationId: text('application_id'),
  parentCallId: text('parent_call_id'),
  causeCode: integer('cause_code'),
  causeName: text('cause_name'),
  causeSource: text('cause_source'),
})

/** Numbers that programs of the crawler know things by. */
export const phoneaiIds = pgTable('phoneai_ids', {
  id: integer('id').generatedAlwaysAsIdentity().primaryKey(),
  ref: text('ref').notNull(),
})

/** What the crawler keeps of an extension besides ours. */
export const phoneaiExtensions = pgTable('phoneai_extensions', {
  extensionId: text('extension_id').primaryKey(),
  cellphone: text('cellphone').notNull(),
  transcription: boolean('transcription').notNull(),
})

/** Who is told of the answers to a text. */
export const phoneaiTexts = pgTable('phoneai_texts', {
  messageId: text('message_id').primaryKey(),
  /** Sealed: a URL may have a password in it. */
  sealed: bytea('sealed').notNull(),
})
