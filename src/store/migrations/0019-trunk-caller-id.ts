export const sql = `
alter table trunks add column caller_id text;
`
