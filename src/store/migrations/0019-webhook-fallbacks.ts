export const sql = `
alter table webhooks add column fallback_url text;
alter table webhook_deliveries drop constraint webhook_deliveries_webhook_id_fkey;
`
