export const sql = `
alter table numbers add column alias text;
alter table applications
  add column account text,
  add column is_endpoint_default boolean not null default false;
create unique index one_endpoint_default on applications (is_endpoint_default) where is_endpoint_default;
`
