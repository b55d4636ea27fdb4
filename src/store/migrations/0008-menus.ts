export const sql = `
create table menus (
  id text collate "C" primary key,
  name text not null,
  menu json not null,
  secret_sealed bytea not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index menus_name on menus (lower(name));
`
