export const sql = `
update scans older
set state = 'stopped', next_at = null, ended_at = older.updated_at,
  sentence = 'A later scan of the same number ran beside it.'
where older.state in ('running', 'waiting')
  and exists (
    select from scans newer
    where newer.to_key = older.to_key and newer.state in ('running', 'waiting') and newer.id > older.id
  );
create unique index scans_one_open on scans (to_key) where state in ('running', 'waiting');
`
