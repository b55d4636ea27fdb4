import { checkMenu, type MenuFault } from '../../menu/check.ts'
import type { Menu, MenuAction } from '../../menu/model.ts'
import { mayCallOut } from '../../phone/outbound.ts'
import { allExtensions } from '../../store/extensions.ts'
import { getForward } from '../../store/forwards.ts'
import { rentedNumbers } from '../../store/numbers.ts'
import type { Db } from '../../store/store.ts'
import { parseAddress } from '../shapes.ts'
import { actionsOf } from './menu-actions.ts'
import { circleFaults } from './menu-circle.ts'

export interface MenuReading {
  readonly db: Db
  readonly country: string | undefined
  /** Why nothing may be sent to a URL. */
  readonly refusesUrl: (url: string) => Promise<string | undefined>
}

/**
 * Everything that is wrong with a menu: with itself, and with whom it names on this site.
 * @param id of one that is there already, and may have numbers
 */
export async function menuFaults(menu: Menu, reading: MenuReading, id?: string): Promise<readonly MenuFault[]> {
  const own = checkMenu(menu)
  const usernames = new Set((await allExtensions(reading.db)).map(({ username }) => username))
  const ours = new Map((await rentedNumbers(reading.db)).map(({ e164, assignment }) => [e164, assignment]))
  const faults: MenuFault[] = []
  for (const [field, action] of actionsOf(menu)) faults.push(...(await actionFaults(field, action)))
  return [...own, ...faults, ...(id === undefined ? [] : await circleFaults(menu, id, reading))]

  async function actionFaults(field: string, action: MenuAction): Promise<MenuFault[]> {
    switch (action.kind) {
      case 'dial':
        return action.to.flatMap((to, i) => told(`${field}/to/${i}`, reach(to)))
      case 'message':
        return told(`${field}/to`, reach(action.to) ?? unread(action.to))
      case 'forward':
      case 'voicemail': {
        const there = (await getForward(reading.db, action.forward)) !== undefined
        return told(
          `${field}/forward`,
          there
            ? undefined
            : `names no forward: it takes the id of one (fwd_…), and there is none with the id ${action.forward}`,
        )
      }
      case 'webhook':
        return told(`${field}/url`, await reading.refusesUrl(action.url))
      default:
        return []
    }
  }

  function reach(text: string): string | undefined {
    const address = parseAddress(text, reading.country, usernames)
    if (address === undefined || address.kind === 'anonymous') return 'takes an extension, a number or a SIP URI'
    if (address.kind === 'extension') {
      return usernames.has(address.username) ? undefined : `names no extension: there is no ${address.username}`
    }
    if (address.kind === 'uri') return undefined
    const assignment = ours.get(address.e164)
    if (assignment === null) return `is our own number ${address.e164}, to which nothing is assigned yet`
    if (assignment !== undefined) return undefined
    const verdict = mayCallOut('international', address.e164, [])
    return verdict.allowed ? undefined : verdict.sentence
  }

  function unread(text: string): string | undefined {
    if (/^sips?:/i.test(text)) return 'takes an extension or a number: texts go to no SIP URI'
    const address = parseAddress(text, reading.country, usernames)
    const assignment = address?.kind === 'number' ? ours.get(address.e164) : undefined
    return assignment === undefined || assignment?.kind === 'extension'
      ? undefined
      : `is our own number ${text}, which leads to no extension that could read a text`
  }
}

const told = (field: string, sentence: string | undefined): MenuFault[] =>
  sentence === undefined ? [] : [{ field, sentence }]
