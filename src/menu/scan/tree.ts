import type { BranchEnd } from '../understand/branch-end.ts'
import type { EntryAsked } from '../understand/entry.ts'
import { isLittle } from '../understand/likeness.ts'
import type { OptionRole } from '../understand/role.ts'
import type { Understanding } from '../understand/understand.ts'
import type { Way } from './hearing.ts'

/** A place in somebody's phone menu. Its id is its way, joined by commas; '' is the start. */
export interface ScanNode {
  readonly id: string
  readonly way: Way
  readonly end: NodeEnd
  /** 0–1: that the end is the right one. */
  readonly confidence: number
  /** What is said here, in the best hearing: lower case, no marks. */
  readonly text: string
  /** It says the same as this node, which was heard first: all that follows stands there. */
  readonly same?: string
  /** After its own words this node, which was heard before, was said. */
  readonly returns?: string
  /** In the order in which they are said. */
  readonly options: readonly ScanOption[]
  /** Digits that it wants. */
  readonly entry?: EntryAsked
  /** Words that may be said in place of keys. */
  readonly sayable: readonly string[]
  /** Ids of all that was heard here, oldest first. */
  readonly hearings: readonly string[]
  /** Hearings of its prompt, understood. */
  readonly readings: readonly Understanding[]
}

/** How it goes on at a node: `menu` and `entry` want keys, `same` is a loop, all others are ends of a branch. */
export type NodeEnd = Exclude<BranchEnd['kind'], 'undecided'>

export interface ScanOption {
  readonly key: string
  readonly label: string
  readonly role: OptionRole
  /** 0–1. */
  readonly confidence: number
  /** `probed`: nobody said it, but the key was pressed and something new was heard. */
  readonly from: 'heard' | 'probed'
}

export interface ScanTree {
  /** By id. */
  readonly nodes: ReadonlyMap<string, ScanNode>
}

/**
 * `open`: its key was not pressed yet. `loop`: it leads to a node that was heard before, or says that it does. `refused`: the far end
 * does not know the key.
 */
export type OptionState =
  | { readonly kind: 'open' }
  | { readonly kind: 'explored'; readonly node: ScanNode }
  | { readonly kind: 'loop'; readonly to: string; readonly heard: boolean }
  | { readonly kind: 'refused' }

export const emptyTree: ScanTree = { nodes: new Map() }
export const rootId = ''
export const idOf = (way: Way): string => way.join(',')
export const childId = (node: Pick<ScanNode, 'way'>, key: string): string => idOf([...node.way, key])
export const rootOf = (tree: ScanTree): ScanNode | undefined => tree.nodes.get(rootId)
/** The node that it was reached from. */
export const parentId = (node: Pick<ScanNode, 'way'>): string => idOf(node.way.slice(0, -1))

/** Where a call stands that heard this node; `undefined` where it cannot choose any more. */
export function standsAt(tree: ScanTree, id: string): string | undefined {
  const node = tree.nodes.get(id)
  if (node === undefined) return undefined
  if (node.end === 'menu') return id
  return node.same ?? node.returns
}

/** The key of `from` that leads to `to`. */
export function keyBetween(tree: ScanTree, from: string, to: string): string | undefined {
  const node = tree.nodes.get(from)
  return node?.options.find(({ key }) => standsAt(tree, childId(node, key)) === to)?.key
}

/** What is known of an option. */
export function stateOf(tree: ScanTree, node: ScanNode, { key, label, role, confidence }: ScanOption): OptionState {
  const child = tree.nodes.get(childId(node, key))
  if (child === undefined) {
    const sure = /[*#]/.test(key) && confidence >= sureSign && wasHeard(node, key) && leadsBack.test(label)
    const to = sure ? promised(node, role) : undefined
    return to === undefined ? { kind: 'open' } : { kind: 'loop', to, heard: false }
  }
  if (child.end === 'refused' && child.returns === node.id) return { kind: 'refused' }
  // A refusal has more words than are heard of a prompt that was still being said.
  const repeats = role === 'repeat' && /[*#]/.test(key) && child.text.split(' ').every(isLittle)
  if (child.end === 'said' && child.returns === node.id && confidence < sureOfKey)
    return repeats ? { kind: 'loop', to: node.id, heard: true } : { kind: 'refused' }
  // Who gives up on a caller that pressed what is no key says goodbye as well. Of two digits one may be misheard alike
  // each time; but who hangs up without a word does what the key is for.
  const wordless = child.text === '' || child.text === 'thank you'
  const misheard = isCoded(node.options) && role !== 'end' && !wordless && !refusesAloud(tree, node)
  const doubtful = confidence < sureOfKey || misheard
  if (doubtful && saysGoodbye(child)) return { kind: 'refused' }
  if (child.same === undefined) return { kind: 'explored', node: child }
  // The menu that was just heard, again: either that is what the key is for, as star and pound often are, or it is none and was ignored.
  if (child.same === node.id && role === 'branch' && confidence < sureOfKey && !/[*#]/.test(key))
    return { kind: 'refused' }
  return { kind: 'loop', to: child.same, heard: true }
}

/** Whether somebody was heard to say this key, rather than one that it may be taken for. */
const wasHeard = ({ readings }: ScanNode, key: string): boolean =>
  readings.some(({ options }) => options.some((option) => option.key === key && option.heardAs === undefined))

/** Whether somebody was told that a key is none, and was given another try: then no such key ends in a goodbye. */
export const refusesAloud = ({ nodes }: ScanTree, { way }: ScanNode): boolean =>
  [...nodes.values()].some(
    ({ end, returns, way: to }) => end === 'refused' && returns === idOf(way) && to.length > way.length,
  )

/** Whether keys of two digits are the rule; what stands outside the count says nothing of that. */
export function isCoded(options: readonly Pick<ScanOption, 'key'>[]): boolean {
  const counting = options.filter(({ key }) => /^[1-9]/.test(key))
  return counting.filter(({ key }) => key.length > 1).length * 2 > counting.length
}

/** It says the same to whoever comes there, and is over with that. */
export const isMessage = (node: ScanNode): node is ScanNode & { readonly end: MessageEnd } =>
  node.returns === undefined && recorded.has(node.end)

type MessageEnd = 'voicemail' | 'transfer' | 'closed' | 'said' | 'hung_up'
const recorded: ReadonlySet<NodeEnd> = new Set(['voicemail', 'transfer', 'closed', 'said', 'hung_up'])

/** It hangs up, and has no more to say than that. */
export const saysGoodbye = ({ end, text }: ScanNode): boolean =>
  end === 'hung_up' && text.split(' ').length <= mostOfGoodbye

const sureOfKey = 0.75
/** Words: "goodbye", and what it is taken for. */
const mostOfGoodbye = 2
/** What leads back by its own words need not be pressed, where its key is a sign: digits that do are mostly signs that were misheard. */
const sureSign = 0.75
/** Where other words stand before that, two options were heard as one. */
const leadsBack =
  /^(?:repeat|replay|hear|listen|return|go|get|start|back|main|previous|last|top|volver|regresar|repetir|menu)\b/

/** Where a key leads by its own words. */
export function promised(node: Pick<ScanNode, 'id' | 'way'>, role: OptionRole): string | undefined {
  switch (role) {
    case 'main_menu':
      return rootId
    case 'back':
      return parentId(node)
    case 'repeat':
      return node.id
    default:
      return undefined
  }
}
