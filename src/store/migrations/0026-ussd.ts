export const sql = `
create table ussd_codes (
  id text collate "C" primary key,
  code text not null,
  menu_id text collate "C",
  url text,
  secret_sealed bytea not null,
  characters integer not null,
  seconds integer not null,
  keys jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint ussd_codes_target check ((menu_id is null) <> (url is null))
);
create unique index ussd_codes_code on ussd_codes (code);
create table ussd_sessions (
  id text collate "C" primary key,
  session text not null,
  code text not null,
  phone text not null,
  network text,
  state json,
  heard text not null,
  reply text not null,
  ends boolean not null,
  hops integer not null,
  reason text,
  started_at timestamptz not null,
  updated_at timestamptz not null,
  expires_at timestamptz not null
);
create unique index ussd_sessions_session on ussd_sessions (session, phone, code);
create index ussd_sessions_phone on ussd_sessions (phone, id);
create index ussd_sessions_updated on ussd_sessions (updated_at);
`
