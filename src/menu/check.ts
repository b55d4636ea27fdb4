import { type Menu, type MenuAction, type MenuNode, type MenuOption, optionsOf } from './model.ts'

export interface MenuFault {
  /** JSON pointer into the menu, e.g. `/menus/main/options/0/key`. */
  readonly field: string
  readonly sentence: string
}

/** What no shape can say: keys used twice, menus that nobody leads to, callers who never get out, silent menus. */
export function checkMenu(menu: Menu): readonly MenuFault[] {
  const faults: MenuFault[] = []
  const names = Object.keys(menu.menus)
  if (names.length === 0) faults.push({ field: '/menus', sentence: 'takes at least one menu' })
  else if (!Object.hasOwn(menu.menus, menu.start)) {
    faults.push({ field: '/start', sentence: `names no menu: there is no ${menu.start}; ${known(names)}` })
  }
  faults.push(...twice(menu.everywhere ?? [], '/everywhere'))
  faults.push(...targets(menu.everywhere ?? [], '/everywhere', menu))
  for (const [name, node] of Object.entries(menu.menus)) {
    const field = `/menus/${name}`
    faults.push(...twice(node.options, `${field}/options`))
    faults.push(...targets(node.options, `${field}/options`, menu))
    if (node.otherwise !== undefined) faults.push(...target(node.otherwise, `${field}/otherwise`, menu))
    if (node.prompt === undefined && node.announce === undefined) {
      const sentence = 'is missing: the menu would be silent; give it a prompt, or let `announce` say its options'
      faults.push({ field: `${field}/prompt`, sentence })
    }
  }
  // Where a name leads nowhere, what follows from it is not told as well.
  return faults.length > 0 ? faults : [...unreachable(menu), ...endless(menu)]
}

function twice(options: readonly MenuOption[], field: string): MenuFault[] {
  const first = new Map<string, MenuOption>()
  return options.flatMap((option, i) => {
    const { key, label } = option
    const before = first.get(key)
    if (before === undefined) {
      first.set(key, option)
      return []
    }
    return [
      { field: `${field}/${i}/key`, sentence: `is ${key}, which leads to "${before.label}" already, not "${label}"` },
    ]
  })
}

const targets = (options: readonly MenuOption[], field: string, menu: Menu): MenuFault[] =>
  options.flatMap(({ action }, i) => target(action, `${field}/${i}/action`, menu))

function target(action: MenuAction, field: string, menu: Menu): MenuFault[] {
  if (action.kind !== 'menu' || Object.hasOwn(menu.menus, action.menu)) return []
  return [
    {
      field: `${field}/menu`,
      sentence: `names no menu: there is no ${action.menu}; ${known(Object.keys(menu.menus))}`,
    },
  ]
}

const known = (names: readonly string[]): string =>
  `there ${names.length === 1 ? 'is' : 'are'} ${names.slice(0, 10).join(', ')}${names.length > 10 ? ' and more' : ''}`

const actionsOf = (menu: Menu, name: string): readonly MenuAction[] => {
  const otherwise = menu.menus[name]?.otherwise
  return [...optionsOf(menu, name).map(({ action }) => action), ...(otherwise === undefined ? [] : [otherwise])]
}

const leadsTo = (menu: Menu, name: string): readonly string[] =>
  actionsOf(menu, name).flatMap((action) => (action.kind === 'menu' ? [action.menu] : []))

function unreachable(menu: Menu): MenuFault[] {
  const reached = new Set([menu.start])
  for (const name of reached) for (const next of leadsTo(menu, name)) reached.add(next)
  return Object.keys(menu.menus)
    .filter((name) => !reached.has(name))
    .map((name) => ({
      field: `/menus/${name}`,
      sentence: `is never heard: no key on the way from ${menu.start} leads to it`,
    }))
}

/** A caller who presses nothing, such as a machine, must not stay for ever. */
function endless(menu: Menu): MenuFault[] {
  const faults: MenuFault[] = []
  const told = new Set<string>()
  for (const start of Object.keys(menu.menus)) {
    const way = circle(menu, start)
    if (way === undefined || way.some((name) => told.has(name))) continue
    for (const name of way) told.add(name)
    const round = way.length === 1 ? `${start} is said again and again` : [...way, start].join(' → ')
    faults.push({
      field: `/menus/${start}/otherwise`,
      sentence: `keeps a caller who presses nothing for ever: ${round}`,
    })
  }
  return faults
}

/** The menus that a silent caller goes through until it is back at `start`. */
function circle(menu: Menu, start: string): readonly string[] | undefined {
  const seen = new Set<string>()
  const stack: (readonly string[])[] = [[start]]
  for (let way = stack.pop(); way !== undefined; way = stack.pop()) {
    for (const next of silently(menu, way.at(-1)!)) {
      if (next === start) return way
      if (seen.has(next)) continue
      seen.add(next)
      stack.push([...way, next])
    }
  }
  return undefined
}

/** Where the call goes on by itself from a menu when no key is pressed in it. */
function silently(menu: Menu, name: string): readonly string[] {
  const action = (menu.menus[name] as MenuNode).otherwise
  if (action === undefined) return []
  if (action.kind === 'menu') return [action.menu]
  const next = nextOf(action)
  switch (next) {
    case undefined:
    case 'hangup':
      return []
    case 'repeat':
      return [name]
    case 'start':
      return [menu.start]
    case 'back':
      return name === menu.start
        ? [name]
        : Object.keys(menu.menus).filter((other) => other !== name && leadsTo(menu, other).includes(name))
  }
}

/** Where an action goes on that leads to no menu by name; `undefined`: the call is over, or in other hands. */
export function nextOf(
  action: Exclude<MenuAction, { kind: 'menu' }>,
): 'repeat' | 'back' | 'start' | 'hangup' | undefined {
  switch (action.kind) {
    case 'back':
    case 'repeat':
      return action.kind
    case 'say':
    case 'dial':
      return action.next ?? 'repeat'
    case 'conference':
    case 'message':
    case 'webhook':
      return action.next ?? 'hangup'
    case 'hangup':
      return 'hangup'
    case 'forward':
    case 'voicemail':
      return undefined
  }
}
