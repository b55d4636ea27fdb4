import type { Way } from './hearing.ts'
import { type NodeEnd, rootOf, type ScanNode, type ScanOption, type ScanTree, stateOf } from './tree.ts'

/** A tree as it is told: nested, each node in the place where it was found. */
export interface NodeView {
  readonly id: string
  readonly way: Way
  readonly end: NodeEnd
  readonly confidence: number
  readonly text: string
  /** The node that it says again, or goes on to after its own words. */
  readonly same?: string
  readonly returns?: string
  /** Whoever presses nothing here is served as well: what for, '' where that is not said. */
  readonly stay?: string
  readonly hearings: readonly string[]
  readonly options: readonly OptionView[]
}

export interface OptionView extends ScanOption {
  readonly state: 'open' | 'explored' | 'loop'
  /** The node that it leads to, heard before. */
  readonly to?: string
  readonly node?: NodeView
}

/** Options that the far end does not know are left out. */
export function viewOf(tree: ScanTree): NodeView | undefined {
  const root = rootOf(tree)
  return root === undefined ? undefined : show(tree, root)
}

function show(tree: ScanTree, node: ScanNode): NodeView {
  const { id, way, end, confidence, text, same, returns, hearings } = node
  const stay = stayOf(node)
  return {
    ...{ id, way, end, confidence, text, hearings },
    ...(same === undefined ? {} : { same }),
    ...(returns === undefined ? {} : { returns }),
    ...(stay === undefined ? {} : { stay }),
    options: node.options.flatMap((option) => showOption(tree, node, option)),
  }
}

/** Elsewhere than in a menu there is no choice but to wait. */
function stayOf({ end, readings }: ScanNode): string | undefined {
  if (end !== 'menu' || !readings.some(({ stayOnLine }) => stayOnLine)) return undefined
  return readings.find(({ stayFor }) => stayFor !== '')?.stayFor ?? ''
}

function showOption(tree: ScanTree, node: ScanNode, option: ScanOption): readonly OptionView[] {
  const state = stateOf(tree, node, option)
  switch (state.kind) {
    case 'refused':
      return []
    case 'open':
      return [{ ...option, state: 'open' }]
    case 'loop':
      return [{ ...option, state: 'loop', to: state.to }]
    case 'explored':
      return [{ ...option, state: 'explored', node: show(tree, state.node) }]
  }
}
