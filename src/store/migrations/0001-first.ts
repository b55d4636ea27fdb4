// Ids and numbers are compared byte by byte ("C"), so that pages are cut the same on every server.
export const sql = `
create table tokens (
  id text collate "C" primary key,
  name text not null,
  hash bytea not null unique,
  scopes text[] not null,
  created_at timestamptz not null,
  last_used_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz
);

create table extensions (
  id text collate "C" primary key,
  username text not null,
  name text not null,
  realm text not null,
  ha1_md5 text not null,
  ha1_sha256 text not null,
  outbound jsonb not null,
  caller_id text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index extensions_username on extensions (username);
create unique index extensions_username_folded on extensions (lower(username));

create table bindings (
  username text not null references extensions (username) on delete cascade on update cascade,
  contact text not null,
  call_id text not null,
  cseq bigint not null,
  q real not null,
  user_agent text,
  flow jsonb not null,
  expires_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (username, contact)
);

create table trunks (
  id text collate "C" primary key,
  name text not null,
  uri text not null,
  username text,
  password_sealed bytea,
  register boolean not null,
  is_default boolean not null,
  addresses text[] not null,
  max_calls integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index trunks_name on trunks (lower(name));
create unique index trunks_one_default on trunks (is_default) where is_default;

create table numbers (
  e164 text collate "C" primary key,
  id text collate "C" not null unique,
  carrier text not null,
  state text not null check (state in ('available', 'rented')),
  offered boolean not null,
  assignment jsonb,
  trunk_id text references trunks (id) on delete set null,
  rented_at timestamptz,
  check (state = 'rented' or assignment is null)
);
create index numbers_rented on numbers (e164) where state = 'rented';
create index numbers_available on numbers (carrier, e164) where state = 'available' and offered;

create table forwards (
  id text collate "C" primary key,
  name text not null,
  number text not null unique references numbers (e164),
  voicemail_number text not null unique references numbers (e164),
  targets jsonb not null,
  notify text,
  caller_id text not null,
  prompts jsonb not null,
  voicemail jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create table calls (
  id text collate "C" primary key,
  direction text not null check (direction in ('inbound', 'outbound')),
  state text not null check (state in ('ringing', 'up', 'ended')),
  from_key text not null,
  from_address jsonb not null,
  to_key text not null,
  to_address jsonb not null,
  forward_id text,
  started_at timestamptz not null,
  answered_at timestamptz,
  ended_at timestamptz,
  end_code text,
  "end" jsonb,
  check ((state = 'ended') = ("end" is not null))
);
create index calls_open on calls (id) where state <> 'ended';
create index calls_from on calls (from_key, id);
create index calls_to on calls (to_key, id);
create index calls_forward on calls (forward_id, id) where forward_id is not null;
create index calls_ended on calls (ended_at) where state = 'ended';

create table call_events (
  call_id text collate "C" not null references calls (id) on delete cascade,
  seq bigint generated always as identity,
  at timestamptz not null,
  kind text not null,
  text text not null,
  data jsonb,
  primary key (call_id, seq)
);

create table recordings (
  id text collate "C" primary key,
  call_id text,
  path text not null,
  state text not null check (state in ('recording', 'kept', 'lost')),
  ms integer not null,
  speech_ms integer not null,
  ended_by text,
  created_at timestamptz not null,
  finished_at timestamptz
);
create index recordings_open on recordings (id) where state = 'recording';

create table voicemails (
  id text collate "C" primary key,
  call_id text,
  forward_id text not null,
  state text not null check (state in ('open', 'new', 'empty', 'lost')),
  from_key text not null,
  from_address jsonb not null,
  recording_id text collate "C" not null unique references recordings (id) on delete cascade,
  created_at timestamptz not null,
  heard_at timestamptz
);
create index voicemails_forward on voicemails (forward_id, id);

create table links (
  id text collate "C" primary key,
  recording_id text collate "C" not null references recordings (id) on delete cascade,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index links_recording on links (recording_id);
create index links_expiry on links (expires_at);

create table messages (
  id text collate "C" primary key,
  direction text not null check (direction in ('inbound', 'outbound')),
  state text not null check (state in ('queued', 'waiting', 'sent', 'delivered', 'failed', 'received')),
  "from" text not null,
  "to" text not null,
  body text not null,
  attempts integer not null,
  reason text,
  key text unique,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index messages_waiting on messages ("to", id) where state = 'waiting';
create index messages_to on messages ("to", id);

create table idempotency_keys (
  token_id text not null,
  key text not null,
  request_hash bytea not null,
  status integer,
  body text,
  created_at timestamptz not null,
  primary key (token_id, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);
`
