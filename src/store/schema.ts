import {
  bigint,
  boolean,
  customType,
  doublePrecision,
  integer,
  json,
  jsonb,
  pgTable,
  primaryKey,
  real,
  text,
  timestamp,
} from 'drizzle-orm/pg-core'
import type {
  StoredAddress,
  StoredAssignment,
  StoredCallFlow,
  StoredEnd,
  StoredEventData,
  StoredFlow,
  StoredHours,
  StoredOffer,
  StoredOutbound,
  StoredPlan,
  StoredPrompts,
  StoredRetry,
  StoredScheduledCall,
  StoredSrtp,
  StoredTarget,
  StoredTone,
  StoredTry,
  StoredVoicemailLimits,
  StoredWord,
} from './shapes.ts'

// Constraints and indexes stand in migrations/; a test holds the columns here against the migrated database.
const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' })
const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 })

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
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
})

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
    outcome: text('outcome').$type<MessageState>(),
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

export const flows = pgTable('flows', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  /** As they were written, for those who read and change them. */
  written: jsonb('written').$type<readonly object[]>().notNull(),
  flow: jsonb('flow').$type<StoredCallFlow>().notNull(),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
})

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

/** Who is told of the states of a text. */
export const messageCallbacks = pgTable('message_callbacks', {
  messageId: text('message_id').primaryKey(),
  /** Sealed: a URL may have a password in it. */
  sealed: bytea('sealed').notNull(),
})

/** Extensions that were made as endpoints: calls from them are given to the application. */
export const endpoints = pgTable('endpoints', {
  extensionId: text('extension_id').primaryKey(),
  alias: text('alias').notNull(),
  applicationId: text('application_id'),
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

/** Calls that the dialer places: later, again, or as fast as it may. */
export const plannedCalls = pgTable('planned_calls', {
  id: text('id').primaryKey(),
  /** The order in which they were planned. */
  seq: bigint('seq', { mode: 'number' }).generatedAlwaysAsIdentity(),
  state: text('state').$type<'waiting' | 'calling' | 'done' | 'failed' | 'canceled'>().notNull(),
  toKey: text('to_key').notNull(),
  /** Who is rung, and who they see. */
  to: jsonb('to_address').$type<StoredAddress>().notNull(),
  from: jsonb('from_address').$type<StoredAddress>().notNull(),
  /** What happens once it is answered. */
  does: jsonb('does').$type<StoredPlan>().notNull(),
  seconds: integer('seconds').notNull(),
  priority: integer('priority').notNull(),
  account: text('account'),
  retry: jsonb('retry').$type<StoredRetry>().notNull(),
  /** How often each reason was retried. */
  retried: jsonb('retried').$type<Readonly<Record<string, number>>>().notNull(),
  hours: jsonb('hours').$type<StoredHours>(),
  /** The id of the trunk that carries it, or what stands for one. */
  lane: text('lane').notNull(),
  /** As it was asked for. */
  at: time('at').notNull(),
  until: time('until'),
  nextAt: time('next_at'),
  /** What it waits for, or how it ended. */
  sentence: text('sentence'),
  code: text('code'),
  attempts: integer('attempts').notNull(),
  /** Of the last attempt. */
  callId: text('call_id'),
  scheduleId: text('schedule_id'),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
  endedAt: time('ended_at'),
})

export const dialAttempts = pgTable('dial_attempts', {
  callId: text('call_id').primaryKey(),
  plannedId: text('planned_id').notNull(),
  /** From 1. */
  number: integer('number').notNull(),
  /** `claimed`: surely not sent. `placed`: written right before its INVITE left. */
  state: text('state').$type<'claimed' | 'placed' | 'over'>().notNull(),
  code: text('code'),
  sentence: text('sentence'),
  claimedAt: time('claimed_at').notNull(),
  placedAt: time('placed_at'),
  endedAt: time('ended_at'),
})

export const schedules = pgTable('schedules', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  cron: text('cron').notNull(),
  zone: text('zone').notNull(),
  enabled: boolean('enabled').notNull(),
  /** What becomes of times at which no service ran. */
  missed: text('missed').$type<'skip' | 'once'>().notNull(),
  call: jsonb('call').$type<StoredScheduledCall>().notNull(),
  nextAt: time('next_at'),
  lastAt: time('last_at'),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
})

export const doNotCall = pgTable('do_not_call', {
  /** E.164 of a number, or its beginning. */
  prefix: text('prefix').primaryKey(),
  reason: text('reason'),
  createdAt: time('created_at').notNull(),
})

export const dialerRules = pgTable('dialer_rules', {
  /** There is one row. */
  one: boolean('one').primaryKey().notNull().default(true),
  rules: jsonb('rules').$type<object>().notNull(),
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
