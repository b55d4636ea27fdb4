// Constraints and indexes stand in migrations/; a test holds the columns here against the migrated database.
export * from './schema/calls.ts'
export * from './schema/contacts.ts'
export * from './schema/dialects.ts'
export * from './schema/dialer.ts'
export * from './schema/directory.ts'
export * from './schema/menus.ts'
export * from './schema/texts.ts'
export * from './schema/webhooks.ts'
