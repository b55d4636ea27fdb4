import type { Menu, MenuAction } from '../../menu/model.ts'

/** Each action with its JSON pointer. */
export function actionsOf(menu: Menu): readonly (readonly [string, MenuAction])[] {
  const everywhere = (menu.everywhere ?? []).map(({ action }, i) => [`/everywhere/${i}/action`, action] as const)
  return [
    ...everywhere,
    ...Object.entries(menu.menus).flatMap(([name, { options, otherwise }]) => [
      ...options.map(({ action }, i) => [`/menus/${name}/options/${i}/action`, action] as const),
      ...(otherwise === undefined ? [] : [[`/menus/${name}/otherwise`, otherwise] as const]),
    ]),
  ]
}
