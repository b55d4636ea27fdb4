import { speakKey } from '../../src/menu/announce.ts'
import type { Menu, MenuAction, MenuNode, MenuOption } from '../../src/menu/model.ts'
import { Chance } from './draw.ts'
import { drawForm, drawKeys, type KeyForm } from './keys.ts'
import { actions, callers, companies, topics } from './labels.ts'

export interface TreeShape {
  readonly seed: number
  /** Menus of one tree at most. */
  readonly mostMenus: number
  /** Whom an option that reaches a person rings, and whose mailbox takes messages. */
  readonly person: string
  readonly mailbox: string
}

/** A generated menu. `misheard` names the one whose first hearing is spoilt by noise. */
export interface Tree {
  readonly seed: number
  readonly menu: Menu
  readonly misheard: string
  /** Menus after one another on the longest way, the first included. */
  readonly depth: number
  /** How its menus give their keys, and what else they do that others do not: one entry for each. */
  readonly forms: readonly (KeyForm | 'press or say' | 'no barge-in')[]
}

const deepest = 4
/** One tree in so many goes down as deep as it may, the others branch early. */
const deepTree = 3
/** One menu in so many lets its prompt not be cut off, or lets keys be said. */
const noBargeIn = 6
const pressOrSay = 6

/**
 * A menu as companies have them: 2–9 options, up to four menus deep, the label before the key or behind it, keys that count, leave some out,
 * come in another order, have two digits or share a label; star, pound and zero, ways back to the main menu, one branch that takes a message, one
 * that rings a person, one that hangs up. The same for the same seed.
 */
export function generateTree(shape: TreeShape): Tree {
  const chance = new Chance(shape.seed * 7919 + 1)
  const company = chance.oneOf(companies)
  const menus: Record<string, MenuNode> = {}
  const open: { name: string; label: string; depth: number }[] = [{ name: 'main', label: company, depth: 1 }]
  const ends = endings(shape, chance)
  const forms: Tree['forms'][number][] = []
  const deep = chance.once(deepTree)
  let named = 1
  let reached = 1
  for (let place = open.shift(); place !== undefined; place = open.shift()) {
    const { name, label, depth } = place
    reached = Math.max(reached, depth)
    const labels = drawLabels(chance, 2 + chance.below(depth === 1 ? 6 : 4))
    const form = drawForm(chance)
    forms.push(form)
    const keys = drawKeys(chance, form, labels.length)
    const down = chance.below(labels.length)
    const said = labels.map((own, i): Said => {
      const may = depth < deepest && named < shape.mostMenus
      if (!may || !(deep ? i === down : chance.below(depth + 1) === 0))
        return { keys: keys[i]!, label: own, action: ends() }
      const next = `menu_${named++}`
      open.push({ name: next, label: own, depth: depth + 1 })
      return { keys: keys[i]!, label: own, action: { kind: 'menu', menu: next } }
    })
    said.push(...extras(chance, name, shape))
    const front = name === 'main' ? greeting(chance, company) : chance.once(3) ? heading(label) : ''
    const order = chance.once(2) ? 'label_first' : 'key_first'
    const prompt = `${front} ${spoken(chance, said, order, forms)}`.trim()
    const options = said.flatMap(({ keys, label, action }) => keys.map((key): MenuOption => ({ key, label, action })))
    const whole = chance.once(noBargeIn)
    if (whole) forms.push('no barge-in')
    menus[name] = { prompt, attempts: 2, seconds: 4, options, ...(whole ? { bargeIn: false } : {}) }
  }
  const menu: Menu = { name: company, start: 'main', language: 'en-US', menus }
  return { seed: shape.seed, menu, misheard: chance.oneOf(Object.keys(menus)), depth: reached, forms }
}

/** How deep they go, and how their menus give their keys, for whoever reads the figures. */
export function describeTrees(trees: readonly Tree[]): string {
  const deep = tally(trees.map(({ depth }) => String(depth)))
  return `Menus after one another in a tree: ${deep}. Menus: ${tally(trees.flatMap(({ forms }) => forms))}.`
}

/** `1 (3), 2 (5)` */
function tally(all: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1)
  return [...counts]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, count]) => `${name} (${count})`)
    .join(', ')
}

/** An option as it is said: its keys in one clause. */
interface Said {
  readonly keys: readonly string[]
  readonly label: string
  readonly action: MenuAction
}

/** Voicemail, a person and a hang-up once each before anything comes twice. */
function endings({ person, mailbox }: TreeShape, chance: Chance): () => MenuAction {
  const says = [
    'We are open Monday through Friday from nine to five.',
    'Our office is closed at this time. Please call again tomorrow. Goodbye.',
    'Thank you. Your request has been received. Goodbye.',
  ]
  const all: (() => MenuAction)[] = [
    () => ({ kind: 'voicemail', forward: mailbox }),
    () => ({
      kind: 'dial',
      to: [person],
      seconds: 10,
      say: 'Please hold while we transfer your call.',
      next: 'hangup',
    }),
    () => ({ kind: 'hangup', say: 'Thank you for calling. Goodbye.' }),
    () => ({ kind: 'say', say: chance.oneOf(says), next: 'hangup' }),
  ]
  const first = [...all]
  return () => (first.length > 0 ? first.splice(chance.below(first.length), 1)[0]! : chance.oneOf(all))()
}

/** Keys outside the count: the operator, a way back, the menu again. */
function extras(chance: Chance, name: string, { person }: TreeShape): Said[] {
  const options: Said[] = []
  if (chance.once(2))
    options.push({
      keys: ['0'],
      label: chance.oneOf(['speak to an operator', 'reach the operator', 'speak with a representative']),
      action: { kind: 'dial', to: [person], seconds: 10, next: 'hangup' },
    })
  const [again, back] = chance.once(2) ? ['*', '#'] : ['#', '*']
  if (chance.once(2))
    options.push({
      keys: [again!],
      label: chance.oneOf(['repeat these options', 'hear this menu again', 'hear these choices again']),
      action: { kind: 'repeat' },
    })
  if (name !== 'main' && chance.once(2))
    options.push({
      keys: [back!],
      label: chance.oneOf(['return to the main menu', 'go back to the main menu']),
      action: { kind: 'menu', menu: 'main' },
    })
  return options
}

function drawLabels(chance: Chance, count: number): string[] {
  const labels = new Set<string>()
  while (labels.size < count) {
    const kind = chance.below(10)
    labels.add(
      kind < 6
        ? chance.oneOf(topics)
        : kind < 9
          ? `to ${chance.oneOf(actions)}`
          : `if you are ${chance.oneOf(callers)}`,
    )
  }
  return [...labels]
}

const greeting = (chance: Chance, company: string): string =>
  chance.oneOf([
    `Thank you for calling ${company}.`,
    `Welcome to ${company}. Please listen carefully, as our menu options have changed.`,
    `Hello, you have reached ${company}.`,
    `Thank you for calling ${company}. If you know your party's extension, you may dial it at any time.`,
    `Welcome to ${company}. This call may be recorded for quality purposes.`,
  ])

const heading = (label: string): string => {
  const bare = label.replace(/^(?:to|if you are|the) /, '')
  return `${bare.charAt(0).toUpperCase()}${bare.slice(1)}.`
}

function spoken(
  chance: Chance,
  options: readonly Said[],
  order: 'label_first' | 'key_first',
  forms: Tree['forms'][number][],
): string {
  const verb = chance.oneOf(['press', 'press', 'press', 'press', 'dial', 'select'])
  const wordy = chance.once(4)
  const says = verb === 'press' && chance.once(pressOrSay)
  if (says) forms.push('press or say')
  return options
    .map(({ keys, label }) => {
      const sign = keys.some((key) => /[*#]/.test(key))
      const whole = /^(?:to|if) /.test(label)
        ? label
        : keys.some((key) => /^[*#0]$/.test(key))
          ? `to ${label}`
          : `for ${label}`
      const name = keys.map((key) => (wordy && sign ? `the ${speakKey(key)} key` : speakKey(key))).join(' or ')
      const asked = says && !sign ? `${verb} or say` : verb
      const sentence = order === 'label_first' ? `${whole}, ${asked} ${name}.` : `${asked} ${name} ${whole}.`
      return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`
    })
    .join(' ')
}
