import { type Menu, type MenuAction, optionsOf } from '../../src/menu/model.ts'

/** So long the source waits behind the last word that it heard. */
const silenceMs = 5000

/** How long each prompt and message lasts, in milliseconds; what follows the key of an option, until it is over. */
export interface Durations {
  menu(name: string): number
  end(action: MenuAction): number
}

/**
 * Milliseconds of calls that the source's way of scanning costs for the same tree: one call for each path. A menu is heard out the first time,
 * with five seconds of silence; later calls press its key as soon as it was said, or behind the prompt where that hears none while it speaks. A path that leads back to a menu that is known costs that menu.
 */
export function costOfSource(menu: Menu, durations: Durations): number {
  const heard = new Set<string>()
  let all = 0
  const visit = (name: string, travelled: () => number): void => {
    const options = optionsOf(menu, name)
    options.forEach(({ action }, i) => {
      // The key of the n-th of m options is said after that share of the prompt.
      const here = (): number => {
        const whole = !heard.has(name)
        heard.add(name)
        if (whole) return durations.menu(name) + silenceMs
        const cutOff = menu.menus[name]?.bargeIn ?? true
        return cutOff ? (durations.menu(name) * (i + 1)) / options.length : durations.menu(name)
      }
      const way = (): number => travelled() + here()
      if (action.kind === 'menu' && !heard.has(action.menu)) visit(action.menu, way)
      else all += way() + leafMs(name, action, durations)
    })
  }
  visit(menu.start, () => 0)
  return all
}

function leafMs(name: string, action: MenuAction, durations: Durations): number {
  switch (action.kind) {
    case 'menu':
      return durations.menu(action.menu) + silenceMs
    case 'repeat':
      return durations.menu(name) + silenceMs
    case 'dial':
    case 'voicemail':
      return durations.end(action) + silenceMs
    default:
      // The far end hangs up.
      return durations.end(action)
  }
}
