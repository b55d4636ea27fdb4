export const sql = `
alter table messages add column carrier_ref text collate "C";
create index messages_carrier_ref on messages (carrier_ref) where carrier_ref is not null;
`
