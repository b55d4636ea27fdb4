export const sql = `
create table flows (
  id text collate "C" primary key,
  name text not null,
  written jsonb not null,
  flow jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index flows_name on flows (lower(name));
`
