import { verbs } from '../understand/anchor-words.ts'
import { digitsOf, following, keyOf } from '../understand/key.ts'
import { promptLikeness, sameLabel, wordLikeness } from '../understand/likeness.ts'
import { mistakenFor } from '../understand/order.ts'
import { returns, roleOf } from '../understand/role.ts'
import type { HeardOption } from '../understand/understand.ts'
import { vote } from '../understand/vote.ts'
import { codesFor } from './codes.ts'
import { labelByHeading } from './heading.ts'
import type { Hearing } from './hearing.ts'
import { type Reading, readHearing } from './read.ts'
import {
  childId,
  emptyTree,
  idOf,
  type NodeEnd,
  parentId,
  refusesAloud,
  type ScanNode,
  type ScanOption,
  type ScanTree,
  saysGoodbye,
  stateOf,
} from './tree.ts'

/** Another hearing of a prompt shares at least so much with the first. */
const likeBefore = 0.45
const sameWords = 0.75

/** The tree with what was heard now. Pure: the same hearings in the same order give the same tree, whoever heard them. */
export function grow(tree: ScanTree, hearing: Hearing): ScanTree {
  const id = idOf(hearing.way)
  const before = tree.nodes.get(id)
  const reading = readHearing(tree, hearing)
  const node = before === undefined ? first(hearing, reading) : again(before, hearing, reading)
  const grown = withNode(withProbed(tree, node), node)
  return [parentId(node), id].reduce(withHeadings, grown)
}

export const growAll = (hearings: readonly Hearing[]): ScanTree => hearings.reduce(grow, emptyTree)

const withNode = ({ nodes }: ScanTree, node: ScanNode): ScanTree => ({ nodes: new Map(nodes).set(node.id, node) })

function first(hearing: Hearing, { said, end, same, returns }: Reading): ScanNode {
  const kind: NodeEnd = end.kind === 'undecided' ? 'dead' : end.kind
  const confidence = end.kind === 'undecided' ? 0.5 : end.confidence
  return {
    id: idOf(hearing.way),
    way: hearing.way,
    end: kind,
    confidence,
    text: said.text,
    ...(same === undefined ? {} : { same }),
    ...(returns === undefined ? {} : { returns }),
    options: kind === 'menu' ? optionsOf([said]) : [],
    ...(said.entry === undefined ? {} : { entry: said.entry }),
    sayable: said.sayable,
    hearings: [hearing.id],
    readings: [said],
  }
}

function again(before: ScanNode, hearing: Hearing, reading: Reading): ScanNode {
  const hearings = [...before.hearings, hearing.id]
  // Nothing had been heard the first time; now there is.
  if (before.end === 'dead' && reading.end.kind !== 'undecided') return { ...first(hearing, reading), hearings }
  const { said } = reading
  const alike = Math.max(...before.readings.map((other) => promptLikeness(other, said)))
  // Where one lost its first label, all others may be those of the keys before.
  const isSame = alike >= likeBefore || before.readings.some(({ text }) => wordLikeness(text, said.text) >= sameWords)
  if (before.end !== 'menu' || said.kind !== 'menu' || (!isSame && !isNoise(before))) return { ...before, hearings }
  const readings = [...before.readings, said]
  const probed = before.options.filter(({ from }) => from === 'probed')
  const heard = optionsOf(readings)
  const options = [...heard, ...probed.filter(({ key }) => !heard.some((option) => option.key === key))]
  const fuller = said.options.length > (before.readings[0]?.options.length ?? 0)
  return { ...before, hearings, readings, options, text: fuller ? said.text : before.text }
}

/** So little was understood of it that nothing can be like it. */
const isNoise = ({ readings }: ScanNode): boolean =>
  readings.every(({ options, lost }) => options.length < 2 || lost > 0 || isHardlyHeard(options))

/** Below this the words of a label may be any others. */
const doubtful = 0.5

/** Of most keys it was hardly heard what they are for. What leads back is the same everywhere. */
function isHardlyHeard(options: readonly HeardOption[]): boolean {
  const own = options.filter(({ role }) => !returns(role))
  const sure = own.filter(({ label, labelConfidence = 1 }) => label !== '' && labelConfidence >= doubtful)
  return sure.length * 2 < own.length
}

function optionsOf(readings: ScanNode['readings']): readonly ScanOption[] {
  const options = vote(readings).map(({ key, label, role, confidence }): ScanOption => {
    return { key, label, role, confidence, from: 'heard' }
  })
  const kept = options.filter((option) => !options.some((other) => isBehind(option, other, readings)))
  return kept.map((option) =>
    option.label === '' ? labelled(option, looseLabel({ readings, options: kept }, option.key)) : option,
  )
}

const labelled = (option: ScanOption, label: string): ScanOption => ({ ...option, label, role: roleOf(label) })

/**
 * A little word behind a key of two digits was taken for a third in one of the hearings: with the two of the other it is chosen before. What one
 * hearing has side by side are two keys.
 */
function isBehind({ key }: ScanOption, other: ScanOption, readings: ScanNode['readings']): boolean {
  if (key.length !== 3 || other.key.length !== 2 || !/[24]$/.test(key) || !key.startsWith(other.key)) return false
  return !readings.some(({ options }) => [key, other.key].every((each) => options.some((one) => one.key === each)))
}

/** Of what a key was heard to be for, what is said where it leads tells which is right. */
function withHeadings(tree: ScanTree, id: string): ScanTree {
  const node = tree.nodes.get(id)
  if (node === undefined || node.end !== 'menu') return tree
  // From what was heard at first: a heading that is known better by now may be another.
  const voted = optionsOf(node.readings)
  const options = node.options.map((before) => {
    const option = voted.find(({ key }) => key === before.key) ?? before
    const child = tree.nodes.get(childId(node, option.key))
    if (child === undefined || child.same !== undefined || option.role !== 'branch') return option
    const heard = node.readings.flatMap(({ options }) => options.filter(({ key }) => key === option.key))
    const label = labelByHeading(option.label, heard, child.readings)
    const elsewhere = node.options.some((other) => other.key !== option.key && sameLabel(other.label, label ?? ''))
    return label === undefined || elsewhere ? option : labelled(option, label)
  })
  return withNode(tree, { ...node, options })
}

/** A key that nobody had said led somewhere: it is an option of the menu before. */
function withProbed(tree: ScanTree, node: ScanNode): ScanTree {
  const key = node.way.at(-1)
  const parent = key === undefined ? undefined : tree.nodes.get(parentId(node))
  if (key === undefined || parent === undefined || parent.options.some((option) => option.key === key)) return tree
  // Where keys that are none are refused aloud, one that is answered by the menu alone is there for that.
  const ignored = node.same === parent.id && !refusesAloud(tree, parent)
  // A message, and the menu again: so keys are refused, whatever of it was understood.
  const nothing =
    ignored || node.returns === parent.id || node.end === 'refused' || node.end === 'dead' || saysGoodbye(node)
  if (nothing) return tree
  const role =
    node.same === undefined ? 'branch' : node.same === parent.id ? 'repeat' : node.same === '' ? 'main_menu' : 'back'
  const probed: ScanOption = {
    key,
    label: labelFor(tree, parent, key),
    role,
    confidence: node.confidence,
    from: 'probed',
  }
  return withNode(tree, { ...parent, options: [...parent.options, probed] })
}

/** What a key is for that nobody was heard to say: what is said of one that is refused, where it was taken for that. */
function labelFor(tree: ScanTree, parent: ScanNode, key: string): string {
  const known = new Set(parent.options.filter(({ from }) => from === 'probed').map(({ label }) => label))
  const refused = parent.options.filter(
    (option) => option.from === 'heard' && !known.has(option.label) && stateOf(tree, parent, option).kind === 'refused',
  )
  const taken = refused.find(
    (option) =>
      mistakenFor(option.key).includes(key) ||
      codesFor(parent, option.key).includes(key) ||
      parent.readings.some(({ options }) => options.some((one) => one.key === option.key && one.heardAs === key)),
  )
  const label = (taken ?? (refused.length === 1 ? refused[0] : undefined))?.label
  return label ?? sharedLabel(parent, key) ?? looseLabel(parent, key)
}

/** "Press lot or two for sales": where the first of two keys that share a label was taken for a word, it is the one before the second. */
function sharedLabel({ readings, options }: ScanNode, key: string): string | undefined {
  const second = options.find((option) => option.from === 'heard' && option.key === following(key))
  const isShared = readings.some(({ text }) =>
    text.split(' ').some((word, i, words) => {
      const [verb = '', first, or] = words.slice(Math.max(0, i - 3), i)
      return digitsOf(word) === second?.key && or === 'or' && verbs.has(verb) && keyOf(first ?? '') === undefined
    }),
  )
  return second !== undefined && isShared ? second.label : undefined
}

/** What was heard to be for no key that is known: the one such label, or that of zero or of a sign by what it is for. */
function looseLabel({ readings, options }: Pick<ScanNode, 'readings' | 'options'>, key: string): string {
  const loose = readings.flatMap(({ loose = [] }) => loose)
  const free = loose.filter((label) => !options.some((option) => sameLabel(option.label, label)))
  const byRole = free.find((label) => {
    const role = roleOf(label)
    return key === '0' ? role === 'operator' : /[*#]/.test(key) && returns(role)
  })
  if (byRole !== undefined) return byRole
  return free.every((label) => sameLabel(label, free[0]!)) ? (free[0] ?? '') : ''
}
