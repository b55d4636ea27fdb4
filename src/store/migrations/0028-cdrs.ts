export const sql = `
create table cdrs (
  call_id text collate "C" primary key references calls (id) on delete cascade,
  started_at timestamptz(3) not null,
  ended_at timestamptz(3) not null,
  account text,
  disposition text not null,
  record jsonb not null
);
create index cdrs_account on cdrs (account, call_id) where account is not null;
create index cdrs_started on cdrs (started_at);
`
