export const sql = `alter table scan_hearings add column by_sound jsonb;
`
