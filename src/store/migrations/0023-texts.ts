export const sql = `
alter table messages
  add column code text,
  add column carrier text,
  add column once boolean not null default false,
  add column notice boolean not null default false,
  add column report_seconds integer,
  add column trying_since timestamptz(3);

alter table messages drop constraint messages_state_check;
alter table messages add constraint messages_state_check check (state in
  ('queued', 'waiting', 'sent', 'delivered', 'undelivered', 'failed', 'rejected', 'expired', 'received'));

create table text_refs (
  carrier text collate "C" not null,
  ref text collate "C" not null,
  message_id text collate "C" references messages (id) on delete cascade,
  -- How it ended, as far as the carrier said.
  outcome text,
  reason text,
  code text,
  created_at timestamptz(3) not null,
  primary key (carrier, ref)
);
create index text_refs_message on text_refs (message_id);
-- Reports on texts that nobody knows are forgotten after a while.
create index text_refs_unknown on text_refs (created_at) where message_id is null;

insert into text_refs (carrier, ref, message_id, created_at)
  select 'flowroute', carrier_ref, id, updated_at from messages where carrier_ref is not null
  on conflict do nothing;
update messages set carrier = 'flowroute' where carrier_ref is not null;
alter table messages drop column carrier_ref;

create table opt_outs (
  sender text collate "C" not null,
  receiver text collate "C" not null,
  created_at timestamptz(3) not null,
  primary key (sender, receiver)
);

create table text_rules (
  one boolean primary key check (one),
  rules jsonb not null
);
`
