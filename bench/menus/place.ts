import { type Menu, optionsOf } from '../../src/menu/model.ts'

/** Where keys lead in a menu that is known: the name of a menu, `undefined` for the end of a branch. An unknown key leads nowhere. */
export function placeAfter(menu: Menu, at: string | undefined, key: string): string | undefined {
  if (at === undefined) return undefined
  const option = optionsOf(menu, at).find((one) => one.key === key)
  if (option === undefined || option.action.kind === 'repeat') return at
  return option.action.kind === 'menu' ? option.action.menu : undefined
}

export const placeOf = (menu: Menu, keys: Iterable<string>): string | undefined =>
  [...keys].reduce<string | undefined>((at, key) => placeAfter(menu, at, key), menu.start)

/** Likewise where keys of several digits were pressed one after another; `undefined` also in the middle of one. */
export function placeDialled(menu: Menu, digits: Iterable<string>): string | undefined {
  const keys: string[] = []
  let open = ''
  for (const digit of digits) {
    open += digit
    const at = placeOf(menu, keys)
    const offered = at === undefined ? [] : optionsOf(menu, at).map(({ key }) => key)
    if (offered.includes(open) || !offered.some((key) => key.startsWith(open))) {
      keys.push(open)
      open = ''
    }
  }
  return open === '' ? placeOf(menu, keys) : undefined
}
