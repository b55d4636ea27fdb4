import { mistakenFor } from '../understand/order.ts'
import { returns } from '../understand/role.ts'
import type { Understanding } from '../understand/understand.ts'
import { codesFor } from './codes.ts'
import {
  childId,
  isCoded,
  rootId,
  rootOf,
  type ScanNode,
  type ScanOption,
  type ScanTree,
  standsAt,
  stateOf,
} from './tree.ts'

export interface ScanBounds {
  /** Keys after one another, 1 and up. */
  readonly depth: number
  /** How often a prompt is heard at most where it was not understood well. */
  readonly hearings: number
  /** Keys that nobody said: none, those missing between others, or all. */
  readonly probe: 'none' | 'gaps' | 'all'
}

/** A key at a node; `to`: the node that should be said then, absent for the one that is to be found out. */
export interface Press {
  readonly from: string
  readonly key: string
  readonly to?: string
}

export type Move =
  /** Wait here for the prompt to be said, or to be said again. */
  | { readonly kind: 'hear'; readonly node: string }
  /** Press these, each once its menu is recognised; the last one is what is new. */
  | { readonly kind: 'press'; readonly presses: readonly Press[] }
  /** From here nothing is left to find out. */
  | { readonly kind: 'done' }

/**
 * What a call does next: the nearest key that was not pressed yet. On one call that leads down first, since the menu that was just heard
 * is the nearest; then back by keys that go back, where there are some.
 * @param at the node that the call has just heard; `undefined` for a new call
 * @param taken ids of branches that other calls are on their way to, or that could not be reached
 */
export function nextMove(
  tree: ScanTree,
  at: string | undefined,
  bounds: ScanBounds,
  taken: ReadonlySet<string> = new Set(),
): Move {
  const root = rootOf(tree)
  if (root === undefined) return taken.has(rootId) ? { kind: 'done' } : { kind: 'hear', node: rootId }
  if (at !== undefined) {
    const node = tree.nodes.get(at)
    if (node !== undefined && node.hearings.length < mostAtOnce && isWeak(node, bounds)) {
      const key = sureBefore(tree, node, bounds, taken)
      return key === undefined ? { kind: 'hear', node: at } : { kind: 'press', presses: [{ from: at, key }] }
    }
  }
  return search(tree, at, bounds, taken)
}

/** What begins later was perhaps taken for the rest of the prompt before, as it is each time that a call comes there. */
const beginsMs = 1000

/**
 * A key that is pressed before a menu in doubt is heard again: the next call that comes there, for another key that is as sure, hears it from its
 * start, which is sooner than it is said again now.
 */
function sureBefore(
  tree: ScanTree,
  node: ScanNode,
  bounds: ScanBounds,
  taken: ReadonlySet<string>,
): string | undefined {
  if (node.way.length > 0 && !((node.readings[0]?.heard[0]?.fromMs ?? beginsMs) < beginsMs)) return undefined
  const open = new Set(openKeys(tree, node, bounds).filter((key) => !taken.has(childId(node, key))))
  const sure = node.options.filter(
    ({ key, confidence, from }) => open.has(key) && from === 'heard' && confidence >= certain,
  )
  return sure.length < 2 ? undefined : sure[0]?.key
}

interface Found {
  readonly node: ScanNode
  readonly presses: readonly Press[]
}

/** Breadth first: by the number of keys. */
function search(tree: ScanTree, at: string | undefined, bounds: ScanBounds, taken: ReadonlySet<string>): Move {
  const from = at ?? standsAt(tree, rootId)
  const start = from === undefined ? undefined : tree.nodes.get(from)
  if (start === undefined) return { kind: 'done' }
  const seen = new Set([start.id])
  const queue: Found[] = [{ node: start, presses: [] }]
  for (let found = queue.shift(); found !== undefined; found = queue.shift()) {
    const { node, presses } = found
    const key = openKeys(tree, node, bounds).find((key) => !taken.has(childId(node, key)))
    if (key !== undefined) {
      // Whoever comes here again hears what was not understood before.
      const again = node.id !== at && !taken.has(node.id) && !isHeardAlike(node) && isWeak(node, bounds)
      const last = presses.at(-1)
      if (again && last === undefined) return { kind: 'hear', node: node.id }
      if (again && last !== undefined && leadsStraight(tree, last, node))
        return { kind: 'press', presses: [...presses.slice(0, -1), { from: last.from, key: last.key }] }
      return { kind: 'press', presses: [...presses, { from: node.id, key }] }
    }
    for (const press of exits(tree, node)) {
      const next = tree.nodes.get(press.to)
      if (next === undefined || seen.has(next.id)) continue
      seen.add(next.id)
      queue.push({ node: next, presses: [...presses, press] })
    }
  }
  return { kind: 'done' }
}

/** Keys at a node that nobody knows the end of, in the order in which they are to be pressed. */
export function openKeys(tree: ScanTree, node: ScanNode, bounds: ScanBounds): readonly string[] {
  if (node.end !== 'menu' || node.way.length >= bounds.depth) return []
  const said = backFirst(node.options.filter((option) => stateOf(tree, node, option).kind === 'open'))
  if (bounds.probe === 'none') return said
  const right = node.options.filter((option) => stateOf(tree, node, option).kind !== 'refused')
  // A refused key that leaves out one of the count may stand behind it; one further on says nothing of the count.
  const all = missedKeys(node, bounds.probe)
  const missed = all.length > 1 ? missedKeys({ options: right }, bounds.probe) : all
  const probes = missed.filter(
    (key) => !tree.nodes.has(childId(node, key)) && (bounds.probe === 'all' || mayStand(node, right, key)),
  )
  return said.length > 0 ? [...said, ...probes] : [...probes, ...owedKeys(tree, node, right).slice(0, 1)].slice(0, 1)
}

/** Behind a key that leads back a call goes on, behind most others it is over: what leads back needs no call of its own where another key is left. */
function backFirst(open: readonly ScanOption[]): readonly string[] {
  const back = open.filter(({ role }) => returns(role))
  const on = open.filter(({ role }) => !returns(role))
  return (on.length === 1 ? [...back, ...on] : open).map(({ key }) => key)
}

/** Whether a key that nobody heard may have been said: not between two that were heard well, where nothing is missing. */
function mayStand(node: ScanNode, right: readonly ScanOption[], key: string): boolean {
  if (right.length < node.options.length || fullest(node).lost > 0) return true
  const digits = node.options.filter((option) => /^[1-9]$/.test(option.key))
  const below = digits.filter((option) => option.key < key).sort((a, b) => b.key.localeCompare(a.key))[0]
  const above = digits.filter((option) => option.key > key).sort((a, b) => a.key.localeCompare(b.key))[0]
  if (digits.length <= fewKeys) return true
  if (isMixed(digits.map((option) => Number(option.key)))) return true
  return [below, above].some((option) => option !== undefined && isDoubtful(node, option))
}

/** A menu that counts in an order of its own, neither up nor down, has each key of the count: where one alone is missing, it was lost. */
function isMixed(keys: readonly number[]): boolean {
  const steps = keys.slice(1).map((key, i) => key - keys[i]!)
  return steps.some((step) => step > 0) && steps.some((step) => step < 0) && Math.max(...keys) === keys.length + 1
}

/** From so few it cannot be told how long one takes, and so whether another was said between them. */
const fewKeys = 2

/** A label of which a word is doubtful may be two, with a key between them that was not understood. */
const isDoubtful = (node: ScanNode, option: ScanOption): boolean =>
  option.confidence < certain || !isLabelSure(node, option, wholeLabel)

/** Keys outside the count, as most menus have them. */
const outside = ['*', '#', '0', '9'] as const
/** Of those that are tried for each key that was not understood. */
const triesEach = 3

/**
 * Where a key that was heard is refused, or one was said and not understood, another one was meant: those that it may be, the likeliest first.
 */
function owedKeys(tree: ScanTree, node: ScanNode, right: readonly ScanOption[]): readonly string[] {
  const heard = node.options.filter(({ from }) => from === 'heard')
  const refused = heard.filter((option) => !right.includes(option) && !isElsewhere(tree, node, option, right)).length
  const said = fullest(node).options.length + fullest(node).lost
  const owed = refused + Math.max(0, said - heard.length) - (node.options.length - heard.length)
  if (owed <= 0) return []
  const named = new Set(heard.map(({ key }) => key))
  const tried = keypad.filter((key) => !named.has(key) && tree.nodes.has(childId(node, key)))
  if (tried.length >= triesEach * (owed + node.options.length - heard.length)) return []
  const next = String(1 + Math.max(0, ...right.map(({ key }) => Number(/^[1-8]$/.exec(key)?.[0] ?? 0))))
  // What was heard, and taken for another since that stands in the row, was meant rather than any other.
  const doubted = node.readings.flatMap(({ options }) => options.flatMap(({ key, heardAs }) => [heardAs ?? key, key]))
  const found = new Set(node.options.flatMap(({ from, label }) => (from === 'probed' && label !== '' ? label : [])))
  const refusals = heard.filter((option) => !right.includes(option) && !found.has(option.label))
  const wrong = refusals.map(({ key }) => key)
  const codes = wrong.filter((key) => key.length > 1).flatMap(mistakenFor)
  const digits = wrong.filter((key) => key.length === 1).flatMap(mistakenFor)
  // Where keys have two digits, one was swallowed.
  const coded = isCoded(right)
  const wholes = coded ? wrong.flatMap((key) => codesFor(node, key)) : []
  // What leads back is rather a sign that was taken for a digit, anything else rather another digit.
  const goesBack = refusals.length === 0 || refusals.some(({ role }) => returns(role))
  // Of a sign that leads back nothing tells but what it is for: where one is refused, it was the other, and where a digit is, a sign.
  const signs = refusals.some(({ role }) => returns(role)) ? ['*', '#'] : []
  const likely = goesBack ? [next] : [next, ...digits.filter((key) => /^[1-9]$/.test(key)).slice(0, 1)]
  return [...new Set([...signs, ...doubted, ...wholes, ...codes, ...likely, ...outside, ...digits])].filter(
    (key) =>
      key.length < 3 &&
      !named.has(key) &&
      !tree.nodes.has(childId(node, key)) &&
      // One digit alone is none where keys have two.
      !(coded && /^[1-9]$/.test(key)),
  )
}

/** Whether what a refused key was to lead back by is known: a sign that does so, though it was heard to be for something else. */
const isElsewhere = (tree: ScanTree, node: ScanNode, { role }: ScanOption, right: readonly ScanOption[]): boolean =>
  returns(role) &&
  right.some((option) => {
    const state = stateOf(tree, node, option)
    return /[*#]/.test(option.key) && !returns(option.role) && state.kind === 'loop' && state.heard
  })

/** Keys that lead on to menus that are known, those that say nothing in between first. */
function exits(tree: ScanTree, node: ScanNode): readonly (Press & { readonly to: string })[] {
  const all = node.options.flatMap(({ key, ...option }) => {
    const to = leadsTo(tree, node, { key, ...option })
    return to === undefined ? [] : [{ from: node.id, key, to: to.id, long: to.long }]
  })
  return [...all].sort((a, b) => Number(a.long) - Number(b.long)).map(({ long, ...press }) => press)
}

function leadsTo(tree: ScanTree, node: ScanNode, option: ScanOption): { id: string; long: boolean } | undefined {
  const state = stateOf(tree, node, option)
  switch (state.kind) {
    case 'open':
    case 'refused':
      return undefined
    case 'loop':
      return { id: state.to, long: false }
    case 'explored': {
      const id = standsAt(tree, state.node.id)
      return id === undefined ? undefined : { id, long: id !== state.node.id }
    }
  }
}

/** The hearing that offers most, of equals the one that leaves least out. */
const fullest = ({ readings }: ScanNode): Pick<Understanding, 'options' | 'lost'> =>
  [...readings].sort((a, b) => b.options.length - a.options.length || a.lost - b.lost)[0] ?? { options: [], lost: 0 }

/** Below this an option may be another key, or none. */
const sureOption = 0.6

/** Of the words of a label together: at 20 dB one in eight between 0.5 and 0.6 was wrong, one in seventeen between 0.6 and 0.7. */
const sureLabel = 0.6
const wholeLabel = 0.65
/** "hear these choices again" */
const mostOfReturn = 6

const isLabelSure = ({ readings }: ScanNode, { key, label, from, role }: ScanOption, sure = sureLabel): boolean =>
  label !== '' &&
  // What leads back is known for it whatever its words are.
  (from === 'probed' ||
    (returns(role) && label.split(' ').length <= mostOfReturn) ||
    readings.some(({ options }) =>
      options.some((one) => one.key === key && one.label === label && (one.labelConfidence ?? 1) >= sure),
    ))

const certain = 0.85

/** A sign that leads back is pressed where it is not sure, which tells sooner than its menu does. */
const isKeyDoubtful = ({ key, role, confidence }: ScanOption): boolean =>
  confidence < sureOption && !(returns(role) && /[*#]/.test(key))

/** Whether to hear it once more may well show something new. */
function isWeak(node: ScanNode, { hearings }: ScanBounds): boolean {
  if (node.end !== 'menu' || node.hearings.length >= hearings) return false
  return (
    node.options.length === 0 ||
    fullest(node).lost > 0 ||
    isPartlyCoded(node.options) ||
    node.options.some((option) => isKeyDoubtful(option) || !isLabelSure(node, option)) ||
    // Some menus leave keys out; where each is as good as certain, it is pressed rather than waited for.
    missedKeys(node, 'gaps').some((key) => mayStand(node, node.options, key))
  )
}

/** Keys of one digit beside such of two: a digit was swallowed rather than said alone. */
function isPartlyCoded(options: readonly ScanOption[]): boolean {
  const lengths = options
    .filter(({ key, role }) => /^[1-9]/.test(key) && role === 'branch')
    .map(({ key }) => key.length)
  return new Set(lengths).size > 1
}

const leadsStraight = (tree: ScanTree, { from, key }: Press, { id }: ScanNode): boolean => {
  const node = tree.nodes.get(from)
  return node !== undefined && childId(node, key) === id
}

/** A menu says itself twice, mostly, and then gives up. */
const mostAtOnce = 2

/** What was heard twice word for word is heard so a third time. */
const isHeardAlike = ({ readings }: ScanNode): boolean =>
  new Set(readings.map(({ text }) => text)).size < readings.length

const keypad = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '*', '#'] as const

/** Keys that were perhaps offered and not heard. */
export function missedKeys(node: Pick<ScanNode, 'options'>, which: ScanBounds['probe']): readonly string[] {
  const said = new Set(node.options.map(({ key }) => key))
  switch (which) {
    case 'none':
      return []
    case 'all':
      return keypad.filter((key) => !said.has(key))
    case 'gaps': {
      // Keys of two digits do not count.
      if (isCoded(node.options)) return []
      // 9 often stands alone, for whatever comes last.
      const digits = [...said].filter((key) => /^[1-8]$/.test(key)).map(Number)
      const most = Math.max(0, ...digits)
      return keypad.filter((key) => key !== '0' && Number(key) < most && !said.has(key))
    }
  }
}

export interface ScanProgress {
  readonly nodes: number
  readonly explored: number
  readonly open: number
  /** Of the branches that are known now; it falls when a new menu is found. */
  readonly percent: number
}

export function progressOf(tree: ScanTree, bounds: ScanBounds): ScanProgress {
  const all = [...tree.nodes.values()]
  const open = all.reduce((sum, node) => sum + openKeys(tree, node, bounds).length, 0)
  const whole = all.length + open
  return {
    nodes: all.length,
    explored: all.length,
    open,
    percent: whole === 0 ? 0 : Math.round((100 * all.length) / whole),
  }
}
