export const sql = `
alter table forwards add column email jsonb;
`
