import { type Menu, type MenuAction, optionsOf } from '../../src/menu/model.ts'
import type { NodeView, OptionView } from '../../src/menu/scan/view.ts'
import { sameLabel } from '../../src/menu/understand/likeness.ts'
import { placeOf } from './place.ts'
import { addFound, compareKeys, type Found, none } from './score.ts'

export interface TreeScore {
  /** `exactTrees` is 1 where every key is right, has a label like its own, leads where it should, and where every end is called by its name. */
  readonly found: Found
  /** 1 where that holds but for labels, which are not asked. */
  readonly exactBarLabels: 0 | 1
  /** Options that were found, and those whose label is like the one that is said. */
  readonly labels: number
  readonly labelsRight: number
  /** Ends of branches that were reached, and those that were called by their name. */
  readonly ends: number
  readonly endsRight: number
  /** All that is wrong, each with the keys that lead there. */
  readonly faults: readonly string[]
}

/** What a served tree is against what a scan made of it. Pure. */
export function compareTree(menu: Menu, root: NodeView | undefined): TreeScore {
  const comparison = new Comparison(menu)
  if (root !== undefined) comparison.menu(menu.start, root)
  return comparison.score()
}

class Comparison {
  readonly #menu: Menu
  readonly #seen = new Set<string>()
  readonly #faults: string[] = []
  #found = none
  #wrong = 0
  #labels = 0
  #labelsRight = 0
  #ends = 0
  #endsRight = 0

  constructor(menu: Menu) {
    this.#menu = menu
  }

  menu(name: string, node: NodeView): void {
    this.#seen.add(name)
    const offered = optionsOf(this.#menu, name)
    this.#found = addFound(
      this.#found,
      compareKeys(
        offered.map(({ key }) => key),
        node.options.map(({ key }) => key),
      ),
    )
    for (const { key, label, action } of offered) {
      const shown = node.options.find((option) => option.key === key)
      if (shown === undefined) {
        this.#note(node, `key ${key} (${label}) was missed`)
        continue
      }
      this.#labels++
      if (sameLabel(label, shown.label)) this.#labelsRight++
      else this.#note(node, `key ${key} is for "${shown.label}" in place of "${label}"`)
      if (this.#leads(name, action, shown)) continue
      this.#wrong++
      this.#note(node, `key ${key} (${label}) leads to ${described(action)}, not to ${shownAs(shown)}`)
    }
    for (const option of node.options.filter(({ key }) => !offered.some((one) => one.key === key))) {
      this.#note(node, `key ${option.key} (${option.label}) was invented`)
      this.#inventions(option.node)
    }
  }

  score(): TreeScore {
    const lost = Object.keys(this.#menu.menus).filter((name) => !this.#seen.has(name))
    const missed = lost.map((name) =>
      compareKeys(
        optionsOf(this.#menu, name).map(({ key }) => key),
        [],
      ),
    )
    const all = missed.reduce(addFound, this.#found)
    const faults = [...this.#faults, ...lost.map((name) => `the menu ${name} was not found`)]
    const misled = this.#wrong + (this.#ends - this.#endsRight)
    const exactBarLabels = all.menus === all.exactMenus && all.invented === 0 && misled === 0 ? 1 : 0
    const exactTrees = this.#labels === this.#labelsRight ? exactBarLabels : 0
    return {
      found: { ...all, trees: 1, exactTrees },
      exactBarLabels,
      ...{ labels: this.#labels, labelsRight: this.#labelsRight, ends: this.#ends, endsRight: this.#endsRight },
      faults,
    }
  }

  #leads(name: string, action: MenuAction, shown: OptionView): boolean {
    switch (action.kind) {
      case 'repeat':
        return this.#loopsTo(shown, name)
      case 'menu':
        if (this.#seen.has(action.menu)) return this.#loopsTo(shown, action.menu)
        if (shown.node?.end !== 'menu') return false
        this.menu(action.menu, shown.node)
        return true
      default:
        if (shown.node === undefined) return false
        this.#inventions(shown.node)
        if (shown.node.end === 'menu') return false
        this.#ends++
        if (endsAs(action).includes(shown.node.end)) this.#endsRight++
        else this.#note(shown.node, `ends as ${shown.node.end} in place of ${action.kind}: "${shown.node.text}"`)
        return true
    }
  }

  #loopsTo({ to }: OptionView, name: string): boolean {
    return to !== undefined && placeOf(this.#menu, to === '' ? [] : to.split(',')) === name
  }

  /** All that is offered where nothing is. */
  #inventions(node: NodeView | undefined): void {
    if (node === undefined) return
    this.#found = { ...this.#found, invented: this.#found.invented + node.options.length }
    for (const { node: deeper } of node.options) this.#inventions(deeper)
  }

  #note({ id }: NodeView, sentence: string): void {
    this.#faults.push(`${id === '' ? 'start' : id}: ${sentence}`)
  }
}

/** What the end of such a branch may be taken for. */
function endsAs({ kind }: MenuAction): readonly string[] {
  switch (kind) {
    case 'voicemail':
      return ['voicemail']
    case 'dial':
      return ['person', 'transfer', 'ringing', 'hold']
    case 'hangup':
      return ['hung_up', 'closed']
    default:
      return ['hung_up', 'closed', 'said']
  }
}

const described = (action: MenuAction): string => (action.kind === 'menu' ? `the menu ${action.menu}` : action.kind)

const shownAs = ({ state, to, node }: OptionView): string =>
  node === undefined
    ? state === 'loop'
      ? `the menu of ${to === '' ? 'the start' : to}`
      : 'nothing: it was not pressed'
    : `${node.end} "${node.text}"`
