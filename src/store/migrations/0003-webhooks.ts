export const sql = `
create table webhooks (
  id text collate "C" primary key,
  url text not null,
  events text[] not null,
  description text not null,
  enabled boolean not null,
  secrets_sealed bytea not null,
  former_until timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create table webhook_deliveries (
  id text collate "C" primary key,
  seq bigint generated always as identity,
  key text not null,
  message text not null,
  webhook_id text collate "C" references webhooks (id) on delete cascade,
  cause text,
  event text,
  dialect text not null check (dialect in ('standard', 'plivo', 'blocks')),
  method text not null check (method in ('GET', 'POST')),
  url text not null,
  fallback_url text,
  content_type text not null,
  body text not null,
  secrets_sealed bytea,
  state text not null check (state in ('queued', 'delivered', 'failed')),
  attempts integer not null,
  tries jsonb not null,
  replay_of text,
  created_at timestamptz not null,
  next_at timestamptz,
  settled_at timestamptz,
  check ((state = 'queued') = (settled_at is null))
);
create index webhook_deliveries_queue on webhook_deliveries (key, seq) where state = 'queued';
create index webhook_deliveries_webhook on webhook_deliveries (webhook_id, id);
create unique index webhook_deliveries_cause on webhook_deliveries (webhook_id, cause) where cause is not null;
create index webhook_deliveries_settled on webhook_deliveries (settled_at) where settled_at is not null;
`
