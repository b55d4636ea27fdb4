export const sql = `
alter table numbers add column engine text;
`
