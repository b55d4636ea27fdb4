export const sql = `
create table connections (
  id text collate "C" primary key,
  number text not null,
  to_address text not null,
  caller text not null,
  way jsonb not null,
  seconds integer not null,
  state text not null check (state in ('calling', 'travelling', 'ringing', 'connected', 'done', 'failed')),
  pressed integer not null,
  talk_seconds integer,
  failure jsonb,
  call_id text collate "C",
  recording_id text collate "C",
  created_at timestamptz not null,
  updated_at timestamptz not null,
  ended_at timestamptz
);
create index connections_open on connections (id) where ended_at is null;
`
