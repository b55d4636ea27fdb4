export const sql = `
alter table extensions add column srtp text not null default 'allowed' check (srtp in ('off', 'allowed', 'required'));
alter table trunks add column srtp text not null default 'allowed' check (srtp in ('off', 'allowed', 'required'));
`
