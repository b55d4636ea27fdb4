import type { MenuFault } from '../../menu/check.ts'
import type { Menu } from '../../menu/model.ts'
import { allExtensions } from '../../store/extensions.ts'
import { getMenu } from '../../store/menus.ts'
import { rentedNumbers } from '../../store/numbers.ts'
import type { Db } from '../../store/store.ts'
import { parseAddress } from '../shapes.ts'
import { actionsOf } from './menu-actions.ts'

export interface CircleReading {
  readonly db: Db
  readonly country: string | undefined
  /** A number that is to lead to the menu from now on. */
  readonly number?: string
}

/**
 * Numbers of this menu that it rings itself: each time round is a call within the call before. By a key another menu may lead back here;
 * a caller who presses nothing must not be sent there.
 */
export async function circleFaults(
  menu: Menu,
  id: string,
  { db, country, number }: CircleReading,
): Promise<readonly MenuFault[]> {
  const usernames = new Set((await allExtensions(db)).map(({ username }) => username))
  const menuOf = new Map(
    (await rentedNumbers(db)).map(({ e164, assignment }) => [
      e164,
      assignment?.kind === 'menu' ? assignment.menu : undefined,
    ]),
  )
  if (number !== undefined) menuOf.set(number, id)
  const faults: MenuFault[] = []
  for (const { field, e164, silent } of numbersRung(menu)) {
    const leads = menuOf.get(e164)
    if (leads === id) {
      const sentence = `is ${e164}, a number of this very menu: each time round would be a call within the call; use { kind: menu, menu: ${menu.start} }`
      faults.push({ field, sentence })
    } else if (leads !== undefined && silent && (await comesBack(leads))) {
      faults.push({ field, sentence: `is ${e164}, which leads a caller who presses nothing back to this menu` })
    }
  }
  return faults

  function numbersRung(of: Menu) {
    return actionsOf(of).flatMap(([at, action]) =>
      action.kind !== 'dial'
        ? []
        : action.to.flatMap((to, i) => {
            const address = parseAddress(to, country, usernames)
            const silent = at.endsWith('/otherwise')
            return address?.kind === 'number' ? [{ field: `${at}/to/${i}`, e164: address.e164, silent }] : []
          }),
    )
  }

  async function comesBack(first: string): Promise<boolean> {
    const seen = new Set([first])
    for (const next of seen) {
      if (next === id) return true
      const row = await getMenu(db, next)
      if (row === undefined) continue
      for (const { e164, silent } of numbersRung(row.menu as Menu)) {
        const leads = menuOf.get(e164)
        if (silent && leads !== undefined) seen.add(leads)
      }
    }
    return false
  }
}
