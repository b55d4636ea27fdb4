export const sql = `
create table applications (
  id text collate "C" primary key,
  name text not null unique,
  answer_url text not null,
  answer_method text not null check (answer_method in ('GET', 'POST')),
  fallback_url text,
  fallback_method text not null check (fallback_method in ('GET', 'POST')),
  hangup_url text,
  hangup_method text not null check (hangup_method in ('GET', 'POST')),
  message_url text,
  message_method text not null check (message_method in ('GET', 'POST')),
  is_default boolean not null,
  token_sealed bytea not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index applications_default on applications (is_default) where is_default;
`
