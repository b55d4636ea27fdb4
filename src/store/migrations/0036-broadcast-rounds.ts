export const sql = `
alter table broadcasts add column repeat jsonb;
alter table broadcasts add column next_at timestamptz(3);
create index broadcasts_rounds on broadcasts (next_at) where next_at is not null;
`
