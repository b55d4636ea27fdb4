export const sql = `
alter table numbers add column texts_url text, add column texts_sealed bytea;
`
