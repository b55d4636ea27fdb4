export const sql = `
alter table trunks add column offer text not null default 'early' check (offer in ('early', 'delayed'));
`
