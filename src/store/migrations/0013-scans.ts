export const sql = `
create table scans (
  id text collate "C" primary key,
  to_key text not null,
  to_address jsonb not null,
  from_address jsonb not null,
  name text,
  choice jsonb not null,
  state text not null check (state in ('running', 'waiting', 'done', 'failed', 'stopped')),
  sentence text,
  attempt integer not null,
  calls integer not null,
  call_ms bigint not null,
  next_at timestamptz(3),
  previous text,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  ended_at timestamptz(3)
);
create index scans_to_key on scans (to_key, id);
create index scans_state on scans (state) where state in ('running', 'waiting');

create table scan_hearings (
  id text collate "C" primary key,
  scan_id text not null references scans (id) on delete cascade,
  seq bigint generated always as identity,
  way jsonb not null,
  words jsonb not null,
  tones jsonb not null,
  music boolean not null,
  hung_up boolean not null,
  silent_ms integer not null,
  call_id text not null,
  recording_id text,
  from_ms integer not null,
  to_ms integer not null,
  at timestamptz(3) not null
);
create index scan_hearings_scan on scan_hearings (scan_id, seq);
`
