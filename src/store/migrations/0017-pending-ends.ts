export const sql = `
create table pending_ends (
  id text collate "C" primary key,
  call_id text collate "C" not null,
  dialect text not null check (dialect in ('blocks', 'documents')),
  sealed bytea not null,
  created_at timestamptz not null
);
`
