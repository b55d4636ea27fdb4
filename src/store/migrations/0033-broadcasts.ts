export const sql = `
create table broadcasts (
  id text collate "C" primary key,
  name text not null,
  state text not null,
  way text not null,
  plan jsonb not null,
  account text,
  start_at timestamptz(3) not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  ended_at timestamptz(3)
);
create index broadcasts_open on broadcasts (id) where ended_at is null;

create table broadcast_targets (
  broadcast_id text collate "C" not null references broadcasts (id) on delete cascade,
  contact_id text collate "C" not null,
  phone text not null,
  name text,
  zone text,
  state text not null,
  next_at timestamptz(3),
  texts integer not null,
  calls integer not null,
  message_id text collate "C",
  planned_id text collate "C",
  reached_by text,
  code text,
  sentence text,
  updated_at timestamptz(3) not null,
  ended_at timestamptz(3),
  primary key (broadcast_id, contact_id)
);
create index broadcast_targets_due on broadcast_targets (broadcast_id, state, next_at, contact_id) where ended_at is null;
create index broadcast_targets_contact on broadcast_targets (contact_id, broadcast_id);
`
