import { asc, eq, gt } from 'drizzle-orm'
import { cutPage, type Page, type PageQuery } from './page.ts'
import { menus } from './schema.ts'
import type { Db } from './store.ts'

export type MenuRow = typeof menus.$inferSelect
export type MenuChange = Partial<Pick<MenuRow, 'name' | 'menu' | 'secretSealed' | 'updatedAt'>>

/** @throws a unique conflict on `menus_name` */
export async function insertMenu(db: Db, row: MenuRow): Promise<MenuRow> {
  const [made] = await db.insert(menus).values(row).returning()
  return made!
}

export async function getMenu(db: Db, id: string): Promise<MenuRow | undefined> {
  const [row] = await db.select().from(menus).where(eq(menus.id, id))
  return row
}

export async function listMenus(db: Db, { limit, after }: PageQuery): Promise<Page<MenuRow>> {
  const rows = await db
    .select()
    .from(menus)
    .where(after === undefined ? undefined : gt(menus.id, after))
    .orderBy(asc(menus.id))
    .limit(limit + 1)
  return cutPage(rows, limit, (row) => row.id)
}

export async function allMenus(db: Db): Promise<readonly MenuRow[]> {
  return db.select().from(menus).orderBy(asc(menus.id))
}

/** @throws a unique conflict on `menus_name` */
export async function updateMenu(db: Db, id: string, change: MenuChange): Promise<MenuRow | undefined> {
  const [row] = await db.update(menus).set(change).where(eq(menus.id, id)).returning()
  return row
}

export async function deleteMenu(db: Db, id: string): Promise<boolean> {
  const gone = await db.delete(menus).where(eq(menus.id, id)).returning({ id: menus.id })
  return gone.length > 0
}
