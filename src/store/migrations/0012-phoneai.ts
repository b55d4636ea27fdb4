export const sql = `
create table phoneai_ids (
  id integer generated always as identity primary key,
  ref text collate "C" not null unique
);
create table phoneai_extensions (
  extension_id text collate "C" primary key references extensions (id) on delete cascade,
  cellphone text not null,
  transcription boolean not null
);
create table phoneai_texts (
  message_id text collate "C" primary key references messages (id) on delete cascade,
  sealed bytea not null
);
create index messages_pair on messages ("to", "from", id desc) where direction = 'outbound';
`
