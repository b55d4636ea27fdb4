export const sql = `
create table document_calls (
  call_id text collate "C" primary key references calls (id) on delete cascade,
  application_id text collate "C",
  parent_call_id text collate "C",
  cause_code integer,
  cause_name text,
  cause_source text
);
create index document_calls_parent on document_calls (parent_call_id) where parent_call_id is not null;
create table message_callbacks (
  message_id text collate "C" primary key references messages (id) on delete cascade,
  sealed bytea not null
);
create table endpoints (
  extension_id text collate "C" primary key references extensions (id) on delete cascade,
  alias text not null,
  application_id text collate "C" references applications (id) on delete set null
);
alter table recordings add column format text not null default 'wav' check (format in ('wav', 'mp3'));
alter table recordings add column room text;
`
