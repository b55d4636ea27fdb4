import { textRules } from './schema.ts'
import type { Db } from './store.ts'

export async function getTextRules(db: Db): Promise<object | undefined> {
  const [row] = await db.select().from(textRules)
  return row?.rules
}

export async function putTextRules(db: Db, rules: object): Promise<void> {
  await db.insert(textRules).values({ one: true, rules }).onConflictDoUpdate({ target: textRules.one, set: { rules } })
}
