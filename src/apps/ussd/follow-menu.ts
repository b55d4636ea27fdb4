import {
  beginUssd,
  takesWhole,
  type UssdScreen,
  type UssdStep,
  type UssdStyle,
  ussdDone,
  ussdInput,
} from '../../menu/ussd/session.ts'
import type { HeldMenu } from '../menu/ports.ts'
import { actByText } from './act.ts'
import type { UssdPorts, UssdPosition } from './ports.ts'
import type { Followed, Turn } from './serve.ts'

/** Options may lead to menus whose options are carried out at once; a circle of them must end. */
const mostActs = 20

/** Walks the menu on from where the session stood. What was typed may be several answers, joined by stars. */
export async function followMenu(turn: Turn, menu: string, ports: UssdPorts): Promise<Followed> {
  const held = await ports.menu(menu)
  if (held === undefined) throw new Error(`The menu ${menu} is gone.`)
  const { keys, characters } = turn.code
  const style: UssdStyle = { keys, characters }
  const settle = (step: UssdStep): Promise<UssdScreen> => settled(held, step, style, turn, ports)
  const standing = positionIn(held, turn.at)
  let screen: UssdScreen
  let rest: string[]
  if (standing === undefined) {
    screen = await settle(beginUssd(held.menu, style))
    rest = turn.typed === '' ? [] : turn.typed.split('*')
  } else {
    screen = { kind: 'screen', state: standing, text: '', ends: false }
    const whole = !turn.typed.includes('*') || takesWhole(held.menu, standing, turn.typed)
    rest = whole ? [turn.typed] : turn.typed.split('*')
  }
  for (const input of rest) {
    if (screen.ends) break
    screen = await settle(ussdInput(held.menu, screen.state, input, style))
  }
  return { at: { kind: 'menu', ...screen.state }, text: screen.text, ends: screen.ends }
}

/** A menu that was changed meanwhile may no longer have the place where somebody stands: it begins again. */
function positionIn({ menu }: HeldMenu, at: UssdPosition | undefined): UssdScreen['state'] | undefined {
  if (at?.kind !== 'menu') return undefined
  const known = at.menu?.path.every((name) => Object.hasOwn(menu.menus, name)) ?? true
  return known ? at : undefined
}

async function settled(
  held: HeldMenu,
  first: UssdStep,
  style: UssdStyle,
  { id, request }: Turn,
  ports: UssdPorts,
): Promise<UssdScreen> {
  let step = first
  for (let acts = 0; step.kind === 'do'; acts++) {
    if (acts >= mostActs) throw new Error(`The menu ${held.id} went on by itself for ${mostActs} options.`)
    const done = await actByText(held, step.effect, { ...request, id }, ports)
    step = ussdDone(held.menu, step, done, style)
  }
  return step
}
