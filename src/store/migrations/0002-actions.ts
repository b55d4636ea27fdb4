export const sql = `
create table call_actions (
  id text collate "C" primary key,
  call_id text collate "C" not null references calls (id) on delete cascade,
  block text not null,
  state text not null check (state in ('running', 'done', 'failed')),
  result jsonb,
  error jsonb,
  started_at timestamptz not null,
  ended_at timestamptz,
  check ((state = 'running') = (ended_at is null))
);

create index call_actions_call on call_actions (call_id, id);
`
