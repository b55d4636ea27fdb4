export const sql = `
alter table applications alter column answer_url drop not null;
`
