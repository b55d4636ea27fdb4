export const sql = `
alter table calls add column account text;
create index calls_account on calls (account, id) where account is not null;
alter table trunks add column calls_per_second double precision;

create table schedules (
  id text collate "C" primary key,
  name text not null,
  cron text not null,
  zone text not null,
  enabled boolean not null,
  missed text not null check (missed in ('skip', 'once')),
  -- What is planned each time.
  call jsonb not null,
  next_at timestamptz(3),
  last_at timestamptz(3),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index schedules_next on schedules (next_at) where enabled;

create table planned_calls (
  id text collate "C" primary key,
  seq bigint generated always as identity,
  state text not null check (state in ('waiting', 'calling', 'done', 'failed', 'canceled')),
  -- Who is rung, and who they see.
  to_key text not null,
  to_address jsonb not null,
  from_address jsonb not null,
  does jsonb not null,
  seconds integer not null,
  priority integer not null,
  account text,
  retry jsonb not null,
  retried jsonb not null,
  hours jsonb,
  -- The trunk, or what stands for it.
  lane text not null,
  at timestamptz(3) not null,
  until timestamptz(3),
  next_at timestamptz(3),
  sentence text,
  code text,
  attempts integer not null,
  call_id text collate "C",
  schedule_id text collate "C",
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  ended_at timestamptz(3)
);
create index planned_calls_due on planned_calls (lane, priority desc, next_at, seq) where state = 'waiting';
create index planned_calls_next on planned_calls (next_at) where state = 'waiting';
create index planned_calls_to on planned_calls (to_key, id);
create index planned_calls_schedule on planned_calls (schedule_id, id) where schedule_id is not null;
-- One run of a schedule plans one call.
create unique index planned_calls_run on planned_calls (schedule_id, at) where schedule_id is not null;

create table dial_attempts (
  call_id text collate "C" primary key,
  planned_id text collate "C" not null references planned_calls (id) on delete cascade,
  number integer not null,
  state text not null check (state in ('claimed', 'placed', 'over')),
  code text,
  sentence text,
  claimed_at timestamptz(3) not null,
  placed_at timestamptz(3),
  ended_at timestamptz(3)
);
create index dial_attempts_planned on dial_attempts (planned_id, number);
create index dial_attempts_open on dial_attempts (call_id) where state <> 'over';

create table do_not_call (
  prefix text collate "C" primary key,
  reason text,
  created_at timestamptz(3) not null
);

create table dialer_rules (
  one boolean primary key default true check (one),
  rules jsonb not null
);
`
