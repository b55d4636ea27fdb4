import { bigint, boolean, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import type { StoredAddress, StoredHours, StoredPlan, StoredRetry, StoredScheduledCall } from '../shapes.ts'
import { time } from './columns.ts'

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
