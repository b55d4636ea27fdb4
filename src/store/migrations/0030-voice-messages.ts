export const sql = `
create table voice_messages (
  id text collate "C" primary key,
  phone text not null,
  body text not null,
  message_id text collate "C",
  session text,
  state text not null,
  reason text,
  seconds real,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index voice_messages_session on voice_messages (session);
create index voice_messages_phone on voice_messages (phone, id);
`
