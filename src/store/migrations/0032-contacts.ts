export const sql = `
create table contacts (
  id text collate "C" primary key,
  phone text not null,
  name text,
  zone text,
  groups text[] not null,
  status text not null,
  text_id text collate "C",
  text_state text,
  call_code text,
  called_at timestamptz(3),
  contacted_by text,
  contacted_at timestamptz(3),
  opted_out_at timestamptz(3),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create unique index contacts_phone on contacts (phone);
create index contacts_groups on contacts using gin (groups);
create index messages_from on messages ("from", id);
`
